#pragma once
// Rule 9, orders_per_second: a sliding window over approvals, of which a share is kept for exits.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <deque>

namespace bulkhead::risk {

/// Event times of the approvals within a second of the newest. Not more than one second's approvals are kept, and they
/// depend on the approvals alone (asking changes nothing), so live and recovered state are the same.
class approval_window {
 public:
  /// Times come in order, as event time does.
  void add(timestamp approved_at);
  /// Approvals in (now - 1 s, now]; now is not before the newest.
  [[nodiscard]] std::int64_t count(timestamp now) const;
  [[nodiscard]] const std::deque<timestamp>& times() const noexcept { return times_; }

 private:
  std::deque<timestamp> times_;
};

/// `allowed`: max_orders_per_second, for entries less exit_reserve_per_second.
[[nodiscard]] inline verdict orders_per_second(std::int64_t approved_in_window, std::int64_t allowed) {
  if (approved_in_window < allowed) return std::nullopt;
  return refusal{"orders_per_second", std::to_string(allowed), std::to_string(approved_in_window + 1), "orders/s"};
}

}  // namespace bulkhead::risk
