#pragma once
// Tables for people: at most 100 columns wide, whatever is in them.
#include "runtime/domain/money.hpp"
#include "runtime/domain/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::app {

inline constexpr std::size_t screen_width = 100;

enum class align { left, right };

struct table_column {
  std::string title;  ///< with the unit of what stands below
  align side = align::left;
  bool is_elastic = false;  ///< names and reasons: cut, with an ellipsis, where the table would be too wide
};

class table {
 public:
  explicit table(std::vector<table_column> columns);
  /// As many cells as columns.
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// A header line and a line each row; an empty table is its header.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::vector<table_column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Lines "title  value"; long values go on, indented, on the next lines.
class fact_list {
 public:
  /// Nothing is added for an empty value.
  fact_list& add(std::string title, std::string value);
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

/// Characters of UTF-8 text, each taken as one column.
[[nodiscard]] std::size_t display_width(std::string_view text);
/// Cut to so many columns, with an ellipsis where something is left out; line breaks and other control characters
/// become spaces, so that a text from outside stays on its line.
[[nodiscard]] std::string fit(std::string_view text, std::size_t width = screen_width);

/// "2022-01-03 09:15:00", with milliseconds only where there are some; "-" for no time.
[[nodiscard]] std::string ist(timestamp t);
/// Its time of day alone.
[[nodiscard]] std::string ist_clock(timestamp t);
/// value / qty, rounded to 1/10000 rupee; "-" for nothing.
[[nodiscard]] std::string average(money value, quantity qty);

}  // namespace bulkhead::app
