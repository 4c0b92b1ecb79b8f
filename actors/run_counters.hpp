#pragma once
// What a running node counts, for progress lines and metrics. Written by one actor each, read by any thread.
#include <atomic>
#include <cstdint>

namespace bulkhead::actors {

struct broker_counters {
  std::atomic<std::uint64_t> frames{0};    ///< processed
  std::atomic<std::uint64_t> events{0};    ///< sequenced
  std::atomic<std::uint64_t> durable{0};   ///< seq
  std::atomic<std::uint64_t> restarts{0};  ///< of any child of the subtree
};

struct feed_counters {
  std::atomic<std::uint64_t> sent{0};     ///< frames
  std::atomic<std::uint64_t> total{0};    ///< frames in the source; 0: endless
  std::atomic<std::int64_t> event_ns{0};  ///< event time of the last frame sent
};

}  // namespace bulkhead::actors
