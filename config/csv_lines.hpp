#pragma once
// Lines and fields of small CSV files.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::config {

/// The fields of one line (RFC 4180: a field in quotes may hold commas; a doubled quote in it stands for one).
/// nullopt: a quote that does not close, or one inside an unquoted field.
[[nodiscard]] std::optional<std::vector<std::string>> split_fields(std::string_view line);

/// Calls `visit` with each line that is not empty, without its line end, and its number from 1, until it says no.
void for_each_line(std::string_view text, const std::function<bool(std::string_view line, int number)>& visit);

}  // namespace bulkhead::config
