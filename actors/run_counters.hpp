#pragma once
// What a running node counts, for progress lines and metrics. Written by one actor each, read by any thread.
#include <atomic>
#include <cstdint>

namespace bulkhead::actors {

struct broker_counters {
  std::atomic<std::uint64_t> frames{0};          ///< processed
  std::atomic<std::uint64_t> events{0};          ///< sequenced
  std::atomic<std::uint64_t> durable{0};         ///< seq
  std::atomic<std::int64_t> event_ns{0};         ///< event time of the last frame processed
  std::atomic<std::uint64_t> restarts{0};        ///< of any child of the subtree
  std::atomic<std::uint64_t> most_undurable{0};  ///< events sequenced and not durable, at most so far
};

struct feed_counters {
  std::atomic<std::uint64_t> sent{0};        ///< frames
  std::atomic<std::uint64_t> total{0};       ///< frames in the source; 0: endless
  std::atomic<std::int64_t> event_ns{0};     ///< event time of the last frame sent
  std::atomic<std::uint64_t> most_ahead{0};  ///< frames sent ahead of the slowest consumer, at most so far
  std::atomic<std::uint64_t> conflated{0};   ///< ticks left out, over all consumers
};

struct runner_counters {
  std::atomic<std::uint64_t> most_retained{0};  ///< signals kept for one broker's restart, at most so far
};

/// For a counter of one writer: never falls.
inline void raise_to(std::atomic<std::uint64_t>& most, std::uint64_t value) {
  if (value > most.load(std::memory_order_relaxed)) most.store(value, std::memory_order_relaxed);
}

}  // namespace bulkhead::actors
