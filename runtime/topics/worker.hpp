#pragma once
// A thread that does one thing after another, for calls that wait. Bounded by its users: each hands over the next thing
// when the last is done.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace bulkhead::topics {

class worker {
 public:
  /// `idle` is called about once in `pace`, between things; and once at the end.
  worker(std::chrono::milliseconds pace, std::function<void()> idle);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  /// Sets stopping(), waits for what is being done, and drops the rest.
  ~worker();

  void run(std::function<void()> what);
  [[nodiscard]] const std::atomic<bool>& stopping() const noexcept { return stopping_; }

 private:
  void loop();

  std::chrono::milliseconds pace_;
  std::function<void()> idle_;
  std::atomic<bool> stopping_{false};
  std::mutex guard_;
  std::condition_variable news_;
  std::deque<std::function<void()>> queue_;  ///< guarded
  std::thread thread_;
};

}  // namespace bulkhead::topics
