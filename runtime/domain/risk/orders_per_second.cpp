#include "runtime/domain/risk/orders_per_second.hpp"

#include <algorithm>

namespace bulkhead::risk {

void approval_window::add(timestamp approved_at) {
  times_.push_back(approved_at);
  while (times_.front() <= approved_at - seconds(1)) times_.pop_front();
}

std::int64_t approval_window::count(timestamp now) const {
  return times_.end() - std::ranges::upper_bound(times_, now - seconds(1));
}

}  // namespace bulkhead::risk
