#include "actors/supervision/restart_policy.hpp"

#include <algorithm>

namespace bulkhead::actors {

std::optional<std::chrono::milliseconds> restart_policy::on_failure(time_point now) {
  if (now - last_due_ > limits_.period) streak_ = 0;
  while (!restarts_.empty() && now - restarts_.front() > limits_.period) restarts_.pop_front();
  restarts_.push_back(now);
  if (static_cast<std::int64_t>(restarts_.size()) > limits_.intensity) return std::nullopt;
  last_due_ = now;
  const std::int64_t doublings = streak_++;
  if (doublings == 0) return std::chrono::milliseconds{0};
  const std::int64_t full = std::min<std::int64_t>(
      limits_.backoff_max.count(), limits_.backoff_min.count() << std::min<std::int64_t>(doublings - 1, 30));
  // xorshift64: neighbours that failed together must not come back together.
  jitter_ ^= jitter_ << 13U;
  jitter_ ^= jitter_ >> 7U;
  jitter_ ^= jitter_ << 17U;
  const std::int64_t cut =
      full / 4 > 0 ? static_cast<std::int64_t>(jitter_ % static_cast<std::uint64_t>(full / 4 + 1)) : 0;
  const std::chrono::milliseconds delay{full - cut};
  last_due_ = now + delay;
  return delay;
}

}  // namespace bulkhead::actors
