#include "runtime/brokers/zerodha/exchange_clock.hpp"

#include <cstdlib>

namespace bulkhead {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

}  // namespace

void exchange_clock::note(timestamp stamp, timestamp wall) {
  const std::int64_t ahead_s = (wall.ns - stamp.ns) / second_ns;
  if (std::abs(ahead_s) <= tolerance_s) {
    newest_ = stamp;
    frames_ = 0;
    ahead_s_ = 0;
    return;
  }
  if (stamp <= newest_) return;
  newest_ = stamp;
  if (frames_ == 0) since_ = wall;
  if (frames_ < frames_needed) ++frames_;
  if (frames_ < frames_needed || wall.ns - since_.ns < time_needed_s * second_ns) return;
  // What is told changes only with the clock, not with every tick's delay.
  if (std::abs(ahead_s - ahead_s_) > tolerance_s) ahead_s_ = ahead_s;
}

}  // namespace bulkhead
