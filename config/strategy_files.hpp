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
};

/// Every *.yaml of the folder, in order of file name. Disabled strategies are checked too and left out; the result is
/// in order of strategy name, its parameters complete. `where`: the option that names the folder.
[[nodiscard]] std::vector<strategy_settings> read_strategies(const std::filesystem::path& folder, const origin& where,
                                                             const strategy_context& context, finding_list& findings);

}  // namespace bulkhead::config
