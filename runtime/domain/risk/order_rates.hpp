#pragma once
// Rule 18, orders_per_day, orders_per_minute, orders_per_second: sliding windows over approvals, of which a share is
// kept for exits. Cancels are no approvals.
#include "runtime/domain/risk/limits.hpp"
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <deque>

namespace bulkhead::risk {

/// Event times of the approvals within a minute of the newest, and the number of its date. What is kept depends on the
/// approvals alone (asking changes nothing), so live and recovered state are the same.
class approval_window {
 public:
  /// Times come in order, as event time does.
  void add(timestamp approved_at);
  /// Approvals in (now - length, now]; now is not before the newest, length at most a minute.
  [[nodiscard]] std::int64_t count(timestamp now, duration length) const;
  /// Approvals of the date.
  [[nodiscard]] std::int64_t count(trade_date date) const { return date == date_ ? of_date_ : 0; }
  [[nodiscard]] const std::deque<timestamp>& times() const noexcept { return times_; }
  [[nodiscard]] trade_date date() const noexcept { return date_; }

  /// Times in order; `of_date` approvals on `date`, those of `times` included.
  [[nodiscard]] static approval_window restored(std::deque<timestamp> times, trade_date date, std::int64_t of_date);

 private:
  std::deque<timestamp> times_;
  trade_date date_ = 0;
  std::int64_t of_date_ = 0;
};

/// `orders`: how many are to be approved together; none passes unless all fit.
[[nodiscard]] verdict order_rates(const approval_window& approved, const risk_limits& limits, timestamp now,
                                  bool is_entry, std::int64_t orders);

}  // namespace bulkhead::risk
