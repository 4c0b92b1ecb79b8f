#pragma once
// When a failed child starts again, and when its supervisor gives up: OTP's restart intensity, and an exponential
// backoff with jitter. Pure: time and the seed of the jitter are given. One owner.
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace bulkhead::actors {

struct restart_limits {
  std::int64_t intensity = 5;  ///< restarts allowed within `period`; one more and the supervisor gives up
  std::chrono::milliseconds period{10'000};
  std::chrono::milliseconds backoff_min{10};
  std::chrono::milliseconds backoff_max{5'000};
};

class restart_policy {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  restart_policy(restart_limits limits, std::uint64_t jitter_seed) : limits_(limits), jitter_(jitter_seed | 1U) {}

  /// A child failed. The delay until its restart: none for the first, then backoff_min doubling up to backoff_max,
  /// each shortened by up to a quarter; a quiet `period` after the last restart was due starts over. nullopt: more than
  /// `intensity` restarts within `period`, give up.
  std::optional<std::chrono::milliseconds> on_failure(time_point now);

 private:
  restart_limits limits_;
  std::uint64_t jitter_;
  std::deque<time_point> restarts_;
  std::int64_t streak_ = 0;
  time_point last_due_{};  ///< when the last restart was to begin
};

}  // namespace bulkhead::actors
