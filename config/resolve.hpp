#pragma once
// Merges the sources, later over earlier, and fills the settings from the winners and the schema's fallbacks.
#include "config/loader.hpp"
#include "config/yaml_options.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace bulkhead::config {

struct resolved {
  settings node;                                   ///< without what the other files hold
  std::map<std::string, broker_settings> brokers;  ///< every broker that is mentioned, active or not
  std::map<std::string, origin> origins;           ///< where the winning value of each path stands
  std::set<std::string> bad;                       ///< paths with a value that was refused
  std::vector<effective_option> effective;

  /// Every one of the paths has a value somebody meant: a rule across them tells something new.
  [[nodiscard]] bool sound(std::initializer_list<std::string> paths) const;
};

/// `sources`: lowest precedence first.
[[nodiscard]] resolved resolve(const load_request& request, std::span<const source_values> sources,
                               finding_list& findings);

}  // namespace bulkhead::config
