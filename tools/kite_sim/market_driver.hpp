#pragma once
// Moves the simulated market: frames from a feed source, by the pace of real time or step by step. One owner, the
// server's thread.
#include "runtime/ports/feed_source.hpp"
#include "tools/kite_sim/core/exchange.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace bulkhead::kite_sim {

class market_driver {
 public:
  /// Keeps a reference to `venue`, whose clock it sets to the first frame's time. Speed: seconds of market time a
  /// second; 0: it stands still. `skip_closed`: while the market is closed it jumps to the next frame.
  market_driver(std::unique_ptr<feed_source> source, exchange& venue, double speed, bool skip_closed);

  /// Time of the next frame; nullopt: the source has ended.
  [[nodiscard]] std::optional<timestamp> next_time() const;
  /// Applies the next frame. False: there is none.
  bool step(timestamp wall);
  /// Applies one frame that is due by now; false: none is, and market time has been set.
  bool keep_pace(timestamp wall);
  void set_speed(double speed);
  [[nodiscard]] double speed() const noexcept { return speed_; }
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }

 private:
  void read_ahead();
  void anchor();

  std::unique_ptr<feed_source> source_;
  exchange* venue_;
  double speed_;
  bool skip_closed_;
  frame_batch ahead_;  ///< the next frame, or empty
  std::uint64_t frames_ = 0;
  timestamp anchor_market_;
  std::chrono::steady_clock::time_point anchor_real_;
};

}  // namespace bulkhead::kite_sim
