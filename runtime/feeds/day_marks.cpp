#include "runtime/feeds/day_marks.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead {

std::string check_clock_times(std::span<const duration> clock_times) {
  for (const duration time : clock_times) {
    if (time >= duration{} && time < seconds(86'400)) continue;
    return fmt::format("feed: clock times: given {} s since midnight, allowed: 0 to 86399 s", time.ns / 1'000'000'000);
  }
  return {};
}

void append_day_marks(trade_date date, const trading_session& session, std::span<const duration> clock_times,
                      std::vector<day_mark>& out) {
  const auto hours = session.hours_of(date);
  if (!hours) return;
  std::vector<duration> clocks;
  for (const duration time : clock_times) clocks.push_back(session.moved_with_close(time, date));
  std::ranges::sort(clocks);
  clocks.erase(std::ranges::unique(clocks).begin(), clocks.end());
  const timestamp midnight = start_of_day(date);
  const auto after_close = std::ranges::upper_bound(clocks, hours->close);
  for (auto it = clocks.begin(); it != after_close; ++it) out.push_back({midnight + *it, frame_kind::clock});
  out.push_back({midnight + hours->close, frame_kind::session_close});
  for (auto it = after_close; it != clocks.end(); ++it) out.push_back({midnight + *it, frame_kind::clock});
}

}  // namespace bulkhead
