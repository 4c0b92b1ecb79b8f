#include "runtime/blocking/blocking_calls.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <list>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using steady = std::chrono::steady_clock;

bool goes_ahead(const blocking_calls::job& j, const blocking_calls::job& of) {
  return j.urgency > of.urgency && (j.about == 0 || j.about != of.about);
}

}  // namespace

bool thread_budget::take() noexcept {
  std::size_t used = used_.load();
  while (used < most_) {
    if (used_.compare_exchange_weak(used, used + 1)) return true;
  }
  return false;
}

/// Outlives its owner as long as a thread hangs in a call.
struct blocking_calls::state : std::enable_shared_from_this<blocking_calls::state> {
  struct lane {
    std::size_t wanted = 0;
    std::size_t workers = 0;  ///< threads, without those that were given up
    std::deque<job> waiting;
    std::condition_variable wake;
  };
  struct call {
    lane* in = nullptr;
    steady::time_point due;
    std::function<void()> late;
    bool given_up = false;
  };

  explicit state(blocking_calls_settings s) : settings(std::move(s)), lanes(settings.threads.size()) {}

  void begin() {
    const std::scoped_lock lock{guard};
    // First: where the machine has no thread for it, none is left that nobody would end.
    std::thread{[me = shared_from_this()] { me->watch(); }}.detach();
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      lanes[i].wanted = settings.threads[i];
      while (lanes[i].workers < lanes[i].wanted && start_worker(lanes[i])) {
      }
    }
  }

  /// With the lock held. False: the budget, or the machine, has no thread left.
  bool start_worker(lane& l) {
    if (!settings.budget->take()) return false;
    try {
      std::thread{[me = shared_from_this(), &l] { me->work(l); }}.detach();
    } catch (const std::system_error&) {
      settings.budget->give_back();
      return false;
    }
    ++l.workers;
    return true;
  }

  void work(lane& l) {
    std::unique_lock lock{guard};
    for (;;) {
      l.wake.wait(lock, [&] { return closed || !l.waiting.empty(); });
      if (closed) break;
      job next = std::move(l.waiting.front());
      l.waiting.pop_front();
      calls.push_back({&l, steady::now() + settings.deadline, std::move(next.late)});
      const auto mine = std::prev(calls.end());
      overdue.notify_one();
      lock.unlock();
      next.run();
      next = {};
      lock.lock();
      const bool given_up = mine->given_up;
      calls.erase(mine);
      if (!given_up) continue;
      if (l.workers >= l.wanted) {
        settings.budget->give_back();
        return;  // another one has its place
      }
      ++l.workers;
    }
    --l.workers;
    settings.budget->give_back();
  }

  /// Gives up the threads whose calls are overdue, and begins what was to come later.
  void watch() {
    std::unique_lock lock{guard};
    while (!closed) {
      if (!later.empty() && later.begin()->first <= steady::now()) {
        begin_later(lock);
        continue;
      }
      const auto next = std::ranges::find(calls, false, &call::given_up);  // calls begin, and are due, in order
      if (next == calls.end() && later.empty()) {
        overdue.wait(lock);
        continue;
      }
      const steady::time_point due = next == calls.end() ? steady::time_point::max() : next->due;
      if (steady::now() < due) {
        // A copy, as `due` is: wait_until reads it after the wait, too, when the call, or what came later, may be gone.
        const steady::time_point until = later.empty() ? due : std::min(due, later.begin()->first);
        overdue.wait_until(lock, until);
        continue;
      }
      next->given_up = true;
      const auto late = std::move(next->late);
      lane& l = *next->in;
      --l.workers;
      std::deque<job> stranded;
      if (!start_worker(l) && l.workers == 0) stranded.swap(l.waiting);
      lock.unlock();
      late();
      for (const job& j : stranded) j.refused(why_down());
      stranded.clear();
      lock.lock();
    }
  }

  void begin_later(std::unique_lock<std::mutex>& lock) {
    auto [lane, what] = std::move(later.begin()->second);
    later.erase(later.begin());
    lock.unlock();
    push(lane, std::move(what), true);
    lock.lock();
  }

  void push(std::size_t lane, job j, bool must_wait) {
    std::string why;
    {
      const std::scoped_lock lock{guard};
      if (closed) return;
      state::lane& l = lanes.at(lane);
      // A thread that was missing at the start, or when another one was given up, may be there by now.
      if (l.workers == 0 && !start_worker(l)) {
        why = why_down();
      } else if (!must_wait && l.waiting.size() >= settings.queue) {
        why = fmt::format("not sent: {} calls wait for this broker already", l.waiting.size());
      } else {
        auto at = l.waiting.end();
        while (at != l.waiting.begin() && goes_ahead(j, *std::prev(at))) --at;
        l.waiting.insert(at, std::move(j));
        l.wake.notify_one();
        return;
      }
    }
    j.refused(why);
  }

  [[nodiscard]] std::string why_down() const {
    return fmt::format(
        "not sent: {} threads of this broker hang in calls, no more are allowed: the broker does not answer",
        settings.budget->used());
  }

  blocking_calls_settings settings;
  mutable std::mutex guard;
  std::deque<lane> lanes;
  std::list<call> calls;  ///< that run, in the order in which they began
  std::multimap<steady::time_point, std::pair<std::size_t, job>> later;
  std::condition_variable overdue;
  bool closed = false;
};

blocking_calls::blocking_calls(blocking_calls_settings settings)
    : state_(std::make_shared<state>(std::move(settings))) {
  state_->begin();
}

blocking_calls::~blocking_calls() {
  std::vector<std::deque<job>> dropped;  // ends after the lock
  const std::scoped_lock lock{state_->guard};
  state_->closed = true;
  for (state::lane& l : state_->lanes) {
    dropped.push_back(std::exchange(l.waiting, {}));
    l.wake.notify_all();
  }
  for (auto& [due, one] : std::exchange(state_->later, {})) dropped.emplace_back().push_back(std::move(one.second));
  state_->overdue.notify_all();
}

void blocking_calls::push(std::size_t lane, job j, bool must_wait) { state_->push(lane, std::move(j), must_wait); }

void blocking_calls::push_later(std::size_t lane, job j, std::chrono::milliseconds delay) {
  const std::scoped_lock lock{state_->guard};
  state_->later.emplace(steady::now() + delay, std::pair{lane, std::move(j)});
  state_->overdue.notify_one();
}

bool blocking_calls::is_down(std::size_t lane) const {
  const std::scoped_lock lock{state_->guard};
  return state_->lanes.at(lane).workers == 0;
}

}  // namespace bulkhead
