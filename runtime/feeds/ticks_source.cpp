#include "runtime/feeds/ticks_source.hpp"

#include "runtime/feeds/day_marks.hpp"
#include "runtime/feeds/mix64.hpp"
#include "runtime/feeds/nothing_usable.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

std::string digest(const frame_batch& frames, const instrument_table& instruments) {
  content_digest content;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const frame_view frame = frames[i];
    content.add(frame.ts.ns);
    content.add(static_cast<std::uint64_t>(frame.kind));
    content.add(static_cast<std::uint64_t>(frame.ticks.size()));
    for (const tick& t : frame.ticks) {
      content.add(std::string_view{instruments.key(t.instrument)});
      for (const std::int64_t word : {t.last.raw, t.bid.raw, t.ask.raw, t.volume}) content.add(word);
    }
  }
  return content.text("ticks");
}

class ticks_source final : public feed_source {
 public:
  ticks_source(tick_load load, const instrument_table& instruments)
      : frames_(std::move(load.frames)),
        problems_(std::move(load.problems)),
        fingerprint_(digest(frames_, instruments)) {}

  bool next(frame_batch& batch) override {
    if (position_ >= frames_.size()) return false;
    const frame_view frame = frames_[position_++];
    batch.add(frame.seq, frame.ts, frame.kind, frame.ticks);
    return true;
  }

  void seek(feed_seq seq) override { position_ = seq == 0 ? 0 : std::min<feed_seq>(seq - 1, frames_.size()); }
  [[nodiscard]] std::uint64_t size() const override { return frames_.size(); }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return problems_; }
  [[nodiscard]] std::string fingerprint() const override { return fingerprint_; }

 private:
  frame_batch frames_;
  std::vector<feed_problem> problems_;
  std::string fingerprint_;
  std::uint64_t position_ = 0;  ///< frames given
};

}  // namespace

feed_result make_ticks_source(const tick_selection& selection, const instrument_table& instruments,
                              const trading_session& session) {
  if (std::string problem = check_clock_times(selection.clock_times); !problem.empty()) {
    return {nullptr, std::move(problem)};
  }
  tick_load load = load_ticks(selection, instruments, session);
  if (!load.error.empty()) return {nullptr, std::move(load.error)};
  if (load.frames.empty()) return {nullptr, nothing_usable(selection, load)};
  return {std::make_unique<ticks_source>(std::move(load), instruments), {}};
}

std::unique_ptr<feed_source> make_frames_source(frame_batch frames, const instrument_table& instruments) {
  tick_load load;
  load.frames = std::move(frames);
  return std::make_unique<ticks_source>(std::move(load), instruments);
}

}  // namespace bulkhead
