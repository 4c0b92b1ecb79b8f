#include "runtime/domain/conflation.hpp"

#include <algorithm>

namespace bulkhead {

void conflation::add(const frame_view& frame) {
  heads_.push_back({frame.seq, frame.ts, frame.kind});
  if (frame.kind != frame_kind::ticks) ++stretch_;
  for (const tick& t : frame.ticks) add(t);
}

void conflation::add(const tick& t) {
  if (t.instrument.index >= instruments_.size()) instruments_.resize(t.instrument.index + std::size_t{1});
  per_instrument& known = instruments_[t.instrument.index];
  if (known.stretch == stretch_) {
    ++known.left_out;
  } else {
    known.stretch = stretch_;
    known.at = ticks_.size();
    ticks_.emplace_back();
  }
  ticks_[known.at] = {heads_.size() - 1, t};
}

conflated_frames conflation::take() {
  conflated_frames out;
  std::ranges::sort(ticks_, [](const waiting& a, const waiting& b) {
    return a.frame != b.frame ? a.frame < b.frame : a.tick.instrument < b.tick.instrument;
  });
  std::vector<tick> ticks;
  auto next = ticks_.begin();
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    ticks.clear();
    for (; next != ticks_.end() && next->frame == i; ++next) ticks.push_back(next->tick);
    out.frames.add(heads_[i].seq, heads_[i].ts, heads_[i].kind, ticks);
  }
  for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
    if (instruments_[i].left_out > 0) out.notices.push_back({instrument_id{i}, "conflated", instruments_[i].left_out});
  }
  heads_.clear();
  ticks_.clear();
  instruments_.clear();
  stretch_ = 1;
  return out;
}

}  // namespace bulkhead
