#pragma once
// Threads of one broker for calls that block: bounded queues in lanes, each lane with threads of its own, a deadline
// for every call. A thread whose call is overdue is given up and replaced, as far as the budget goes; it may come back.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

/// How many threads a broker may have, hanging ones included. Shared by all incarnations of its client. Thread-safe.
class thread_budget {
 public:
  explicit thread_budget(std::size_t most) : most_(most) {}
  [[nodiscard]] bool take() noexcept;
  void give_back() noexcept { used_.fetch_sub(1); }
  [[nodiscard]] std::size_t used() const noexcept { return used_.load(); }
  [[nodiscard]] std::size_t most() const noexcept { return most_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> used_{0};
};

struct blocking_calls_settings {
  std::vector<std::size_t> threads{1, 1};  ///< of each lane
  std::size_t queue = 256;                 ///< calls that wait in each lane, at most
  std::chrono::milliseconds deadline{10'000};
  std::shared_ptr<thread_budget> budget = std::make_shared<thread_budget>(8);
};

/// Any thread may call. The destructor does not wait: from then on no job begins, and none of the functions of a job is
/// called except `run` where it is running already.
class blocking_calls {
 public:
  /// Exactly one of the three happens first: run begins, or refused is called. None may throw.
  struct job {
    std::function<void()> run;                            ///< the call that blocks
    std::function<void()> late;                           ///< it runs longer than the deadline; it goes on
    std::function<void(const std::string& why)> refused;  ///< it will not run
    /// In its lane it goes ahead of those that wait with less, but of none that is about the same; else the first comes
    /// first.
    int urgency = 0;
    std::uint64_t about = 0;  ///< 0: of nothing that others wait for
  };

  explicit blocking_calls(blocking_calls_settings settings);
  ~blocking_calls();
  blocking_calls(const blocking_calls&) = delete;
  blocking_calls& operator=(const blocking_calls&) = delete;

  /// Runs it in its turn, or refuses it at once on the caller's thread. `must_wait`: ignores the bound; the caller has
  /// one of its own for such jobs.
  void push(std::size_t lane, job j, bool must_wait = false);
  /// As push(), so much later. Bounded by whoever asks: as many as it keeps. A lane that is full then has it wait.
  void push_later(std::size_t lane, job j, std::chrono::milliseconds delay);
  /// No thread of this lane is left that does not hang.
  [[nodiscard]] bool is_down(std::size_t lane) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace bulkhead
