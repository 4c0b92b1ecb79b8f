// Gaps and silence of instruments, seen from the frames alone.
#include "runtime/domain/event_codec.hpp"
#include "runtime/domain/feed_monitor.hpp"

#include <stdexcept>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

using namespace bulkhead;

namespace {

constexpr trade_date monday = 2022'01'03;

instrument_table table_of(int count) {
  instrument_table table;
  for (int i = 0; i < count; ++i) (void)table.add({.key = fmt::format("NSE:S{}", i)});
  return table;
}

timestamp at(int h, int m, int s = 0, trade_date date = monday) {
  return start_of_day(date) + seconds(h * 3600 + m * 60 + s);
}

struct watch {
  instrument_table table = table_of(4);
  feed_monitor monitor;
  feed_seq seq = 0;

  explicit watch(feed_monitor_settings s, const trading_session& session = {}) : monitor(s, session, table) {}

  /// Notices of a frame in which these instruments tick, as "stale 1 60"; no instruments: a clock frame.
  std::string frame(timestamp ts, const std::vector<std::uint32_t>& ticking) {
    std::vector<tick> ticks;
    for (const std::uint32_t i : ticking) ticks.push_back({.instrument = {i}, .last = {10'000}});
    std::vector<feed_noticed> out;
    monitor.on_frame({++seq, ts, ticks.empty() ? frame_kind::clock : frame_kind::ticks, ticks}, out);
    std::string text;
    for (const feed_noticed& n : out) {
      text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", n.what, n.instrument.index, n.count);
    }
    return text;
  }
};

}  // namespace

TEST_CASE("an instrument is stale once its silence is long enough, and is told so once") {
  watch w{{.stale_after_s = 60}};
  CHECK(w.frame(at(10, 0), {0, 1}).empty());
  CHECK(w.frame(at(10, 0, 30), {1}).empty());
  CHECK(w.frame(at(10, 0, 59), {}).empty());
  CHECK(w.frame(at(10, 1), {}) == "stale 0 60");
  CHECK(w.frame(at(10, 1, 10), {}).empty());
  CHECK(w.frame(at(10, 1, 45), {}) == "stale 1 75");
  CHECK(w.frame(at(10, 1, 50), {0}) == "fresh 0 110");
  CHECK(w.frame(at(10, 2, 49), {}).empty());
  CHECK(w.frame(at(10, 2, 50), {}) == "stale 0 60");
}

TEST_CASE("a tick that comes with the frame is not stale in it; the longest silent is told first") {
  watch w{{.stale_after_s = 60}};
  CHECK(w.frame(at(10, 0), {0, 1, 2}).empty());
  CHECK(w.frame(at(10, 0, 10), {1}).empty());
  CHECK(w.frame(at(10, 5), {2}) == "stale 0 300, stale 1 290");
}

TEST_CASE("an instrument that never ticked is not watched") {
  watch w{{.stale_after_s = 60}};
  CHECK(w.frame(at(10, 0), {0}).empty());
  CHECK(w.frame(at(11, 0), {}) == "stale 0 3600");
}

TEST_CASE("silence counts in the session only: nights, pre-opens and weekends are none") {
  watch w{{.stale_after_s = 60, .gap_after_s = 60}};
  CHECK(w.frame(at(15, 29, 30), {0}).empty());
  CHECK(w.frame(at(15, 30), {}).empty());
  CHECK(w.frame(at(23, 0), {}).empty());
  CHECK(w.frame(at(9, 10, 0, monday + 1), {}).empty());
  CHECK(w.frame(at(9, 15, 59, monday + 1), {}).empty());
  CHECK(w.frame(at(9, 16, 0, monday + 1), {}) == "stale 0 60");
  CHECK(w.frame(at(9, 17, 0, monday + 1), {0}) == "fresh 0 120");
  CHECK(w.frame(at(12, 0, 0, monday + 5), {}).empty());  // Saturday
}

TEST_CASE("a holiday has no silence") {
  auto calendar = std::make_shared<trading_calendar>();
  calendar->add_holiday(monday + 1, "holiday");
  trading_session session;
  session.calendar = calendar;
  watch w{{.stale_after_s = 60}, session};
  CHECK(w.frame(at(15, 29), {0}).empty());
  CHECK(w.frame(at(12, 0, 0, monday + 1), {}).empty());
  CHECK(w.frame(at(12, 0, 0, monday + 2), {}) == "stale 0 9900");
}

TEST_CASE("a gap lies between two ticks of one session, longer than allowed") {
  watch w{{.gap_after_s = 5}};
  CHECK(w.frame(at(9, 14), {0}).empty());
  CHECK(w.frame(at(9, 15, 1), {0}).empty());  // the pre-open's tick is not of the session
  CHECK(w.frame(at(9, 15, 6), {0, 1}).empty());
  CHECK(w.frame(at(9, 15, 12), {0}) == "gap 0 6");
  CHECK(w.frame(at(9, 20), {}).empty());  // stale is off
  CHECK(w.frame(at(9, 15, 0, monday + 1), {0, 1}).empty());
}

TEST_CASE("a tick after a long silence ends the silence and shows the gap") {
  watch w{{.stale_after_s = 60, .gap_after_s = 5}};
  CHECK(w.frame(at(10, 0), {0}).empty());
  CHECK(w.frame(at(10, 2), {}) == "stale 0 120");
  CHECK(w.frame(at(10, 3), {0}) == "gap 0 180, fresh 0 180");
}

TEST_CASE("with both off nothing is noticed, and negative settings are refused") {
  watch w{{}};
  CHECK(w.frame(at(10, 0), {0}).empty());
  CHECK(w.frame(at(15, 0), {0}).empty());
  CHECK_THROWS_AS(watch({.stale_after_s = -1}), std::invalid_argument);
  CHECK_THROWS_AS(watch({.gap_after_s = -1}), std::invalid_argument);
}

TEST_CASE("a run that goes on from a snapshot notices what the undisturbed one does") {
  CHECK(rc::check([] {
    const feed_monitor_settings settings{.stale_after_s = *rc::gen::inRange(0, 20),
                                         .gap_after_s = *rc::gen::inRange(0, 20)};
    watch straight{settings};
    watch resumed{settings};
    timestamp ts = at(9, 14, 30);
    const int count = *rc::gen::inRange(1, 60);
    for (int i = 0; i < count; ++i) {
      ts = ts + seconds(*rc::gen::inRange(0, 15));
      std::vector<std::uint32_t> ticking;
      for (std::uint32_t id = 0; id < 4; ++id) {
        if (*rc::gen::inRange(0, 4) == 0) ticking.push_back(id);
      }
      RC_ASSERT(straight.frame(ts, ticking) == resumed.frame(ts, ticking));
      const std::string cut = resumed.monitor.snapshot();
      RC_ASSERT(cut == straight.monitor.snapshot());
      resumed.monitor = feed_monitor{settings, {}, resumed.table};
      resumed.monitor.restore(cut);
    }
  }));
}

TEST_CASE("a snapshot of another form is refused, and the monitor stays as it was") {
  watch w{{.stale_after_s = 60}};
  CHECK(w.frame(at(10, 0), {0}).empty());
  for (const char* bad :
       {"", "{}", R"({"watched":1})", R"({"watched":[{"instrument":"NSE:X","last":"","stale":false}]})",
        R"({"watched":[{"instrument":"NSE:S0","last":"2022-01-03T10:00:00+05:30","stale":1}]})",
        R"({"watched":[{"instrument":"NSE:S0","last":"2022-01-03T10:00:00+05:30","stale":false},)"
        R"({"instrument":"NSE:S0","last":"2022-01-03T10:00:00+05:30","stale":false}]})",
        R"({"watched":[{"instrument":"NSE:S0","last":"2022-01-03T10:00:00+05:30","stale":false},)"
        R"({"instrument":"NSE:S1","last":"2022-01-03T09:00:00+05:30","stale":false}]})"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(w.monitor.restore(bad), codec_error);
  }
  CHECK(w.frame(at(10, 1), {}) == "stale 0 60");
}
