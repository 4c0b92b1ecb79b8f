#include "tools/app/table.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

constexpr std::size_t wide_gap = 2;
constexpr std::size_t narrow_gap = 1;
constexpr std::size_t least_elastic = 6;

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::string padded(const std::string& text, std::size_t width, align side) {
  const std::size_t have = display_width(text);
  const std::string space(width > have ? width - have : 0, ' ');
  return side == align::right ? space + text : text + space;
}

std::string without_trailing_space(std::string line) {
  const auto end = line.find_last_not_of(' ');
  line.resize(end == std::string::npos ? 0 : end + 1);
  return line;
}

std::size_t total(const std::vector<std::size_t>& widths, std::size_t gap) {
  std::size_t sum = widths.empty() ? 0 : gap * (widths.size() - 1);
  for (const std::size_t w : widths) sum += w;
  return sum;
}

/// The position after which a line of so many columns ends, at a space where there is one.
std::size_t break_after(std::string_view text, std::size_t width) {
  std::size_t columns = 0;
  std::size_t space = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (starts_character(text[i]) && ++columns > width) return space != 0 ? space : i;
    if (text[i] == ' ' && i != 0) space = i;
  }
  return text.size();
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

std::string fit(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t columns = 0;
  const bool cut = display_width(text) > width;
  for (const char c : text) {
    if (starts_character(c) && ++columns > (cut ? width - 1 : width)) break;
    out += static_cast<unsigned char>(c) < 0x20U || c == 0x7F ? ' ' : c;
  }
  return cut ? out + "…" : out;
}

table::table(std::vector<table_column> columns) : columns_(std::move(columns)) {}

void table::add(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) throw std::logic_error("table: a row has another number of cells than columns");
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> table::widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t most = display_width(columns_[i].title);
    for (const auto& row : rows_) most = std::max(most, display_width(row[i]));
    widths.push_back(most);
  }
  while (total(widths, narrow_gap) > screen_width) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool can_shrink = columns_[i].is_elastic && widths[i] > least_elastic;
      if (can_shrink && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
    }
    if (widest == nullptr) break;
    --*widest;
  }
  return widths;
}

std::string table::text() const {
  const std::vector<std::size_t> wide = widths();
  const std::size_t gap = total(wide, wide_gap) > screen_width ? narrow_gap : wide_gap;
  const auto line = [&](const auto& cell_of) {
    std::string out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i != 0) out.append(gap, ' ');
      out += padded(fit(cell_of(i), wide[i]), wide[i], columns_[i].side);
    }
    return without_trailing_space(std::move(out)) + "\n";
  };
  std::string out = line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) out += line([&](std::size_t i) -> const std::string& { return row[i]; });
  return out;
}

fact_list& fact_list::add(std::string title, std::string value) {
  if (!value.empty()) facts_.emplace_back(std::move(title), std::move(value));
  return *this;
}

std::string fact_list::text() const {
  std::size_t left = 0;
  for (const auto& [title, value] : facts_) left = std::max(left, display_width(title) + wide_gap);
  std::string out;
  for (const auto& [title, value] : facts_) {
    std::string rest = fit(value, display_width(value));
    std::string head = padded(title, left, align::left);
    while (!rest.empty()) {
      const std::size_t end = break_after(rest, screen_width - left);
      out += head + rest.substr(0, end) + "\n";
      rest.erase(0, end);
      rest.erase(0, rest.find_first_not_of(' '));
      head.assign(left, ' ');
    }
  }
  return out;
}

std::string ist(timestamp t) {
  if (t.ns == 0) return "-";
  return fmt::format("{} {}", to_string(date_of(t)), ist_clock(t));
}

std::string ist_clock(timestamp t) {
  if (t.ns == 0) return "-";
  const std::int64_t ms = time_of_day(t).ns / 1'000'000;
  const std::int64_t s = ms / 1000;
  std::string out = fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  if (ms % 1000 != 0) out += fmt::format(".{:03}", ms % 1000);
  return out;
}

std::string average(money value, quantity qty) {
  if (qty == 0) return "-";
  const bool is_short = qty < 0;
  return to_string(price{mul_div_round(is_short ? -value.raw : value.raw, 1, is_short ? -qty : qty)});
}

}  // namespace bulkhead::app
