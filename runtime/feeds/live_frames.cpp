#include "runtime/feeds/live_frames.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead {

live_frames::live_frames(trading_session session, std::vector<duration> clock_times, std::size_t instruments,
                         timestamp last)
    : session_(std::move(session)),
      clock_times_(std::move(clock_times)),
      last_(last),
      looked_through_(last),
      last_in_(instruments, 0) {}

void live_frames::take(timestamp at, std::span<const tick> ticks, const sink& to) {
  if (ticks.empty()) return;
  at = std::max(at, last_);
  give_marks(at, to);
  ++frame_;
  std::size_t first = 0;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    std::uint64_t& seen = last_in_.at(ticks[i].instrument.index);
    if (seen == frame_) {
      give(at, frame_kind::ticks, ticks.subspan(first, i - first), to);
      first = i;
      ++frame_;
    }
    seen = frame_;
  }
  give(at, frame_kind::ticks, ticks.subspan(first), to);
}

void live_frames::clock(timestamp at, const sink& to) {
  at = std::max(at, last_);
  give_marks(at, to);
  give(at, frame_kind::clock, {}, to);
}

void live_frames::give(timestamp ts, frame_kind kind, std::span<const tick> ticks, const sink& to) {
  to(ts, kind, ticks);
  last_ = ts;
}

void live_frames::append_marks(trade_date date) { append_day_marks(date, session_, clock_times_, marks_); }

void live_frames::give_marks(timestamp through, const sink& to) {
  if (last_.ns == 0) last_ = looked_through_ = through;  // it begins with this
  if (through < looked_through_) return;
  constexpr std::int64_t day_ns = 24LL * 3600 * 1'000'000'000;
  marks_.clear();
  append_marks(date_of(last_));
  if (date_of(through) != date_of(last_)) append_marks(date_of(through));
  const timestamp before = last_;
  timestamp next = start_of_day(date_of(through));
  next.ns += day_ns;
  for (const day_mark& mark : marks_) {
    if (mark.ts <= before) continue;
    if (mark.ts <= through) {
      give(mark.ts, mark.kind, {}, to);
    } else {
      next = std::min(next, mark.ts);
    }
  }
  looked_through_ = next;
}

}  // namespace bulkhead
