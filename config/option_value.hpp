#pragma once
// One option's value on its way from a source into the settings.
#include "config/finding.hpp"
#include "config/schema.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bulkhead::config {

struct raw_item {
  std::string text;
  int line = 0;
};

/// As a source gave it, before its type is looked at.
/// origin::file of what a variable of the environment says.
inline constexpr std::string_view environment_origin = "environment";

struct raw_value {
  enum class shape { nothing, text, list, map };
  shape form = shape::nothing;
  std::string text;             ///< text; for the other shapes what a finding shows
  std::vector<raw_item> items;  ///< list
  origin where;
  std::string source;          ///< for people: "config/bulkhead.yaml:12", "environment FEED__SPEED", "default"
  std::filesystem::path base;  ///< relative paths start here; empty: the working directory
};

/// Dotted path -> value.
using layer = std::map<std::string, raw_value>;

/// A value from a place that has no lists (environment, .env, command line, the schema's fallback): items of a list are
/// separated by commas, and an empty text is an empty list or no date.
[[nodiscard]] raw_value from_text(const option& o, std::string_view text, origin where, std::string source,
                                  std::filesystem::path base);

/// Checks type and range and writes the field. False: nothing written, and the findings say why.
bool store(const option& o, const raw_value& value, const field& target, finding_list& findings);

/// The same check without a target.
bool check(const option& o, const raw_value& value, finding_list& findings);

/// The field's value as a person would write it; lists by comma.
[[nodiscard]] std::string show(const field& source);

}  // namespace bulkhead::config
