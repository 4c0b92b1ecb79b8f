#include "runtime/fault/chaos.hpp"

#include "runtime/fault/failpoint.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

#include <fmt/format.h>

namespace bulkhead::fault {
namespace detail {
std::atomic<bool> chaos_armed{false};
}

namespace {

struct target_plan {
  chaos_plan plan;
  std::uint64_t touched = 0;
  bool over = false;
};

std::mutex guard;
std::condition_variable let_go;
std::uint64_t ended = 0;  ///< calls of end_chaos(): who waits since before one of them goes on
std::map<std::string, target_plan, std::less<>> plans;

/// What this message has to bear; counts it.
chaos_plan take(target_plan& known) {
  if (known.plan.what == disturbance::slow) {
    known.over = std::chrono::steady_clock::now() >= known.plan.until;
    if (known.over) return {disturbance::slow, 0, {}, {}};
  } else {
    known.over = known.touched + 1 >= known.plan.times;
  }
  ++known.touched;
  return known.plan;
}

}  // namespace

void disturb(std::string target, chaos_plan plan) {
  const std::scoped_lock lock{guard};
  plans.insert_or_assign(std::move(target), target_plan{plan});
  detail::chaos_armed.store(true);
}

void end_chaos() {
  {
    const std::scoped_lock lock{guard};
    plans.clear();
    ++ended;
    detail::chaos_armed.store(false);
  }
  let_go.notify_all();
}

std::uint64_t disturbed(std::string_view target) {
  const std::scoped_lock lock{guard};
  const auto it = plans.find(target);
  return it == plans.end() ? 0 : it->second.touched;
}

namespace detail {

void meet_chaos_slow(std::string_view target) {
  std::unique_lock lock{guard};
  const auto it = plans.find(target);
  if (it == plans.end() || it->second.over) return;
  const chaos_plan now = take(it->second);
  const bool any = [] {
    for (const auto& [name, known] : plans) {
      if (!known.over) return true;
    }
    return false;
  }();
  if (!any) chaos_armed.store(false);
  if (now.what == disturbance::crash) {
    throw injected_failure(
        fmt::format("chaos: {} was told to crash (message {} of {})", target, it->second.touched, now.times));
  }
  const std::uint64_t before = ended;
  let_go.wait_for(lock, now.length, [before] { return ended != before; });
}

}  // namespace detail
}  // namespace bulkhead::fault
