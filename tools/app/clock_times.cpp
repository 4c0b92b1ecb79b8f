#include "tools/app/clock_times.hpp"

#include <algorithm>

namespace bulkhead::app {

std::vector<duration> clock_times_of(const config::settings& s) {
  std::vector<duration> times;
  for (const config::broker_settings& b : s.brokers) {
    if (b.risk.square_off) times.push_back(*b.risk.square_off);
  }
  std::ranges::sort(times);
  const auto repeated = std::ranges::unique(times);
  times.erase(repeated.begin(), repeated.end());
  return times;
}

}  // namespace bulkhead::app
