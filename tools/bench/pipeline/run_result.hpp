#pragma once
// What one run of a program gives, and how a run is paced.
#include "tools/bench/pipeline/probes.hpp"
#include "tools/bench/pipeline/workload.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace bulkhead::bench {

struct run_plan {
  std::uint64_t frames = 0;
  std::int64_t speed = 0;  ///< as of feed.speed; 0: full speed
  bench_market market;
  /// Real time from frame to frame when paced; the feed cuts off the same fractions of a nanosecond.
  [[nodiscard]] std::chrono::nanoseconds gap() const {
    return std::chrono::nanoseconds{speed == 0 ? 0 : frame_gap_ns / speed};
  }
};

/// Seconds of latency, in no order.
struct latencies {
  std::vector<double> order, fill;                  ///< due time -> sequenced
  std::vector<double> order_durable, fill_durable;  ///< due time -> durable
};

struct run_result {
  double seconds = 0;  ///< first frame read -> every frame processed and every event durable
  latencies seen;
};

/// A frame is due at a fixed time after the first one, whether or not the program keeps up: no coordinated omission.
inline latencies latencies_of(const feed_log& feed, const std::vector<std::shared_ptr<broker_log>>& brokers,
                              const run_plan& plan) {
  latencies out;
  const auto collect = [&](const std::vector<stamp>& stamps, std::vector<double>& into) {
    for (const stamp& s : stamps) {
      if (s.feed < 50) continue;  // the first frames carry what starting up costs
      const time_point due = feed.first_read.load() + plan.gap() * static_cast<std::int64_t>(s.feed - 1);
      into.push_back(std::chrono::duration<double>(s.at - due).count());
    }
  };
  for (const auto& b : brokers) {
    collect(b->sequenced.intents, out.order);
    collect(b->sequenced.fills, out.fill);
    collect(b->durable.intents, out.order_durable);
    collect(b->durable.fills, out.fill_durable);
  }
  return out;
}

/// Nearest rank; 0 where there is nothing.
inline double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(p / 100 * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::ranges::nth_element(values, at);
  return *at;
}

/// Polls, so that a program that reports nothing at the end of its work need not be changed; seldom enough not to take
/// time from it. An error of up to 2 ms a run.
inline void wait_until(const std::function<bool()>& done, const char* what) {
  const time_point deadline = bench_clock::now() + std::chrono::seconds{300};
  while (!done()) {
    if (bench_clock::now() > deadline) throw std::runtime_error(std::string{what} + " did not end within 300 s");
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

}  // namespace bulkhead::bench
