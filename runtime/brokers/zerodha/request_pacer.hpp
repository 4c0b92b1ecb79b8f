#pragma once
// The rate budget of one account on the steady clock: whoever sends waits here for his turn, a bounded time.
#include "runtime/brokers/zerodha/rate_budget.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

namespace bulkhead {

/// Nothing left: the budget has no room in time.
class pace_refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thread-safe.
class request_pacer : public std::enable_shared_from_this<request_pacer> {
 public:
  using ms = std::chrono::milliseconds;
  /// `steady`: for tests; its waits are of real time all the same.
  explicit request_pacer(rate_budget_settings settings, std::function<ms()> steady = steady_now);

  /// Held while the request is under way; its end is the request's.
  using pass = std::shared_ptr<void>;
  /// Waits for room, at most `patience`. Throws pace_refused, which says what is used up.
  [[nodiscard]] pass take(rate_request r, ms patience);

  void throttled();
  void on_day(trade_date day);
  void on_book(trade_date day, std::int64_t orders);
  /// "second 3/10, minute 12/400, day 40/5000", for people.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] static ms steady_now();

 private:
  void end();

  const std::function<ms()> steady_;
  mutable std::mutex guard_;
  std::condition_variable changed_;
  rate_budget budget_;
};

}  // namespace bulkhead
