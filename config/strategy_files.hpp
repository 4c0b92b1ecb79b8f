#pragma once
// The folder of strategy YAML files, one strategy each.
#include "config/loader.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bulkhead::config {

struct strategy_context {
  const std::map<std::string, strategy_rules>& kinds;
  const instrument_table* instruments;  ///< nullptr: the list could not be read; then keys are not looked up
  std::filesystem::path instruments_file;
  const std::vector<broker_settings>& brokers;  ///< the active ones: a strategy's limits complete their strategy_risk
};

/// Every *.yaml of the folder, in order of file name. Disabled strategies are checked too and left out; the result is
/// in order of strategy name, its parameters complete. `where`: the option that names the folder.
[[nodiscard]] std::vector<strategy_settings> read_strategies(const std::filesystem::path& folder, const origin& where,
                                                             const strategy_context& context, finding_list& findings);

/// The limits of a strategy that has some of its own: those over `base`, the broker's strategy_risk.
[[nodiscard]] risk_limits limits_of(const strategy_settings& s, risk_limits base);

}  // namespace bulkhead::config
