#pragma once
// Whether this machine's clock agrees with the exchange's, as the stamps of ticks tell it. Event time is this
// machine's: with a clock that is an hour off, positions are squared off an hour off. Pure; one owner.
#include "runtime/domain/time.hpp"

#include <cstdint>

namespace bulkhead {

class exchange_clock {
 public:
  /// Stamps are whole seconds, and in a rush ticks come a few seconds late; clocks that NTP keeps are off by
  /// milliseconds.
  static constexpr std::int64_t tolerance_s = 10;
  /// So many frames, over so long a time, must say the same: what a subscription brings first may be old.
  static constexpr int frames_needed = 5;
  static constexpr std::int64_t time_needed_s = 10;

  /// The newest stamp of a frame, and this machine's time when it came. Only a stamp that is newer than all before
  /// counts against the clock: others may be of instruments that seldom trade.
  void note(timestamp stamp, timestamp wall);

  /// Seconds that this machine is ahead; negative: behind; 0: it agrees, or too little is known.
  [[nodiscard]] std::int64_t seconds_ahead() const noexcept { return ahead_s_; }

 private:
  timestamp newest_;
  timestamp since_;  ///< this machine's time of the first frame that did not agree
  int frames_ = 0;   ///< since then
  std::int64_t ahead_s_ = 0;
};

}  // namespace bulkhead
