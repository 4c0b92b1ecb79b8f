#include "tools/app/backtest/session_axis.hpp"

#include <algorithm>

namespace bulkhead::app {

session_axis::session_axis(const trading_session& session, const std::vector<trade_date>& dates) {
  for (const trade_date date : dates) {
    const auto hours = session.hours_of(date);
    if (!hours) continue;
    days_.push_back({date, start_of_day(date) + hours->open, duration{hours->close.ns - hours->open.ns}, total()});
  }
}

duration session_axis::position(timestamp t) const {
  const auto after = std::ranges::upper_bound(days_, t, {}, &day::open);
  if (after == days_.begin()) return {};
  const day& d = *std::prev(after);
  return {d.start.ns + std::min(t - d.open, d.length).ns};
}

duration session_axis::total() const {
  return days_.empty() ? duration{} : duration{days_.back().start.ns + days_.back().length.ns};
}

}  // namespace bulkhead::app
