// What frames a replay makes of good rows.
#include "feeds/feed_fixture.hpp"

#include <cstddef>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

tick of(instrument_id id, std::int64_t raw, std::int64_t volume = 0) {
  return {.instrument = id, .last = price{raw}, .volume = volume};
}

constexpr auto ticks = frame_kind::ticks;
constexpr auto session_close = frame_kind::session_close;

}  // namespace

TEST_CASE("a rising bar is open, low, high, close, 60, 40, 20 and 1 seconds before its end") {
  csv_folder folder;
  const auto feed = replay(folder.rows("a.csv", {"NIFTY,20220103,09:16,100.00,103.5,99.25,102,40,0"}));
  REQUIRE(feed.source);
  const std::vector<frame> expected = {
      {1, at(monday, 9, 15, 0), ticks, {of(nifty, 1'000'000)}},
      {2, at(monday, 9, 15, 20), ticks, {of(nifty, 992'500)}},
      {3, at(monday, 9, 15, 40), ticks, {of(nifty, 1'035'000)}},
      {4, at(monday, 9, 15, 59), ticks, {of(nifty, 1'020'000, 40)}},
      {5, at(monday, 15, 30), session_close, {}},
  };
  CHECK(feed.source->size() == 5);
  CHECK(rest_of(*feed.source) == expected);
}

TEST_CASE("a falling bar sees its high first, a level bar its low") {
  csv_folder folder;
  const auto feed = replay(folder.rows(
      "a.csv", {"NIFTY,20220103,09:16,102,103.5,99.25,101.9999,0,0", "NIFTY,20220103,09:17,100,101,99,100,0,0"}));
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 9);
  CHECK(frames[0].ticks == std::vector{of(nifty, 1'020'000)});
  CHECK(frames[1].ticks == std::vector{of(nifty, 1'035'000)});
  CHECK(frames[2].ticks == std::vector{of(nifty, 992'500)});
  CHECK(frames[3].ticks == std::vector{of(nifty, 1'019'999)});
  CHECK(frames[5].ticks == std::vector{of(nifty, 990'000)});
  CHECK(frames[6].ticks == std::vector{of(nifty, 1'010'000)});
}

TEST_CASE("ticks of one time are one frame, in the order of the instruments file") {
  csv_folder folder;
  // BANKNIFTY's file comes first by name; NIFTY's row comes first in the instruments file. One falls, one rises.
  folder.rows("a.csv", {"BANKNIFTY,20220103,09:16,200,210,190,195,0,0"});
  folder.rows("b.csv", {"NIFTY,20220103,09:16,100,110,90,105,0,0", "NIFTY,20220103,09:17,105,105,105,105,0,0"});
  const auto feed = replay(folder.path());
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 9);
  CHECK(frames[0].ticks == std::vector{of(nifty, 1'000'000), of(banknifty, 2'000'000)});
  CHECK(frames[1].ticks == std::vector{of(nifty, 900'000), of(banknifty, 2'100'000)});
  CHECK(frames[2].ticks == std::vector{of(nifty, 1'100'000), of(banknifty, 1'900'000)});
  CHECK(frames[3].ticks == std::vector{of(nifty, 1'050'000), of(banknifty, 1'950'000)});
  CHECK(frames[4].ticks == std::vector{of(nifty, 1'050'000)});
}

TEST_CASE("the session close comes before a frame of ticks with its time") {
  csv_folder folder;
  const auto feed =
      replay(folder.rows("a.csv", {"NIFTY,20220103,15:30,1,1,1,1,0,0", "NIFTY,20220103,15:31,2,2,2,2,0,0"}));
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 9);
  CHECK(frames[3].ts == at(monday, 15, 29, 59));
  CHECK(frames[4] == frame{5, at(monday, 15, 30), session_close, {}});
  CHECK(frames[5] == frame{6, at(monday, 15, 30), ticks, {of(nifty, 20'000)}});
}

TEST_CASE("every date with a good row has one session close, pre-open and after-close rows alone too") {
  csv_folder folder;
  folder.rows("a.csv", {"NIFTY,20220103,09:08,1,1,1,1,0,0", "NIFTY,20220104,15:45,1,1,1,1,0,0"});
  folder.rows("b.csv", {"BANKNIFTY,20220103,09:16,1,1,1,1,0,0", "BANKNIFTY,20220105,09:16,1,1,1,9,0,0"});
  const auto feed = replay(folder.path());
  REQUIRE(feed.source);
  std::vector<timestamp> closes;
  timestamp last{};
  for (const frame& f : rest_of(*feed.source)) {
    CHECK(f.ts >= last);
    last = f.ts;
    if (f.kind == session_close) closes.push_back(f.ts);
  }
  CHECK(closes == std::vector{at(monday, 15, 30), at(monday + 1, 15, 30)});
  CHECK(feed.source->problems().size() == 1);
}

TEST_CASE("pre-open and after-close rows become ticks like all others") {
  csv_folder folder;
  const auto feed =
      replay(folder.rows("a.csv", {"NIFTY,20220103,09:08,1,1,1,1,0,0", "NIFTY,20220103,15:32,2,2,2,2,0,0"}));
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 9);
  CHECK(frames[0].ts == at(monday, 9, 7));
  CHECK(frames[8].ts == at(monday, 15, 31, 59));
}

TEST_CASE("a missing minute is no frame") {
  csv_folder folder;
  const auto feed =
      replay(folder.rows("a.csv", {"NIFTY,20220103,09:16,1,1,1,1,0,0", "NIFTY,20220103,09:20,2,2,2,2,0,0"}));
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 9);
  CHECK(frames[3].ts == at(monday, 9, 15, 59));
  CHECK(frames[4].ts == at(monday, 9, 19));
}

TEST_CASE("only rows of the range of dates become frames, counted from 1") {
  csv_folder folder;
  const auto path = folder.rows("a.csv", {"NIFTY,20220103,09:16,1,1,1,1,0,0", "NIFTY,20220104,09:16,2,2,2,2,0,0",
                                          "NIFTY,20220105,09:16,3,3,3,3,0,0", "NIFTY,20220106,09:16,4,4,4,4,0,0"});
  const auto feed = replay(path, monday + 1, monday + 2);
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 10);
  CHECK(frames[0] == frame{1, at(monday + 1, 9, 15), ticks, {of(nifty, 20'000)}});
  CHECK(frames[9] == frame{10, at(monday + 2, 15, 30), session_close, {}});
  CHECK(replay(path, monday + 2).source->size() == 10);
  CHECK(replay(path, {}, monday).source->size() == 5);
}

TEST_CASE("after a seek anywhere the frames are those of a run from the start") {
  const auto feed = real_session();
  REQUIRE(feed.source);
  const auto all = rest_of(*feed.source);
  REQUIRE(all.size() == feed.source->size());
  frame_batch batch;
  CHECK_FALSE(feed.source->next(batch));
  for (const std::size_t seq : {std::size_t{1}, std::size_t{2}, std::size_t{777}, all.size()}) {
    feed.source->seek(seq);
    CHECK(rest_of(*feed.source) == std::vector<frame>(all.begin() + static_cast<std::ptrdiff_t>(seq - 1), all.end()));
  }
  feed.source->seek(all.size() + 1);
  CHECK_FALSE(feed.source->next(batch));
  CHECK(batch.empty());
}

TEST_CASE("the fingerprint stays with the content and changes with one price, time, volume or symbol") {
  csv_folder folder;
  const auto print = [&](std::string_view row) {
    return replay(folder.rows("a.csv", {row, "NIFTY,20220103,09:20,1,1,1,1,0,0"})).source->fingerprint();
  };
  const std::string first = print("NIFTY,20220103,09:16,100,110,90,105,0,0");
  CHECK(first.size() == 20);
  CHECK(print("NIFTY,20220103,09:16,100.00,110,90,105.0,0,0") == first);
  for (const char* row :
       {"NIFTY,20220103,09:16,100.0001,110,90,105,0,0", "NIFTY,20220103,09:16,100,110.0001,90,105,0,0",
        "NIFTY,20220103,09:16,100,110,90.0001,105,0,0", "NIFTY,20220103,09:16,100,110,90,105.0001,0,0",
        "NIFTY,20220103,09:16,100,110,90,105,1,0", "NIFTY,20220103,09:17,100,110,90,105,0,0",
        "BANKNIFTY,20220103,09:16,100,110,90,105,0,0"}) {
    CAPTURE(row);
    CHECK(print(row) != first);
  }
}

TEST_CASE("the fingerprint changes when the session closes at another time") {
  csv_folder folder;
  const auto path = folder.rows("a.csv", {"NIFTY,20220103,09:16,1,1,1,1,0,0"});
  trading_session early;
  early.close = seconds(13 * 3600);
  const auto feed = make_replay_source(path, {}, {}, two_indices(), early);
  REQUIRE(feed.source);
  CHECK(feed.source->fingerprint() != replay(path).source->fingerprint());
}

TEST_CASE("a real session of two instruments has the frames that its rows ask for") {
  const auto feed = real_session();
  REQUIRE(feed.source);
  CHECK(feed.source->problems().empty());
  // 378 minutes, the same for both, four frames each, and the close.
  CHECK(feed.source->size() == 378 * 4 + 1);
  const auto frames = rest_of(*feed.source);
  std::size_t tick_count = 0;
  for (const frame& f : frames) tick_count += f.ticks.size();
  CHECK(tick_count == 2 * 378 * 4);
  CHECK(frames[0].ts == at(monday, 9, 7));
  CHECK(frames[4].ticks == std::vector{of(nifty, 173'932'000), of(banknifty, 356'123'500)});
}
