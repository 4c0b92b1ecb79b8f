#include "config/limit_fields.hpp"

#include <algorithm>

namespace bulkhead::config {
namespace {

using sv = std::string_view;
using vt = value_type;
using limits = risk_limits;

constexpr std::int64_t trillion_rupees = 1'000'000'000'000 * money_scale;
constexpr std::int64_t day_ms = 86'400'000;
constexpr sv no_limit = "no limit";

constexpr limit_field count(sv name, std::int64_t limits::*member, sv of_broker, std::int64_t max, sv unit, sv doc) {
  return {name, vt::integer, member, of_broker, "0", max, unit, no_limit, doc};
}
constexpr limit_field reserve(sv name, std::int64_t limits::*member, sv of_broker, std::int64_t max, sv doc) {
  return {name, vt::integer, member, of_broker, "0", max, "orders", {}, doc};
}
constexpr limit_field amount(sv name, money limits::*member, sv of_broker, sv doc) {
  return {name, vt::money, member, of_broker, "0.00", trillion_rupees, "rupees", no_limit, doc};
}

constexpr limit_field fields[] = {
    count("max_order_quantity", &limits::max_order_quantity, "1000", max_quantity, "units", "one entry order"),
    amount("max_order_value", &limits::max_order_value, "5000000.00", "one entry order"),
    count("max_position_quantity", &limits::max_position_quantity, "2000", max_quantity, "units",
          "one instrument, at worst case"),
    amount("max_gross_exposure", &limits::max_gross_exposure, "0.00", "all positions and working entries"),
    count("max_open_orders", &limits::max_open_orders, "0", 100'000, "orders", "working at once, exits included"),
    amount("max_open_order_value", &limits::max_open_order_value, "0.00", "working entries"),
    count("price_collar_bps", &limits::price_collar_bps, "300", 10'000, "basis points",
          "limit or trigger price against last price"),
    count("max_price_age_ms", &limits::max_price_age_ms, "0", day_ms, "milliseconds", "last price behind an entry"),
    count("max_signal_age_ms", &limits::max_signal_age_ms, "0", day_ms, "milliseconds", "a signal's own age"),
    {"duplicate_window_ms", vt::integer, &limits::duplicate_window_ms, "0", "0", day_ms, "milliseconds", "off",
     "an entry equal to one approved within it is refused"},
    count("max_orders_per_day", &limits::max_orders_per_day, "0", 1'000'000, "orders", "approved on a date"),
    count("max_orders_per_minute", &limits::max_orders_per_minute, "0", 60'000, "orders",
          "approved in any sliding minute"),
    reserve("exit_reserve_per_minute", &limits::exit_reserve_per_minute, "0", 59'999, "of those, kept for exits"),
    count("max_orders_per_second", &limits::max_orders_per_second, "8", 1000, "orders",
          "approved in any sliding second"),
    reserve("exit_reserve_per_second", &limits::exit_reserve_per_second, "2", 999, "of those, kept for exits"),
    count("max_consecutive_rejects", &limits::max_consecutive_rejects, "0", 1000, "orders",
          "refused by the broker in a row; then reduce-only"),
    amount("max_day_loss", &limits::max_day_loss, "0.00", "loss of a date; then reduce-only"),
    amount("max_drawdown", &limits::max_drawdown, "0.00", "below the highest net P&L; then reduce-only"),
    {"allow_self_trade",
     vt::flag,
     &limits::allow_self_trade,
     "true",
     "true",
     0,
     {},
     {},
     "entries that an own working order could meet"},
};

}  // namespace

std::span<const limit_field> limit_fields() { return fields; }

const limit_field* find_limit(std::string_view name) {
  const auto* found = std::ranges::find(fields, name, &limit_field::name);
  return found == std::end(fields) ? nullptr : found;
}

field place_of(const limit_field& f, risk_limits& limits) {
  return std::visit([&](auto member) -> field { return &(limits.*member); }, f.member);
}

option limit_option(const limit_field& f, std::string path, std::string_view fallback) {
  return {.path = std::move(path),
          .type = f.type,
          .fallback = fallback,
          .doc = f.doc,
          .unit = f.unit,
          .max = f.max,
          .zero = f.zero};
}

std::vector<wrong_reserve> wrong_reserves(const risk_limits& limits) {
  std::vector<wrong_reserve> wrong;
  const auto check = [&](sv reserve, sv limit, std::int64_t reserved, std::int64_t limited) {
    if (limited > 0 && reserved >= limited) wrong.push_back({reserve, limit, reserved, limited});
  };
  check("exit_reserve_per_second", "max_orders_per_second", limits.exit_reserve_per_second,
        limits.max_orders_per_second);
  check("exit_reserve_per_minute", "max_orders_per_minute", limits.exit_reserve_per_minute,
        limits.max_orders_per_minute);
  return wrong;
}

}  // namespace bulkhead::config
