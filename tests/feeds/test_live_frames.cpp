// Ticks as they arrive, as frames: what a live feed promises whatever it is given.
#include "runtime/feeds/live_frames.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;

namespace {

constexpr std::int64_t second = 1'000'000'000;

timestamp at(trade_date date, int hour, int minute, int sec = 0) {
  return timestamp{start_of_day(date).ns + (hour * 3600 + minute * 60 + sec) * second};
}
constexpr trade_date monday = 20'220'103;
constexpr trade_date tuesday = 20'220'104;

struct given {
  timestamp ts;
  frame_kind kind;
  std::vector<tick> ticks;
};

struct taken {
  std::vector<given> all;
  live_frames::sink sink = [this](timestamp ts, frame_kind kind, std::span<const tick> ticks) {
    all.push_back({ts, kind, {ticks.begin(), ticks.end()}});
  };
  [[nodiscard]] std::vector<std::string> text() const {
    std::vector<std::string> out;
    for (const given& g : all) {
      const std::string name = g.kind == frame_kind::ticks ? "ticks" : g.kind == frame_kind::clock ? "clock" : "close";
      std::string line = name + " " + to_iso_ist(g.ts).substr(0, 19);
      for (const tick& t : g.ticks) line += " " + std::to_string(t.instrument.index) + ":" + std::to_string(t.last.raw);
      out.push_back(line);
    }
    return out;
  }
};

tick tick_of(std::uint32_t index, std::int64_t raw) { return {{index}, price{raw}, {}, {}, 0}; }

live_frames frames_from(timestamp last) { return {trading_session{}, {seconds(15 * 3600 + 20 * 60)}, 4, last}; }

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what arrives at once is one frame; the second tick of an instrument begins another") {
  live_frames frames = frames_from(at(monday, 9, 0));
  taken t;
  const std::vector<tick> ticks{tick_of(0, 1), tick_of(1, 2), tick_of(0, 3), tick_of(2, 4), tick_of(0, 5)};
  frames.take(at(monday, 9, 30), ticks, t.sink);
  CHECK(t.text() == lines{"ticks 2022-01-03T09:30:00 0:1 1:2", "ticks 2022-01-03T09:30:00 0:3 2:4",
                          "ticks 2022-01-03T09:30:00 0:5"});
  frames.take(at(monday, 9, 31), {}, t.sink);
  CHECK(t.all.size() == 3);
}

TEST_CASE("event time never decreases, whatever the clock does") {
  live_frames frames = frames_from(at(monday, 9, 0));
  taken t;
  frames.take(at(monday, 9, 30), std::vector{tick_of(0, 1)}, t.sink);
  frames.take(at(monday, 9, 29), std::vector{tick_of(0, 2)}, t.sink);
  frames.clock(at(monday, 9, 28), t.sink);
  CHECK(t.text() ==
        lines{"ticks 2022-01-03T09:30:00 0:1", "ticks 2022-01-03T09:30:00 0:2", "clock 2022-01-03T09:30:00"});
}

TEST_CASE("square-off and close come at their own time, once, in a dead market too") {
  live_frames frames = frames_from(at(monday, 9, 0));
  taken t;
  frames.take(at(monday, 15, 19), std::vector{tick_of(0, 1)}, t.sink);
  frames.take(at(monday, 15, 25), std::vector{tick_of(0, 2)}, t.sink);
  frames.clock(at(monday, 15, 40), t.sink);
  frames.clock(at(monday, 15, 42), t.sink);
  CHECK(t.text() == lines{"ticks 2022-01-03T15:19:00 0:1", "clock 2022-01-03T15:20:00", "ticks 2022-01-03T15:25:00 0:2",
                          "close 2022-01-03T15:30:00", "clock 2022-01-03T15:40:00", "clock 2022-01-03T15:42:00"});
}

TEST_CASE("a day's close that nobody saw comes before the next day's first frame") {
  live_frames frames = frames_from(at(monday, 15, 25));
  taken t;
  frames.take(at(tuesday, 15, 21), std::vector{tick_of(0, 1)}, t.sink);
  CHECK(t.text() == lines{"close 2022-01-03T15:30:00", "clock 2022-01-04T15:20:00", "ticks 2022-01-04T15:21:00 0:1"});
}

TEST_CASE("a feed that goes on, or begins in the evening, makes up for nothing that was before") {
  for (const timestamp last : {at(monday, 15, 30), at(monday, 18, 0)}) {
    live_frames frames = frames_from(last);
    taken t;
    frames.clock(at(monday, 18, 30), t.sink);
    CHECK(t.text() == lines{"clock 2022-01-03T18:30:00"});
  }
}

TEST_CASE("a feed that knows no time yet begins with its first frame") {
  live_frames frames = frames_from(timestamp{});
  taken t;
  frames.take(at(monday, 15, 21), std::vector{tick_of(0, 1)}, t.sink);
  frames.clock(at(monday, 15, 31), t.sink);
  CHECK(t.text() == lines{"ticks 2022-01-03T15:21:00 0:1", "close 2022-01-03T15:30:00", "clock 2022-01-03T15:31:00"});
}

TEST_CASE("a frame that is not taken is given again with what comes next") {
  live_frames frames = frames_from(at(monday, 15, 19));
  taken t;
  int refusals = 1;
  const live_frames::sink refusing = [&](timestamp ts, frame_kind kind, std::span<const tick> ticks) {
    if (kind == frame_kind::session_close && refusals-- > 0) throw std::runtime_error("disk full");
    t.sink(ts, kind, ticks);
  };
  CHECK_THROWS(frames.clock(at(monday, 15, 31), refusing));
  frames.clock(at(monday, 15, 32), refusing);
  CHECK(t.text() == lines{"clock 2022-01-03T15:20:00", "close 2022-01-03T15:30:00", "clock 2022-01-03T15:32:00"});
}

TEST_CASE("for any arrivals: time in order, an instrument once a frame, every tick in its order") {
  CHECK(rc::check([] {
    live_frames frames = frames_from(at(monday, 9, 0));
    taken t;
    std::vector<std::int64_t> sent;
    std::int64_t number = 0;
    const auto arrivals = *rc::gen::container<std::vector<std::pair<int, std::vector<int>>>>(rc::gen::pair(
        rc::gen::inRange(0, 2 * 24 * 3600), rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4))));
    for (const auto& [offset, instruments] : arrivals) {
      std::vector<tick> ticks;
      for (const int i : instruments) {
        ticks.push_back(tick_of(static_cast<std::uint32_t>(i), ++number));
        sent.push_back(number);
      }
      frames.take(timestamp{start_of_day(monday).ns + offset * second}, ticks, t.sink);
    }
    std::vector<std::int64_t> got;
    timestamp before;
    for (const given& g : t.all) {
      RC_ASSERT(g.ts >= before);
      before = g.ts;
      std::set<std::uint32_t> seen;
      for (const tick& one : g.ticks) {
        RC_ASSERT(seen.insert(one.instrument.index).second);
        got.push_back(one.last.raw);
      }
    }
    RC_ASSERT(got == sent);
  }));
}
