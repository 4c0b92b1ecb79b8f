#include "runtime/feeds/synthetic_source.hpp"

#include "runtime/feeds/day_marks.hpp"
#include "runtime/feeds/mix64.hpp"
#include "runtime/feeds/random_walk.hpp"

#include <algorithm>
#include <limits>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t max_days = 10'000;
constexpr std::int64_t max_ticks_per_second = 1000;
constexpr std::int64_t max_tick_size = 1000 * money_scale;
constexpr trade_date last_from = 2150'12'31;  // and max_days after that still fit a timestamp
/// Raise it with any change of the frames: a run that was stopped before must not go on with other prices.
constexpr std::int64_t generator_version = 1;

/// One bound of a setting, as an error text or nothing.
std::string out_of_range(std::string_view name, std::int64_t given, std::int64_t least, std::int64_t most) {
  if (given >= least && given <= most) return {};
  return fmt::format("synthetic feed: {}: given {}, allowed: {} to {}", name, given, least, most);
}

std::string check_instruments(const std::vector<instrument_id>& ids, const instrument_table& instruments) {
  if (ids.empty()) return "synthetic feed: instruments: none given, allowed: one or more of the instruments file";
  std::vector<instrument_id> sorted = ids;
  std::ranges::sort(sorted);
  if (sorted.back().index >= instruments.size()) return "synthetic feed: instruments: one is not of this table";
  if (const auto twin = std::ranges::adjacent_find(sorted); twin != sorted.end()) {
    return fmt::format("synthetic feed: instruments: {} is given twice, allowed: each once", instruments.key(*twin));
  }
  for (const instrument_id id : sorted) {
    const std::int64_t tick_size = instruments.at(id).tick_size.raw;
    if (tick_size > 0 && tick_size <= max_tick_size) continue;
    return fmt::format("synthetic feed: {}: tick size: given {}, allowed: above 0, up to {}", instruments.key(id),
                       to_string(price{tick_size}), to_string(price{max_tick_size}));
  }
  return {};
}

std::string check(const synthetic_settings& s, const instrument_table& instruments, const trading_session& session) {
  if (auto problem = out_of_range("days", s.days, 1, max_days); !problem.empty()) return problem;
  if (auto problem = out_of_range("ticks_per_second", s.ticks_per_second, 1, max_ticks_per_second); !problem.empty()) {
    return problem;
  }
  if (s.from < 1970'01'02 || s.from > last_from || !parse_date(fmt::format("{:08}", s.from))) {
    return fmt::format("synthetic feed: from: given {}, allowed: a date, 1970-01-02 to {}", s.from,
                       to_string(last_from));
  }
  if (auto problem = check_clock_times(s.clock_times); !problem.empty()) return problem;
  if (session.open < seconds(0) || session.close.ns - session.open.ns < second_ns || session.close > seconds(86'400)) {
    return "synthetic feed: session: allowed: one second or more, within a day";
  }
  return check_instruments(s.instruments, instruments);
}

std::vector<trade_date> trading_days(trade_date from, std::int64_t count, const trading_session& session) {
  std::vector<trade_date> days;
  days.reserve(static_cast<std::size_t>(count));
  for (timestamp midnight = start_of_day(from); std::ssize(days) < count; midnight = midnight + seconds(86'400)) {
    const trade_date date = date_of(midnight);
    if (session.is_trading_day(date)) days.push_back(date);
  }
  return days;
}

std::vector<random_walk::walker> walkers(const std::vector<instrument_id>& ids, const instrument_table& instruments) {
  std::vector<random_walk::walker> result;
  for (const instrument_id id : ids) result.push_back({id, instruments.at(id).tick_size.raw});
  std::ranges::sort(result, {}, &random_walk::walker::instrument);
  return result;
}

std::string digest(const synthetic_settings& s, const std::vector<random_walk::walker>& all,
                   const instrument_table& instruments, const trading_session& session) {
  content_digest content;
  for (const std::int64_t word : {generator_version, static_cast<std::int64_t>(s.seed), std::int64_t{s.from}, s.days,
                                  s.ticks_per_second, session.open.ns, session.close.ns}) {
    content.add(word);
  }
  for (const random_walk::walker& one : all) {
    content.add(std::string_view{instruments.key(one.instrument)});
    content.add(one.tick_size);
  }
  for (const duration time : s.clock_times) content.add(time.ns);
  if (session.calendar) {
    for (const trade_date date : trading_days(s.from, s.days, session)) {
      const auto hours = session.hours_of(date);
      for (const std::int64_t word : {std::int64_t{date}, hours->open.ns, hours->close.ns}) content.add(word);
    }
  }
  return content.text("synthetic");
}

/// Where a day of the feed lies.
struct day_plan {
  timestamp open;
  std::uint64_t first = 0;  ///< frames of the days before
  std::uint64_t tick_frames = 0;
};

/// A clock or a session close, by its place in the feed.
struct placed_mark {
  std::uint64_t position = 0;
  day_mark mark;
};

class synthetic_source final : public feed_source {
 public:
  synthetic_source(const synthetic_settings& s, const instrument_table& instruments, const trading_session& session)
      : ticks_per_second_(s.ticks_per_second),
        walk_(s.seed, walkers(s.instruments, instruments)),
        fingerprint_(digest(s, walkers(s.instruments, instruments), instruments, session)) {
    ticks_.reserve(s.instruments.size());
    std::vector<day_mark> marks;
    for (const trade_date date : trading_days(s.from, s.days, session)) {
      marks.clear();
      append_day_marks(date, session, s.clock_times, marks);
      add_day(date, *session.hours_of(date), marks);
    }
    marks_per_day_ = marks.size();
  }

  bool next(frame_batch& batch) override {
    if (position_ >= size_) return false;
    const std::uint64_t at = position_++;
    const auto mark = std::ranges::lower_bound(marks_, at, {}, &placed_mark::position);
    if (mark != marks_.end() && mark->position == at) {
      batch.add(position_, mark->mark.ts, mark->mark.kind, {});
      return true;
    }
    const auto day = std::ranges::upper_bound(days_, at, {}, &day_plan::first) - days_.begin() - 1;
    const day_plan& plan = days_[static_cast<std::size_t>(day)];
    const std::uint64_t marks_before =
        static_cast<std::uint64_t>(mark - marks_.begin()) - static_cast<std::uint64_t>(day) * marks_per_day_;
    const std::uint64_t tick_frame = at - plan.first - marks_before;
    play_to(static_cast<std::uint64_t>(day), tick_frame / walk_.frames_per_round());
    ticks_.clear();
    walk_.ticks_of(static_cast<std::uint32_t>(tick_frame % walk_.frames_per_round()), ticks_);
    batch.add(position_, plan.open + offset_of(tick_frame), frame_kind::ticks, ticks_);
    return true;
  }

  void seek(feed_seq seq) override { position_ = seq == 0 ? 0 : std::min<feed_seq>(seq - 1, size_); }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return no_problems_; }
  [[nodiscard]] std::string fingerprint() const override { return fingerprint_; }

 private:
  static constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();

  void add_day(trade_date date, const trading_hours& hours, const std::vector<day_mark>& marks) {
    day_plan plan{start_of_day(date) + hours.open, size_, 0};
    // Whole seconds first: nanoseconds times the rate could leave 64 bits.
    const std::int64_t open_s = (hours.close.ns - hours.open.ns) / second_ns;
    plan.tick_frames = static_cast<std::uint64_t>(open_s * ticks_per_second_) * walk_.frames_per_round();
    std::uint64_t earlier_marks = 0;
    for (const day_mark& mark : marks) {
      const auto frames = std::views::iota(std::uint64_t{0}, plan.tick_frames);
      const auto before = std::ranges::partition_point(
          frames, [&](std::uint64_t frame) { return plan.open + offset_of(frame) < mark.ts; });
      marks_.push_back({plan.first + static_cast<std::uint64_t>(before - frames.begin()) + earlier_marks++, mark});
    }
    size_ += plan.tick_frames + marks.size();
    days_.push_back(plan);
  }

  /// Brings the walk to this round: nothing to do within a round, one step along the feed, up to a day after a seek.
  void play_to(std::uint64_t day, std::uint64_t round) {
    if (day != played_day_ || rounds_played_ > round + 1) {
      walk_.start_day(day);
      played_day_ = day;
      rounds_played_ = 0;
    }
    while (rounds_played_ <= round) walk_.play_round(rounds_played_++);
  }

  /// Of a day's n-th frame of ticks, since the opening. Rounds share a second evenly, frames a round.
  [[nodiscard]] duration offset_of(std::uint64_t tick_frame) const {
    const auto round = static_cast<std::int64_t>(tick_frame / walk_.frames_per_round());
    const auto in_round = static_cast<std::int64_t>(tick_frame % walk_.frames_per_round());
    const std::int64_t round_ns = second_ns / ticks_per_second_;
    const std::int64_t frame_ns = round_ns / walk_.frames_per_round();
    return {round / ticks_per_second_ * second_ns + round % ticks_per_second_ * round_ns + in_round * frame_ns};
  }

  std::int64_t ticks_per_second_;
  random_walk walk_;
  std::string fingerprint_;
  std::vector<day_plan> days_;
  std::vector<placed_mark> marks_;   ///< by position
  std::uint64_t marks_per_day_ = 0;  ///< the same on every day
  std::uint64_t size_ = 0;
  std::vector<feed_problem> no_problems_;
  std::vector<tick> ticks_;  ///< scratch of next()
  std::uint64_t position_ = 0;
  std::uint64_t played_day_ = nowhere;
  std::uint64_t rounds_played_ = 0;
};

}  // namespace

feed_result make_synthetic_source(const synthetic_settings& settings, const instrument_table& instruments,
                                  const trading_session& session) {
  if (std::string problem = check(settings, instruments, session); !problem.empty()) return {nullptr, problem};
  return {std::make_unique<synthetic_source>(settings, instruments, session), {}};
}

}  // namespace bulkhead
