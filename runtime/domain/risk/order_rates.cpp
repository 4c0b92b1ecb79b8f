#include "runtime/domain/risk/order_rates.hpp"

#include <algorithm>

namespace bulkhead::risk {
namespace {

constexpr duration minute = seconds(60);

struct budget {
  const char* rule;
  const char* unit;
  std::int64_t max;      ///< 0: no limit
  std::int64_t reserve;  ///< of it, that this action may not use
};

verdict within(const budget& b, std::int64_t approved, std::int64_t orders) {
  if (b.max == 0) return std::nullopt;
  const std::int64_t allowed = std::max<std::int64_t>(b.max - b.reserve, 0);
  if (approved + orders <= allowed) return std::nullopt;
  return refusal{b.rule, std::to_string(allowed), std::to_string(approved + orders), b.unit};
}

}  // namespace

void approval_window::add(timestamp approved_at) {
  times_.push_back(approved_at);
  while (times_.front() <= approved_at - minute) times_.pop_front();
  const trade_date date = date_of(approved_at);
  if (date != date_) of_date_ = 0;
  date_ = date;
  ++of_date_;
}

std::int64_t approval_window::count(timestamp now, duration length) const {
  return times_.end() - std::ranges::upper_bound(times_, now - length);
}

approval_window approval_window::restored(std::deque<timestamp> times, trade_date date, std::int64_t of_date) {
  approval_window w;
  w.times_ = std::move(times);
  w.date_ = date;
  w.of_date_ = of_date;
  return w;
}

verdict order_rates(const approval_window& approved, const risk_limits& limits, timestamp now, bool is_entry,
                    std::int64_t orders) {
  if (is_entry) {
    const budget day{"orders_per_day", "orders/day", limits.max_orders_per_day, 0};
    if (auto r = within(day, approved.count(date_of(now)), orders)) return r;
  }
  const budget per_minute{"orders_per_minute", "orders/min", limits.max_orders_per_minute,
                          is_entry ? limits.exit_reserve_per_minute : 0};
  if (auto r = within(per_minute, approved.count(now, minute), orders)) return r;
  const budget per_second{"orders_per_second", "orders/s", limits.max_orders_per_second,
                          is_entry ? limits.exit_reserve_per_second : 0};
  return within(per_second, approved.count(now, seconds(1)), orders);
}

}  // namespace bulkhead::risk
