#include "runtime/topics/worker.hpp"

#include <utility>

namespace bulkhead::topics {

worker::worker(std::chrono::milliseconds pace, std::function<void()> idle)
    : pace_(pace), idle_(std::move(idle)), thread_([this] { loop(); }) {}

worker::~worker() {
  {
    const std::scoped_lock lock{guard_};
    stopping_ = true;
  }
  news_.notify_one();
  thread_.join();
}

void worker::run(std::function<void()> what) {
  {
    const std::scoped_lock lock{guard_};
    queue_.push_back(std::move(what));
  }
  news_.notify_one();
}

void worker::loop() {
  auto next_idle = std::chrono::steady_clock::now() + pace_;
  while (!stopping_) {
    std::function<void()> what;
    {
      std::unique_lock lock{guard_};
      news_.wait_until(lock, next_idle, [&] { return stopping_ || !queue_.empty(); });
      if (!queue_.empty() && !stopping_) {
        what = std::move(queue_.front());
        queue_.pop_front();
      }
    }
    if (what) what();
    if (std::chrono::steady_clock::now() < next_idle) continue;
    if (!stopping_) idle_();
    next_idle = std::chrono::steady_clock::now() + pace_;
  }
  idle_();
}

}  // namespace bulkhead::topics
