#include "runtime/feeds/frame_builder.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead {

frame_builder::frame_builder(trading_session session, std::vector<duration> clock_times, std::size_t instruments)
    : session_(std::move(session)), clock_times_(std::move(clock_times)), last_in_(instruments) {}

void frame_builder::add(const tick_row& row) {
  std::uint64_t& last_in = last_in_.at(row.tick.instrument.index);
  if (row.ts != ts_ || last_in == frame_) close_frame();
  if (const trade_date date = date_of(row.ts); date != day_) {
    give_marks(row.ts);
    day_ = date;
    marks_.clear();
    next_mark_ = 0;
    append_day_marks(date, session_, clock_times_, marks_);
  }
  ts_ = row.ts;
  last_in = frame_;
  ticks_.push_back(row.tick);
}

void frame_builder::close_frame() {
  if (ticks_.empty()) return;
  give_marks(ts_);
  std::ranges::sort(ticks_, {}, &tick::instrument);
  frames_.add(frames_.size() + 1, ts_, frame_kind::ticks, ticks_);
  ticks_.clear();
  ++frame_;
}

void frame_builder::give_marks(timestamp through) {
  for (; next_mark_ < marks_.size() && marks_[next_mark_].ts <= through; ++next_mark_) {
    frames_.add(frames_.size() + 1, marks_[next_mark_].ts, marks_[next_mark_].kind, {});
  }
}

frame_batch frame_builder::take() {
  close_frame();
  if (!marks_.empty()) give_marks(marks_.back().ts);
  return std::move(frames_);
}

}  // namespace bulkhead
