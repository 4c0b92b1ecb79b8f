#pragma once
// A YAML file as a tree that knows its lines. The only code that sees yaml-cpp. Anchors, aliases, tags, several
// documents and keys that are not text are refused: no setting needs them, and each hides what a file says.
#include "config/finding.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::config {

struct yaml_entry;

struct yaml_node {
  enum class kind { null, scalar, sequence, map };
  kind type = kind::null;
  int line = 0;
  std::string text;                 ///< scalar: as written, quotes resolved; never converted
  std::vector<yaml_node> items;     ///< sequence
  std::vector<yaml_entry> entries;  ///< map, in file order, repeated keys included

  [[nodiscard]] bool is_null() const { return type == kind::null; }
  [[nodiscard]] bool is_scalar() const { return type == kind::scalar; }
  [[nodiscard]] bool is_sequence() const { return type == kind::sequence; }
  [[nodiscard]] bool is_map() const { return type == kind::map; }
  /// For a finding's `given`: the scalar's text, else "a list", "a map", or nothing.
  [[nodiscard]] std::string_view given() const;
};

struct yaml_entry {
  std::string key;
  int line = 0;
  yaml_node value;
};

/// Parses one document whose root is a map (an empty document is an empty map). A syntax error, a refused construct or
/// a key given twice is a finding; nullopt only where there is no tree.
[[nodiscard]] std::optional<yaml_node> parse_yaml(std::string_view text, const std::string& file,
                                                  finding_list& findings);

}  // namespace bulkhead::config
