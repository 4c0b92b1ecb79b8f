#pragma once
// The prices of the synthetic feed and which instruments tick together. Pure integers; see synthetic_source.hpp.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <vector>

namespace bulkhead {

class random_walk {
 public:
  struct walker {
    instrument_id instrument;
    std::int64_t tick_size = 0;  ///< raw price of one step
  };

  /// `walkers` in order of instrument, not empty. The first day is started.
  random_walk(std::uint64_t seed, std::vector<walker> walkers);

  /// Frames of a round: four, or fewer where there are fewer instruments.
  [[nodiscard]] std::uint32_t frames_per_round() const noexcept { return frames_; }

  /// Opening prices of a day, counted from 0, before its first round.
  void start_day(std::uint64_t day);

  /// Moves every instrument once, by -3 to +3 steps, and deals them out to the frames; none stays empty. Rounds of a
  /// day are played in order, from 0.
  void play_round(std::uint64_t round);

  /// Appends the ticks of a frame of the round just played, in order of instrument.
  void ticks_of(std::uint32_t frame, std::vector<tick>& out) const;

 private:
  void open_first_day();
  void next_opening(std::uint64_t day);

  std::uint64_t seed_;
  std::vector<walker> walkers_;
  std::uint32_t frames_;
  std::uint64_t day_ = 0;
  // In steps of the tick size. A price is kept between half and twice its first opening by turning back at the edge.
  std::vector<std::int64_t> base_;
  std::vector<std::int64_t> opening_;
  std::vector<std::int64_t> price_;
  std::vector<std::uint8_t> frame_of_;  ///< in this round
};

}  // namespace bulkhead
