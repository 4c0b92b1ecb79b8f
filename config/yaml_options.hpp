#pragma once
// bulkhead.yaml to a layer of option values.
#include "config/option_value.hpp"
#include "config/yaml_tree.hpp"

#include <set>
#include <string>

namespace bulkhead::config {

/// What one source says: its values, and the brokers it names under trading, options or not.
struct source_values {
  layer values;                 ///< those that passed their check
  std::set<std::string> given;  ///< paths given, good or bad
  std::map<std::string, origin> brokers;
};

/// A node of `file`, as a value before its type is looked at.
[[nodiscard]] raw_value to_raw(const yaml_node& node, const origin& where, const std::filesystem::path& file);

/// Every key of the tree: known ones are checked, unknown ones are findings with the nearest known name.
void collect_yaml(const yaml_node& root, const std::filesystem::path& file, source_values& out, finding_list& findings);

}  // namespace bulkhead::config
