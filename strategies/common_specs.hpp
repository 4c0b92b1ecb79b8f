#pragma once
// Parameters that several kinds share: one name, one range, one meaning.
#include "strategies/parameter_spec.hpp"

namespace bulkhead {

/// Samples an indicator may look back: a bound on memory and on work per sample.
inline constexpr std::int64_t max_window = 100'000;
/// Seconds (about 31 years): event time plus this stays far inside 64 bits of nanoseconds.
inline constexpr std::int64_t max_period_s = 1'000'000'000;

[[nodiscard]] inline parameter_spec quantity_spec() {
  return {"quantity", parameter_type::integer, 1, max_quantity, std::nullopt, "units", "of each entry and exit"};
}
[[nodiscard]] inline parameter_spec interval_spec() {
  return {
      "interval_s", parameter_type::integer, 1, max_period_s, std::nullopt, "s", "one sample of the price per so much"};
}
[[nodiscard]] inline parameter_spec cooldown_spec() {
  return {"cooldown_s",
          parameter_type::integer,
          0,
          max_period_s,
          std::nullopt,
          "s",
          "least time between two entries in one instrument; exits never wait"};
}
[[nodiscard]] inline parameter_spec allow_short_spec() {
  return {"allow_short", parameter_type::flag, 0, 1, "0", "", "1: also enters short"};
}

}  // namespace bulkhead
