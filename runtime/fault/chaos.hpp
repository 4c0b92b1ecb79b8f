#pragma once
// Faults on purpose, for drills and tests: a named target (an actor's path, a journal) throws, hangs or becomes slow
// for a while. Nothing armed (the default): one relaxed atomic load a message. Thread-safe.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::fault {

enum class disturbance : std::uint8_t {
  crash,  ///< the next `times` messages throw injected_failure
  hang,   ///< the next `times` messages are held for `length` each, as by a handler that blocks
  slow,   ///< until `until` every message is held for `length`
};

struct chaos_plan {
  disturbance what = disturbance::crash;
  std::uint64_t times = 1;
  std::chrono::milliseconds length{0};
  std::chrono::steady_clock::time_point until{};
};

/// Replaces an earlier plan of that target; one that hangs is not woken by it.
void disturb(std::string target, chaos_plan plan);
/// Forgets every plan and lets go of who hangs or waits.
void end_chaos();
/// Messages of the target that its newest plan has touched.
[[nodiscard]] std::uint64_t disturbed(std::string_view target);

namespace detail {
extern std::atomic<bool> chaos_armed;
void meet_chaos_slow(std::string_view target);
}  // namespace detail

/// Marks the place where a target takes up a message.
inline void meet_chaos(std::string_view target) {
  if (detail::chaos_armed.load(std::memory_order_relaxed)) [[unlikely]] {
    detail::meet_chaos_slow(target);
  }
}

}  // namespace bulkhead::fault
