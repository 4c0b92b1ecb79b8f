#include "runtime/feeds/bar_expansion.hpp"

namespace bulkhead {

timestamp time_of(bar_part part, timestamp end) {
  static constexpr std::array<std::int64_t, 4> seconds_before = {60, 40, 20, 1};
  return end - seconds(seconds_before.at(static_cast<std::size_t>(part)));
}

tick tick_of(bar_part part, const bar& b) {
  const bool low_first = b.close >= b.open;
  tick t{.instrument = b.instrument};
  switch (part) {
    case bar_part::open:
      t.last = b.open;
      break;
    case bar_part::first_extreme:
      t.last = low_first ? b.low : b.high;
      break;
    case bar_part::second_extreme:
      t.last = low_first ? b.high : b.low;
      break;
    case bar_part::close:
      t.last = b.close;
      t.volume = b.volume;
      break;
  }
  return t;
}

}  // namespace bulkhead
