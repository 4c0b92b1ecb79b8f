#pragma once
// Builds the settings: shipped defaults, YAML file, `.env`, environment, command line; the later wins. Checks
// everything and reports every finding at once.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace bulkhead::config {

/// One reason why the node does not start.
struct finding {
  std::string file;  ///< path as given, "environment" or "command line"
  int line = 0;      ///< 1-based; 0: not from a file
  std::string key;   ///< dotted path (trading.paper.capital) or the variable's name
  std::string given;
  std::string allowed;  ///< type, range, unit or the list of names
  std::string hint;     ///< what to do next; may be empty

  /// "config/bulkhead.yaml:12: trading.paper.capital: given "-5", allowed: amount in rupees, 0.01 to ...; hint"
  [[nodiscard]] std::string text() const;
};

struct load_request {
  std::filesystem::path file = "config/bulkhead.yaml";
  std::map<std::string, std::string> environment;  ///< the process environment, injected so that tests control it
  std::optional<std::filesystem::path> env_file;   ///< a `.env`; absent file: nothing
  std::map<std::string, std::string> overrides;    ///< command line: dotted key -> value
};

struct load_result {
  std::optional<settings> value;  ///< only when findings is empty
  std::vector<finding> findings;
};

/// Never throws for bad input. Relative paths in a YAML file are relative to that file.
[[nodiscard]] load_result load(const load_request& request);

}  // namespace bulkhead::config
