#pragma once
// What the thread of a Redis store does with its calls: keeps a connection, in time and with backoff. Owned and called
// by that thread alone.
#include "runtime/store/redis_store.hpp"
#include "runtime/store/redis_views.hpp"
#include "runtime/store/store_calls.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace bulkhead {

class redis_writer {
 public:
  explicit redis_writer(const redis_store_settings& settings);

  /// Never throws: a failure, an injected one too, becomes the answers' error.
  store_worker::answers process(std::vector<store_call>& group, bool too_late);
  /// Failed projections that the caller was told of. Any thread.
  [[nodiscard]] std::uint64_t failures_told() const noexcept { return *failures_told_; }

 private:
  using clock = std::chrono::steady_clock;
  void handle(project_call& call);
  void handle(projected_call& call);
  void handle(get_call& call);
  void handle(clear_call& call);
  /// Runs `work` on a connection; the error's text, or empty.
  std::string attempt(const std::function<void(redis::connection&)>& work);
  /// Empty, or why this projection must not be written.
  [[nodiscard]] std::string check(const project_call& call) const;
  void back_off(const std::string& why);

  const redis_store_settings settings_;
  const std::string scope_;  ///< of the failpoints
  redis_views views_;
  std::unique_ptr<redis::connection> link_;
  int failed_in_row_ = 0;
  clock::time_point next_try_{};
  std::string last_failure_;
  std::mt19937_64 jitter_;
  /// Projections behind a failed one, made before its caller could know, must not move the position past it.
  std::uint64_t failures_ = 0;
  std::shared_ptr<std::atomic<std::uint64_t>> failures_told_ = std::make_shared<std::atomic<std::uint64_t>>(0);
  store_worker::answers answers_;
};

}  // namespace bulkhead
