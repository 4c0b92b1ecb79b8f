#pragma once
// Builds the settings: shipped defaults, YAML file, `.env`, environment, command line; the later wins. Checks
// everything and reports every finding at once.
#include "config/finding.hpp"
#include "config/settings.hpp"
#include "strategies/parameter_spec.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::config {

/// What a kind of strategy accepts. The caller takes it from the strategies' registry.
struct strategy_rules {
  std::vector<parameter_spec> parameters;
  /// Called with parameters that each fit their spec; empty text: fine, otherwise "name: given x, allowed: y".
  std::string (*cross_check)(const parameter_map&) = nullptr;
};

struct load_request {
  std::filesystem::path file = "config/bulkhead.yaml";
  std::map<std::string, std::string> environment;  ///< the process environment, injected so that tests control it
  std::optional<std::filesystem::path> env_file;   ///< a `.env`; absent file: nothing
  std::map<std::string, std::string> overrides;    ///< command line: dotted key -> value
  /// Settings of this one alone: what any source says of another broker is left out, and it is the active one.
  std::optional<std::string> only_broker;
  /// Broker kinds of this build -> whether a broker of that kind can place orders.
  std::map<std::string, bool> broker_kinds = {{"paper", true}, {"zerodha", true}};
  /// Strategy kinds of this build. A strategy file of any other kind is a finding.
  std::map<std::string, strategy_rules> strategy_kinds;
};

/// One option as it counts, and who said so. For people.
struct effective_option {
  std::string key;     ///< dotted path
  std::string value;   ///< as one would write it; paths resolved; empty: not set
  std::string source;  ///< "config/bulkhead.yaml:12", ".env:3", "environment FEED__SPEED", "command line", "default"
};

struct load_result {
  std::optional<settings> value;  ///< only when findings is empty
  std::vector<finding> findings;
  std::vector<effective_option> effective;  ///< in the order of the shipped file; every broker that is mentioned
};

/// Never throws for bad input. Relative paths in a YAML file, and the defaults, are relative to that file; those from
/// the environment, a `.env` or the command line to the working directory.
[[nodiscard]] load_result load(const load_request& request);

}  // namespace bulkhead::config
