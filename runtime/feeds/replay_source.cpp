#include "runtime/feeds/replay_source.hpp"

#include "runtime/feeds/bar_expansion.hpp"
#include "runtime/feeds/bar_files.hpp"
#include "runtime/feeds/day_marks.hpp"
#include "runtime/feeds/mix64.hpp"
#include "runtime/feeds/nothing_usable.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

/// One frame, to be made when it is asked for: part `part` of `count` bars of the same minute, or a frame of another
/// kind (count 0).
struct frame_plan {
  timestamp ts;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  bar_part part = bar_part::open;
  frame_kind kind = frame_kind::ticks;
};

void plan_marks(std::span<const bar> bars, const trading_session& session, std::span<const duration> clock_times,
                std::vector<frame_plan>& out) {
  std::vector<day_mark> marks;
  trade_date last = 0;
  for (const bar& b : bars) {
    if (std::exchange(last, date_of(b.end)) != date_of(b.end)) append_day_marks(last, session, clock_times, marks);
  }
  for (const day_mark& mark : marks) out.push_back({.ts = mark.ts, .kind = mark.kind});
}

/// Bars sorted by (end, instrument). Two minutes never share a tick time: the first tick of one is at or after the end
/// of the one before.
std::vector<frame_plan> plan_frames(std::span<const bar> bars, const trading_session& session,
                                    std::span<const duration> clock_times) {
  std::vector<frame_plan> plan;
  plan_marks(bars, session, clock_times, plan);
  for (std::size_t first = 0; first < bars.size();) {
    std::size_t end = first + 1;
    while (end < bars.size() && bars[end].end == bars[first].end) ++end;
    for (const bar_part part : bar_parts) {
      plan.push_back({time_of(part, bars[first].end), static_cast<std::uint32_t>(first),
                      static_cast<std::uint32_t>(end - first), part});
    }
    first = end;
  }
  // Stable: marks were planned before any tick, so they come before a frame of ticks with their time.
  std::ranges::stable_sort(plan, {}, &frame_plan::ts);
  return plan;
}

std::string digest(std::span<const bar> bars, std::span<const frame_plan> plan, const instrument_table& instruments) {
  content_digest content;
  for (const bar& b : bars) {
    content.add(b.end.ns);
    content.add(std::string_view{instruments.key(b.instrument)});
    for (const std::int64_t word : {b.open.raw, b.high.raw, b.low.raw, b.close.raw, b.volume}) content.add(word);
  }
  for (const frame_plan& f : plan) {
    if (f.kind == frame_kind::ticks) continue;
    if (f.kind == frame_kind::clock) content.add(std::string_view{"clock"});
    content.add(f.ts.ns);
  }
  return content.text("replay");
}

class replay_source final : public feed_source {
 public:
  replay_source(std::vector<bar> bars, std::vector<feed_problem> problems, const instrument_table& instruments,
                const trading_session& session, std::span<const duration> clock_times)
      : bars_(std::move(bars)), problems_(std::move(problems)) {
    std::ranges::sort(bars_, [](const bar& a, const bar& b) {
      return std::pair{a.end, a.instrument} < std::pair{b.end, b.instrument};
    });
    plan_ = plan_frames(bars_, session, clock_times);
    fingerprint_ = digest(bars_, plan_, instruments);
    ticks_.reserve(instruments.size());
  }

  bool next(frame_batch& batch) override {
    if (position_ >= plan_.size()) return false;
    const frame_plan& plan = plan_[position_++];
    ticks_.clear();
    for (const bar& b : std::span{bars_}.subspan(plan.first, plan.count)) ticks_.push_back(tick_of(plan.part, b));
    batch.add(position_, plan.ts, plan.kind, ticks_);
    return true;
  }

  void seek(feed_seq seq) override { position_ = seq == 0 ? 0 : std::min<feed_seq>(seq - 1, plan_.size()); }
  [[nodiscard]] std::uint64_t size() const override { return plan_.size(); }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return problems_; }
  [[nodiscard]] std::string fingerprint() const override { return fingerprint_; }

 private:
  std::vector<bar> bars_;
  std::vector<feed_problem> problems_;
  std::vector<frame_plan> plan_;
  std::string fingerprint_;
  std::vector<tick> ticks_;     ///< scratch of next()
  std::uint64_t position_ = 0;  ///< frames given; the next one has this seq + 1
};

}  // namespace

feed_result make_replay_source(const std::filesystem::path& path, std::optional<trade_date> from,
                               std::optional<trade_date> to, const instrument_table& instruments,
                               const trading_session& session, const std::vector<duration>& clock_times) {
  if (std::string problem = check_clock_times(clock_times); !problem.empty()) return {nullptr, std::move(problem)};
  const bar_selection selection{path, from, to};
  bar_load load = load_bars(selection, instruments);
  if (!load.error.empty()) return {nullptr, std::move(load.error)};
  if (load.bars.empty()) return {nullptr, nothing_usable(selection, load)};
  return {std::make_unique<replay_source>(std::move(load.bars), std::move(load.problems), instruments, session,
                                          clock_times),
          {}};
}

}  // namespace bulkhead
