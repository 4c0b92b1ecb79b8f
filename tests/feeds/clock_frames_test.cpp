// Clock frames and session closes on the days of a calendar, in every source that inserts them.
#include "feeds/feed_fixture.hpp"
#include "runtime/feeds/day_marks.hpp"
#include "runtime/feeds/synthetic_source.hpp"
#include "runtime/feeds/ticks_source.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

constexpr trade_date saturday = 2022'01'08;

duration clock_at(int hour, int minute) { return seconds(hour * 3600 + minute * 60); }

/// Monday ordinary, Tuesday a holiday, Wednesday with an evening session, the Saturday of that week with a short one.
trading_session with_calendar() {
  auto calendar = std::make_shared<trading_calendar>();
  calendar->add_holiday(monday + 1, "holiday");
  calendar->add_special(monday + 2, {clock_at(18, 0), clock_at(19, 0)}, "evening");
  calendar->add_special(saturday, {clock_at(9, 15), clock_at(9, 17)}, "Saturday");
  trading_session session;
  session.calendar = calendar;
  return session;
}

struct mark {
  feed_seq seq = 0;
  timestamp ts;
  frame_kind kind = frame_kind::clock;
  friend bool operator==(const mark&, const mark&) = default;
};

std::vector<mark> marks_of(const std::vector<frame>& frames) {
  std::vector<mark> result;
  timestamp last{};
  for (const frame& f : frames) {
    REQUIRE(f.ts >= last);
    last = f.ts;
    REQUIRE((f.kind == frame_kind::ticks) == !f.ticks.empty());
    if (f.kind != frame_kind::ticks) result.push_back({f.seq, f.ts, f.kind});
  }
  return result;
}

constexpr auto clock_frame = frame_kind::clock;
constexpr auto session_close = frame_kind::session_close;

const std::vector<duration> square_offs = {clock_at(15, 30), clock_at(15, 20), clock_at(15, 20)};

}  // namespace

TEST_CASE("a replay has a clock at each time of a trading day, once, before a close and ticks of its time") {
  csv_folder folder;
  const auto path = folder.rows("a.csv", {"NIFTY,20220103,15:20,1,1,1,1,0,0", "NIFTY,20220103,15:21,2,2,2,2,0,0",
                                          "NIFTY,20220103,15:31,3,3,3,3,0,0"});
  const auto table = two_indices();
  const auto feed = make_replay_source(path, {}, {}, table, {}, square_offs);
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  CHECK(frames.size() == feed.source->size());
  CHECK(marks_of(frames) == std::vector<mark>{{5, at(monday, 15, 20), clock_frame},
                                              {10, at(monday, 15, 30), clock_frame},
                                              {11, at(monday, 15, 30), session_close}});
  CHECK(frames[5].ts == at(monday, 15, 20));  // the ticks of 15:20 come after its clock
  CHECK(frames[11].ts == at(monday, 15, 30));
  CHECK(feed.source->fingerprint() != make_replay_source(path, {}, {}, table, {}).source->fingerprint());
}

TEST_CASE("a replay has neither clocks nor a close on a day without a session, and the calendar's close on others") {
  csv_folder folder;
  const auto path = folder.rows("a.csv", {"NIFTY,20220103,10:00,1,1,1,1,0,0", "NIFTY,20220104,10:00,1,1,1,1,0,0",
                                          "NIFTY,20220105,18:30,1,1,1,1,0,0", "NIFTY,20220108,09:16,1,1,1,1,0,0",
                                          "NIFTY,20220109,09:16,1,1,1,1,0,0"});
  const auto feed = make_replay_source(path, {}, {}, two_indices(), with_calendar(), {clock_at(15, 20)});
  REQUIRE(feed.source);
  CHECK(marks_of(rest_of(*feed.source)) == std::vector<mark>{{5, at(monday, 15, 20), clock_frame},
                                                             {6, at(monday, 15, 30), session_close},
                                                             {15, at(monday + 2, 18, 50), clock_frame},
                                                             {16, at(monday + 2, 19, 0), session_close},
                                                             {17, at(saturday, 9, 7), clock_frame},
                                                             {22, at(saturday, 9, 17), session_close}});
}

TEST_CASE("the synthetic feed steps over holidays, fills special sessions and moves its clocks with the close") {
  const auto table = two_indices();
  synthetic_settings s{.seed = 3, .from = monday, .days = 2, .instruments = {nifty, banknifty}};
  trading_session session = with_calendar();
  session.open = clock_at(15, 18);
  s.clock_times = {clock_at(15, 20), clock_at(15, 30), clock_at(9, 0), clock_at(18, 30)};
  const auto feed = make_synthetic_source(s, table, session);
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  CHECK(frames.size() == feed.source->size());
  // Two frames a second: twelve minutes on Monday, an hour on Wednesday.
  constexpr feed_seq ticks_of_monday = 12 * 60 * 2;
  CHECK(marks_of(frames) ==
        std::vector<mark>{{1, at(monday, 9, 0), clock_frame},
                          {2 + 2 * 60 * 2, at(monday, 15, 20), clock_frame},
                          {3 + ticks_of_monday, at(monday, 15, 30), clock_frame},
                          {4 + ticks_of_monday, at(monday, 15, 30), session_close},
                          {5 + ticks_of_monday, at(monday, 18, 30), clock_frame},
                          {6 + ticks_of_monday, at(monday + 2, 12, 30), clock_frame},
                          {7 + ticks_of_monday + 50 * 60 * 2, at(monday + 2, 18, 50), clock_frame},
                          {8 + ticks_of_monday + 60 * 60 * 2, at(monday + 2, 19, 0), clock_frame},
                          {9 + ticks_of_monday + 60 * 60 * 2, at(monday + 2, 19, 0), session_close},
                          {10 + ticks_of_monday + 60 * 60 * 2, at(monday + 2, 22, 0), clock_frame}});
  for (const frame& f : frames) {
    if (f.kind == frame_kind::ticks) REQUIRE(session.is_open(f.ts));
  }
}

TEST_CASE("clocks move no synthetic price, and a seek around them finds the same frames") {
  const auto table = two_indices();
  synthetic_settings s{.seed = 3, .from = monday, .days = 3, .instruments = {nifty, banknifty}};
  const trading_session minutes{.open = clock_at(9, 15), .close = clock_at(9, 18)};
  const auto plain = make_synthetic_source(s, table, minutes);
  s.clock_times = {clock_at(9, 16), clock_at(9, 17)};
  const auto clocked = make_synthetic_source(s, table, minutes);
  const auto all = rest_of(*clocked.source);
  std::vector<frame> without;
  for (frame f : all) {
    if (f.kind == frame_kind::clock) continue;
    f.seq = without.size() + 1;
    without.push_back(std::move(f));
  }
  CHECK(without == rest_of(*plain.source));
  CHECK(plain.source->fingerprint() != clocked.source->fingerprint());
  for (std::size_t from = 0; from < all.size(); from += 61) {
    clocked.source->seek(from + 1);
    const std::size_t count = std::min<std::size_t>(130, all.size() - from);
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(from);
    REQUIRE(rest_of(*clocked.source, count) == std::vector<frame>(first, first + static_cast<std::ptrdiff_t>(count)));
  }
}

TEST_CASE("another calendar is another synthetic feed") {
  const auto table = two_indices();
  const synthetic_settings s{.seed = 3, .from = monday, .days = 2, .instruments = {nifty}};
  CHECK(make_synthetic_source(s, table, {}).source->fingerprint() !=
        make_synthetic_source(s, table, with_calendar()).source->fingerprint());
}

TEST_CASE("a clock time that is no time of day is refused by every source") {
  csv_folder folder;
  const std::string error = "feed: clock times: given 86400 s since midnight, allowed: 0 to 86399 s";
  const std::vector<duration> wrong{seconds(86'400)};
  const auto table = two_indices();
  const auto path = folder.rows("a.csv", {"NIFTY,20220103,15:20,1,1,1,1,0,0"});
  CHECK(make_replay_source(path, {}, {}, table, {}, wrong).error == error);
  CHECK(make_synthetic_source({.from = monday, .instruments = {nifty}, .clock_times = wrong}, table, {}).error ==
        error);
  CHECK(make_ticks_source({.path = path, .clock_times = wrong}, table, {}).error == error);
  CHECK(check_clock_times(std::vector{duration{-1}}).starts_with("feed: clock times"));
}
