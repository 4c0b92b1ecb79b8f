#pragma once
// How often the order book is read: often while only reads can tell what becomes of our orders, rarely otherwise. Pure.
#include <algorithm>
#include <chrono>

namespace bulkhead {

struct read_pace {
  std::chrono::milliseconds poll{1'000};   ///< while nothing else tells
  std::chrono::milliseconds idle{15'000};  ///< without orders: what is placed by hand shows up so soon
};

struct read_facts {
  bool has_orders = false;  ///< live ones of ours
  bool has_lost = false;    ///< one whose answer was lost: only the book can tell
  bool is_told = false;     ///< updates come by themselves: the socket is there, and has spoken lately
  int failures = 0;         ///< reads in a row that failed
};

/// From the beginning of one read to the next.
[[nodiscard]] inline std::chrono::milliseconds wait_until_read(const read_pace& pace, const read_facts& now) {
  constexpr int seldom = 5;
  const auto idle = std::max(pace.poll, pace.idle);
  if (now.failures > 0) return std::min(pace.poll * (1 << std::min(now.failures - 1, 4)), std::max(idle, pace.poll));
  if (now.has_lost) return pace.poll;
  if (!now.has_orders) return idle;
  return now.is_told ? pace.poll * seldom : pace.poll;
}

}  // namespace bulkhead
