#pragma once
// From ticks to one price per interval (docs/kernel.md, "Sampling"). Event time only; buckets run on across days.
#include "runtime/domain/money.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <optional>

namespace bulkhead {

/// floor(unix seconds / period_s). period_s >= 1.
[[nodiscard]] constexpr std::int64_t bucket_of(timestamp ts, std::int64_t period_s) {
  constexpr std::int64_t second = 1'000'000'000;
  const auto floor_div = [](std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); };
  return floor_div(floor_div(ts.ns, second), period_s);
}

/// The price as indicators see it: raw / 10000.0.
[[nodiscard]] constexpr double as_double(price p) {
  return static_cast<double>(p.raw) / static_cast<double>(money_scale);
}

/// One instrument's open bucket. A plain value: part of its strategy's state.
struct sampler {
  bool started = false;     ///< false: no tick yet
  std::int64_t bucket = 0;  ///< of the last tick
  price last;               ///< last price seen

  /// The sample that this tick completed: the last price before it, when it is the first of a new bucket.
  std::optional<price> on_tick(std::int64_t interval_s, timestamp ts, price now) {
    const std::int64_t current = bucket_of(ts, interval_s);
    std::optional<price> sample;
    if (started && current != bucket) sample = last;
    started = true;
    bucket = current;
    last = now;
    return sample;
  }

  friend bool operator==(const sampler&, const sampler&) = default;
};

}  // namespace bulkhead
