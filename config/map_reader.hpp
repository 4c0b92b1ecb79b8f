#pragma once
// Reads one map of a YAML file key by key and then tells which keys nobody asked for.
#include "config/finding.hpp"
#include "config/yaml_tree.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::config {

/// Holds references to the map and the findings: a local variable of one function.
class map_reader {
 public:
  /// A `node` that is not a map is one finding; its keys are then absent without a word more. `where`: the map's place.
  map_reader(const yaml_node& node, const origin& where, finding_list& findings);

  /// The entry under `key`; nullptr where absent. With `allowed`, absence is a finding that names what belongs there.
  const yaml_entry* find(std::string_view key, std::string_view allowed = {});
  /// The scalar under a required key; nullptr where it is absent or no scalar (a finding).
  const yaml_node* scalar(std::string_view key, const std::string& allowed);
  /// The entries of the list under a required key, each with its place; a finding where it is absent, no list or empty.
  void for_each(std::string_view key, const std::string& allowed,
                const std::function<void(const yaml_node&, const origin&)>& visit);

  /// Place of a key of this map, for findings.
  [[nodiscard]] origin at(std::string_view key) const;
  /// Keys that were never asked for are findings, with the nearest asked-for name.
  void finish();

 private:
  const yaml_node* map_ = nullptr;
  origin where_;
  finding_list& findings_;
  std::vector<std::string> asked_;
};

}  // namespace bulkhead::config
