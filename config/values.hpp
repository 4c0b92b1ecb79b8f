#pragma once
// Texts of single values to typed values. Strict and exact: no double, no guess. nullopt: not of that form.
#include "runtime/domain/charges.hpp"
#include "runtime/domain/paper_settings.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::config {

/// [-]digits that fit 64 bits. No leading zero (YAML 1.1 would read octal), no sign +, no exponent.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
/// "true" or "false"; not YAML 1.1's yes, on, y.
[[nodiscard]] std::optional<bool> parse_flag(std::string_view text);
/// Percent from 0 to 100 with at most seven decimals, exactly: "0.00345" is 34'500 parts per thousand million.
[[nodiscard]] std::optional<rate> parse_percent(std::string_view text);
/// "hh:mm" from 00:00 to 23:59, as time since midnight.
[[nodiscard]] std::optional<duration> parse_clock(std::string_view text);
[[nodiscard]] std::string clock_text(duration since_midnight);
/// The inverse of parse_percent, without trailing zeros.
[[nodiscard]] std::string percent_text(rate r);
/// Indexed by slippage_mode.
inline constexpr std::string_view slippage_names[] = {"none", "bps", "ticks", "depth"};
/// [a-z][a-z0-9_]{0,31} without "__", which separates levels in the environment.
[[nodiscard]] bool is_broker_id(std::string_view text);
inline constexpr std::string_view broker_id_form = "a broker id: a-z, then up to 31 of a-z 0-9 _, no __";
/// A calendar date that exists, within what a 64-bit count of nanoseconds holds comfortably.
[[nodiscard]] std::optional<trade_date> parse_settings_date(std::string_view text);
inline constexpr std::string_view date_form = "a date that exists, yyyy-mm-dd, 1990-01-01 to 2150-12-31";

}  // namespace bulkhead::config
