#include "config/map_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::config {

map_reader::map_reader(const yaml_node& node, const origin& where, finding_list& findings)
    : where_(where), findings_(findings) {
  if (node.is_map()) {
    map_ = &node;
  } else {
    findings_.add(where_, node.given(), "a map of keys", "indent its keys below it");
  }
}

const yaml_entry* map_reader::find(std::string_view key, std::string_view allowed) {
  if (std::ranges::find(asked_, key) == asked_.end()) asked_.emplace_back(key);
  if (map_ == nullptr) return nullptr;
  const auto found = std::ranges::find(map_->entries, key, &yaml_entry::key);
  if (found != map_->entries.end()) return &*found;
  if (!allowed.empty()) findings_.add(at(key), "", std::string{allowed}, fmt::format("add the key {}", key));
  return nullptr;
}

const yaml_node* map_reader::scalar(std::string_view key, const std::string& allowed) {
  const yaml_entry* entry = find(key, allowed);
  if (entry == nullptr) return nullptr;
  if (entry->value.is_scalar()) return &entry->value;
  findings_.add(at(key), entry->value.given(), allowed, "write one value");
  return nullptr;
}

void map_reader::for_each(std::string_view key, const std::string& allowed,
                          const std::function<void(const yaml_node&, const origin&)>& visit) {
  const yaml_entry* entry = find(key, allowed);
  if (entry == nullptr) return;
  if (!entry->value.is_sequence() || entry->value.items.empty()) {
    const std::string given = entry->value.is_sequence() ? "" : std::string{entry->value.given()};
    findings_.add(at(key), given, allowed, "write a list with at least one entry");
    return;
  }
  const origin place = at(key);
  for (std::size_t i = 0; i < entry->value.items.size(); ++i) {
    const yaml_node& item = entry->value.items[i];
    visit(item, {place.file, item.line, fmt::format("{}[{}]", place.key, i)});
  }
}

origin map_reader::at(std::string_view key) const {
  origin place{where_.file, where_.line, where_.key + (where_.key.empty() ? "" : ".") + std::string{key}};
  if (map_ == nullptr) return place;
  const auto found = std::ranges::find(map_->entries, key, &yaml_entry::key);
  if (found != map_->entries.end()) place.line = found->line;
  return place;
}

void map_reader::finish() {
  if (map_ == nullptr) return;
  for (const yaml_entry& entry : map_->entries) {
    if (std::ranges::find(asked_, entry.key) != asked_.end()) continue;
    origin place = at(entry.key);
    place.line = entry.line;
    findings_.add(place, entry.key, "one of: " + join(asked_), unknown_word(entry.key, asked_));
  }
}

}  // namespace bulkhead::config
