#pragma once
// What a Kafka journal's thread tells of itself to any other.
#include "runtime/journal/kafka_journal.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace bulkhead {

class kafka_condition {
 public:
  using clock = std::chrono::steady_clock;

  /// Empty: none.
  void set_outage(const std::string& text);
  [[nodiscard]] std::string outage() const;

  /// Never goes back.
  void renew_lease(clock::time_point until) noexcept;
  /// Nobody may act any more on the leave of this journal.
  void end_lease() noexcept { lease_.store(0); }
  [[nodiscard]] clock::time_point lease_until() const noexcept {
    return clock::time_point{clock::duration{lease_.load()}};
  }

  /// librdkafka's statistics, JSON.
  void set_figures(const std::string& statistics);
  [[nodiscard]] std::optional<kafka_figures> figures() const;

  std::atomic<std::uint64_t> ops_dropped{0};
  /// Set once, as the journal is destroyed: what is not done by then is given up. Nanoseconds of the steady clock.
  std::atomic<std::int64_t> give_up_at{INT64_MAX};
  [[nodiscard]] bool is_over() const noexcept {
    return clock::now().time_since_epoch().count() >= give_up_at.load(std::memory_order_relaxed);
  }

 private:
  mutable std::mutex guard_;
  std::string outage_;
  std::optional<kafka_figures> figures_;
  std::atomic<std::int64_t> lease_{0};  ///< 0, the clock's epoch: none; the least value would overflow a subtraction
};

}  // namespace bulkhead
