#pragma once
// Rows of ticks, in order of time, as frames with the clocks and session closes of their days between them. Pure; one
// owner. Rule: docs/kernel.md, "Tick files".
#include "runtime/domain/session.hpp"
#include "runtime/feeds/day_marks.hpp"
#include "runtime/feeds/tick_csv.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bulkhead {

class frame_builder {
 public:
  /// `instruments`: number of rows of the table.
  frame_builder(trading_session session, std::vector<duration> clock_times, std::size_t instruments);

  /// Not before the row before it.
  void add(const tick_row& row);
  /// All frames, counted from 1. Ends the builder.
  [[nodiscard]] frame_batch take();

 private:
  void close_frame();
  void give_marks(timestamp through);

  trading_session session_;
  std::vector<duration> clock_times_;
  frame_batch frames_;
  std::vector<day_mark> marks_;  ///< of the open day, in order
  std::size_t next_mark_ = 0;
  trade_date day_ = 0;
  timestamp ts_;  ///< of the open frame
  std::vector<tick> ticks_;
  std::uint64_t frame_ = 1;             ///< number of the open frame
  std::vector<std::uint64_t> last_in_;  ///< by instrument index: the newest frame it ticks in
};

}  // namespace bulkhead
