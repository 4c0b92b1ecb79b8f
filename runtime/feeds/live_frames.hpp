#pragma once
// Ticks as they arrive, as frames: event time that never decreases, at most one tick per instrument in a frame, and the
// clocks and session closes of the day between them. Pure; one owner.
#include "runtime/domain/market.hpp"
#include "runtime/domain/session.hpp"
#include "runtime/feeds/day_marks.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace bulkhead {

class live_frames {
 public:
  /// Takes one frame. May throw: the frame was then not taken, and nothing after it is given.
  using sink = std::function<void(timestamp, frame_kind, std::span<const tick>)>;

  /// `last`: of the newest frame that there is, else the start: what was due before is not made up for. `instruments`:
  /// number of rows of the table.
  live_frames(trading_session session, std::vector<duration> clock_times, std::size_t instruments, timestamp last);

  /// What arrived at once: the marks that were due before, then its ticks in order; the second tick of an instrument
  /// begins another frame. No ticks: no frame.
  void take(timestamp at, std::span<const tick> ticks, const sink& to);
  /// It is so late: the marks that were due, then a clock frame.
  void clock(timestamp at, const sink& to);

  [[nodiscard]] timestamp last() const noexcept { return last_; }

 private:
  void give(timestamp ts, frame_kind kind, std::span<const tick> ticks, const sink& to);
  void give_marks(timestamp through, const sink& to);
  void append_marks(trade_date date);

  const trading_session session_;
  const std::vector<duration> clock_times_;
  timestamp last_;
  std::vector<day_mark> marks_;  ///< of the day of last_ and of the day it is
  timestamp looked_through_;     ///< no mark is due up to here
  std::uint64_t frame_ = 0;
  std::vector<std::uint64_t> last_in_;  ///< by instrument index: the newest frame it ticks in
};

}  // namespace bulkhead
