#pragma once
// One thread behind a bounded queue that takes everything queued at once: the ground of group commit. Calls never
// block; a call beyond the bound is refused and stays with the caller.
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace bulkhead::sqlite {

enum class push_result : std::uint8_t { taken, full, closing };

/// Any thread may push. The destructor lets the queue run empty for up to `drain`, then processes the rest as too late;
/// it waits for the thread, except on that thread itself (an answer dropped the last reference): then the thread
/// outlives it and ends on its own.
template <class Call>
class group_worker {
 public:
  using answers = std::vector<std::function<void()>>;
  /// Works on a group in order and returns the answers, to run in order. Must not throw. `too_late`: the drain time is
  /// over, refuse all.
  using process_fn = std::function<answers(std::vector<Call>& group, bool too_late)>;

  group_worker(std::size_t capacity, std::chrono::milliseconds drain, process_fn process)
      : state_(std::make_shared<state>(capacity, drain, std::move(process))), thread_([s = state_] { s->run(); }) {}
  group_worker(const group_worker&) = delete;
  group_worker& operator=(const group_worker&) = delete;

  ~group_worker() {
    state_->stop();
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }

  /// Moves from `call` only when it is taken. What waits and what is being processed together weigh at most
  /// `capacity`.
  push_result push(Call& call, std::size_t weight) { return state_->push(call, weight); }
  [[nodiscard]] std::size_t capacity() const noexcept { return state_->capacity; }

 private:
  struct state {
    state(std::size_t c, std::chrono::milliseconds d, process_fn p) : capacity(c), drain(d), process(std::move(p)) {}

    push_result push(Call& call, std::size_t more) {
      const std::scoped_lock lock{guard};
      if (stopping) return push_result::closing;
      if (more > capacity - weight) return push_result::full;
      weight += more;
      waiting.push_back(std::move(call));
      queued_weight += more;
      wake.notify_one();
      return push_result::taken;
    }

    void stop() {
      const std::scoped_lock lock{guard};
      stopping = true;
      deadline = std::chrono::steady_clock::now() + drain;
      wake.notify_one();
    }

    void run() {
      std::unique_lock lock{guard};
      for (;;) {
        wake.wait(lock, [this] { return stopping || !waiting.empty(); });
        if (waiting.empty()) break;
        std::vector<Call> group = std::exchange(waiting, {});
        const std::size_t taken = std::exchange(queued_weight, 0);
        const bool too_late = stopping && std::chrono::steady_clock::now() > deadline;
        lock.unlock();
        auto done = process(group, too_late);
        lock.lock();
        weight -= taken;  // before the answers: they may push
        lock.unlock();
        for (auto& answer : done) answer();
        done.clear();
        group.clear();
        lock.lock();
      }
      lock.unlock();
      process = nullptr;  // closes what it holds on this thread
    }

    const std::size_t capacity;
    const std::chrono::milliseconds drain;
    process_fn process;
    std::mutex guard;
    std::condition_variable wake;
    std::vector<Call> waiting;
    std::size_t weight = 0;         ///< waiting and in process
    std::size_t queued_weight = 0;  ///< waiting only
    bool stopping = false;
    std::chrono::steady_clock::time_point deadline;
  };

  std::shared_ptr<state> state_;
  std::thread thread_;
};

}  // namespace bulkhead::sqlite
