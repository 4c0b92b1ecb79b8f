#include "runtime/feeds/bar_csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::size_t field_count = 9;
using row_fields = std::array<std::string_view, field_count>;

// Inside 64 bits of nanoseconds since 1970.
constexpr trade_date first_date = 1970'01'02;
constexpr trade_date last_date = 2199'12'31;

std::string split(std::string_view line, row_fields& out) {
  const auto commas = static_cast<std::size_t>(std::ranges::count(line, ','));
  if (commas + 1 != field_count) {
    return fmt::format("row has {} fields, allowed: {} ({})", line.empty() ? 0 : commas + 1, field_count,
                       bar_csv_header);
  }
  for (std::string_view& field : out) {
    const std::size_t comma = line.find(',');
    field = line.substr(0, comma);
    line.remove_prefix(std::min(line.size(), field.size() + 1));
  }
  return {};
}

/// "09:16" as time since midnight.
std::optional<duration> parse_minute(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (hour > 23 || minute > 59) return std::nullopt;
  return seconds(hour * 3600 + minute * 60);
}

std::string parse_end(std::string_view date_text, std::string_view time_text, timestamp& out) {
  const auto date = parse_date(date_text);
  if (!date || *date < first_date || *date > last_date) {
    return fmt::format("date {} does not exist, allowed: yyyymmdd, {} to {}", quoted_text(date_text),
                       to_string(first_date), to_string(last_date));
  }
  const auto minute = parse_minute(time_text);
  if (!minute) return fmt::format("time {} does not exist, allowed: hh:mm, 00:00 to 23:59", quoted_text(time_text));
  out = start_of_day(*date) + *minute;
  return {};
}

std::string parse_prices(const row_fields& fields, bar& out) {
  struct column {
    std::string_view name;
    std::string_view text;
    price* value;
  };
  for (const column& c : {column{"open", fields[3], &out.open}, column{"high", fields[4], &out.high},
                          column{"low", fields[5], &out.low}, column{"close", fields[6], &out.close}}) {
    const auto value = parse_price(c.text);
    if (!value) {
      return fmt::format("{} {}, allowed: a decimal > 0 with at most four decimals, up to {}", c.name,
                         quoted_text(c.text), to_string(price::max()));
    }
    *c.value = *value;
  }
  if (out.low > std::min(out.open, out.close)) {
    return fmt::format("low {} is above min(open, close) {}", fields[5], to_string(std::min(out.open, out.close)));
  }
  if (out.high < std::max(out.open, out.close)) {
    return fmt::format("high {} is below max(open, close) {}", fields[4], to_string(std::max(out.open, out.close)));
  }
  return {};
}

std::string parse_count(std::string_view name, std::string_view text, std::int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc{} && end == text.data() + text.size() && text.front() != '-') return {};
  return fmt::format("{} {}, allowed: an integer >= 0", name, quoted_text(text));
}

}  // namespace

bar_csv_parser::bar_csv_parser(const instrument_table& instruments)
    : instruments_(&instruments), last_end_(instruments.size()) {
  for (const instrument& row : instruments.rows()) by_symbol_.emplace(row.tradingsymbol, row.id);
}

std::string bar_csv_parser::parse(std::string_view line, bar& out) {
  row_fields fields;
  if (auto problem = split(line, fields); !problem.empty()) return problem;
  const auto symbol = by_symbol_.find(fields[0]);
  if (symbol == by_symbol_.end()) {
    return fmt::format("symbol {}, allowed: a tradingsymbol of the instruments file", quoted_text(fields[0]));
  }
  out.instrument = symbol->second;
  if (auto problem = parse_end(fields[1], fields[2], out.end); !problem.empty()) return problem;
  if (auto problem = parse_prices(fields, out); !problem.empty()) return problem;
  if (auto problem = parse_count("volume", fields[7], out.volume); !problem.empty()) return problem;
  std::int64_t open_interest = 0;
  if (auto problem = parse_count("oi", fields[8], open_interest); !problem.empty()) return problem;
  if (auto problem = check_order(out); !problem.empty()) return problem;
  last_end_[out.instrument.index] = out.end;
  return {};
}

std::string bar_csv_parser::check_order(const bar& row) const {
  const timestamp last = last_end_[row.instrument.index];
  if (row.end > last) return {};
  return fmt::format("time {} is not after {}, the last good row of {}", to_iso_ist(row.end), to_iso_ist(last),
                     instruments_->at(row.instrument).tradingsymbol);
}

std::string quoted_text(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string result = "\"";
  for (const char c : text.substr(0, longest)) result.push_back(c >= ' ' && c <= '~' ? c : '?');
  result += text.size() > longest ? "...\"" : "\"";
  return result;
}

}  // namespace bulkhead
