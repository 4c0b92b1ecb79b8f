#pragma once
// Event time. A timestamp is nanoseconds since the Unix epoch in UTC; Indian exchange time is UTC+05:30 all year (no
// daylight saving), so the conversion is a constant.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead {

struct timestamp {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(timestamp, timestamp) = default;
};

struct duration {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(duration, duration) = default;
};

[[nodiscard]] constexpr duration seconds(std::int64_t s) { return {s * 1'000'000'000}; }
[[nodiscard]] constexpr timestamp operator+(timestamp t, duration d) { return {t.ns + d.ns}; }
[[nodiscard]] constexpr timestamp operator-(timestamp t, duration d) { return {t.ns - d.ns}; }
[[nodiscard]] constexpr duration operator-(timestamp a, timestamp b) { return {a.ns - b.ns}; }

inline constexpr duration ist_offset = seconds(5 * 3600 + 30 * 60);

/// A calendar date in IST as yyyymmdd, e.g. 20220103.
using trade_date = std::int32_t;

/// Midnight IST at the start of the day.
[[nodiscard]] timestamp start_of_day(trade_date date);
[[nodiscard]] trade_date date_of(timestamp t);
/// Time since midnight IST, [0, 24 h).
[[nodiscard]] duration time_of_day(timestamp t);
/// 0 = Sunday .. 6 = Saturday.
[[nodiscard]] int weekday(trade_date date);

/// "2022-01-03T09:15:00+05:30", with a fraction (milliseconds to nanoseconds) only where there is one.
[[nodiscard]] std::string to_iso_ist(timestamp t);
/// The inverse of to_iso_ist; nullopt for anything else.
[[nodiscard]] std::optional<timestamp> parse_iso_ist(std::string_view text);
/// "2022-01-03" or "20220103", a date that exists in the years 1678 to 2261 (what a timestamp holds); nullopt
/// otherwise.
[[nodiscard]] std::optional<trade_date> parse_date(std::string_view text);
[[nodiscard]] std::string to_string(trade_date date);  // "2022-01-03"

}  // namespace bulkhead
