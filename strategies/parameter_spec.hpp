#pragma once
// What a strategy's YAML may say, as data: the configuration loader checks against these rows and knows no strategy.
#include "runtime/domain/money.hpp"

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead {

enum class parameter_type : std::uint8_t {
  integer,      ///< digits with an optional minus
  decimal,      ///< at most four decimals, held exactly as ten-thousandths
  flag,         ///< 0 | 1 | false | true
  time_of_day,  ///< hh:mm, 00:00 to 23:59, held as minutes since midnight
};

struct parameter_spec {
  std::string name;
  parameter_type type = parameter_type::integer;
  std::int64_t min = 0;                 ///< decimal: in ten-thousandths
  std::int64_t max = 0;                 ///< inclusive; decimal: in ten-thousandths
  std::optional<std::string> fallback;  ///< value where the file has none; nullopt: required
  std::string unit;                     ///< "s", "units", ...; empty: a plain number
  std::string doc;
};

/// Name -> value as written.
using parameter_map = std::map<std::string, std::string>;

/// Minutes since midnight of "hh:mm"; nullopt: no such time.
[[nodiscard]] inline std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0U, 1U, 3U, 4U}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const std::int64_t hours = (text[0] - '0') * 10 + (text[1] - '0');
  const std::int64_t minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  return hours * 60 + minutes;
}

/// The value in the spec's unit (decimal: ten-thousandths; flag: 0 or 1; time of day: minutes); nullopt: not of the
/// type, or out of range.
[[nodiscard]] inline std::optional<std::int64_t> parse_parameter(const parameter_spec& spec, std::string_view text) {
  std::optional<std::int64_t> value;
  if (spec.type == parameter_type::decimal) {
    value = parse_fixed(text);
  } else if (spec.type == parameter_type::flag) {
    if (text == "0" || text == "false") value = 0;
    if (text == "1" || text == "true") value = 1;
  } else if (spec.type == parameter_type::time_of_day) {
    value = parse_time_of_day(text);
  } else {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) value = number;
  }
  if (!value || *value < spec.min || *value > spec.max) return std::nullopt;
  return value;
}

/// For error texts: "integer, 1 to 1000000 units", "decimal with at most four decimals, 0.00 to 100.00", "0 or 1".
[[nodiscard]] inline std::string allowed_text(const parameter_spec& spec) {
  if (spec.type == parameter_type::flag) return "0 or 1";
  if (spec.type == parameter_type::time_of_day) return "hh:mm in IST, 00:00 to 23:59";
  const std::string unit = spec.unit.empty() ? "" : " " + spec.unit;
  if (spec.type == parameter_type::integer) {
    return "integer, " + std::to_string(spec.min) + " to " + std::to_string(spec.max) + unit;
  }
  return "decimal with at most four decimals, " + to_string(price{spec.min}) + " to " + to_string(price{spec.max}) +
         unit;
}

}  // namespace bulkhead
