#include "config/yaml_options.hpp"

#include "config/values.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

class collector {
 public:
  collector(const std::filesystem::path& file, source_values& out, finding_list& findings)
      : file_(file), out_(out), findings_(findings) {}

  void section(const yaml_node& node, const std::string& prefix, int line) {
    if (node.is_null()) return;  // a section whose keys are all commented out
    if (!node.is_map()) {
      findings_.add({file_.string(), line, prefix}, node.given(), "a map of options", "indent its keys below it");
      return;
    }
    for (const yaml_entry& entry : node.entries) {
      const std::string path = prefix.empty() ? entry.key : prefix + "." + entry.key;
      if (prefix == "trading") {
        broker(entry, path);
      } else {
        known_or_not(entry, prefix, path);
      }
    }
  }

 private:
  void broker(const yaml_entry& entry, const std::string& path) {
    const origin where{file_.string(), entry.line, path};
    if (!is_broker_id(entry.key)) {
      findings_.add(where, entry.key, std::string{broker_id_form}, "rename the broker");
      return;
    }
    out_.brokers.emplace(entry.key, where);
    section(entry.value, path, entry.line);
  }

  void known_or_not(const yaml_entry& entry, const std::string& prefix, const std::string& path) {
    const std::vector<std::string> names = children(generic(prefix));
    const origin where{file_.string(), entry.line, path};
    if (std::ranges::find(names, entry.key) == names.end()) {
      findings_.add(where, entry.key, "one of: " + join(names), nearest(prefix, entry.key));
    } else if (const option* row = find_option(path)) {
      value(*row, entry, where, path);
    } else {
      section(entry.value, path, entry.line);
    }
  }

  void value(const option& row, const yaml_entry& entry, const origin& where, const std::string& path) {
    if (!out_.given.insert(path).second) return;  // a repeated key is a finding already
    raw_value raw = to_raw(entry.value, where, file_);
    if (check(row, raw, findings_)) out_.values.emplace(path, std::move(raw));
  }

  const std::filesystem::path& file_;
  source_values& out_;
  finding_list& findings_;
};

}  // namespace

raw_value to_raw(const yaml_node& node, const origin& where, const std::filesystem::path& file) {
  raw_value value{.text = std::string{node.given()}, .where = where, .base = file.parent_path()};
  value.source = fmt::format("{}:{}", where.file, where.line);
  if (node.is_scalar() && !node.text.empty()) value.form = raw_value::shape::text;
  if (node.is_map()) value.form = raw_value::shape::map;
  if (node.is_sequence()) value.form = raw_value::shape::list;
  for (const yaml_node& item : node.items) value.items.push_back({std::string{item.given()}, item.line});
  return value;
}

void collect_yaml(const yaml_node& root, const std::filesystem::path& file, source_values& out,
                  finding_list& findings) {
  collector{file, out, findings}.section(root, "", root.line);
}

}  // namespace bulkhead::config
