// Ticks from CSV files: what becomes of good rows, of wrong ones, and of time that runs backwards.
#include "runtime/feeds/ticks_source.hpp"

#include "feeds/feed_fixture.hpp"
#include "runtime/feeds/tick_csv.hpp"

#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

const std::string header{tick_csv_header};

std::string row(int h, int m, int s, const char* rest, trade_date date = monday) {
  return to_iso_ist(at(date, h, m, s)) + "," + rest;
}

std::string lines(const std::vector<std::string>& rows) {
  std::string text = header + "\n";
  for (const std::string& one : rows) text += one + "\n";
  return text;
}

feed_result open_ticks(const tick_selection& selection) {
  static const instrument_table table = two_indices();
  return make_ticks_source(selection, table, {});
}

tick of(instrument_id id, std::int64_t raw) { return {.instrument = id, .last = {raw}}; }

}  // namespace

TEST_CASE("rows become ticks with their depth and volume, and the day ends with its close") {
  csv_folder folder;
  const auto feed =
      open_ticks({.path = folder.write("a.csv", lines({row(9, 15, 0, "NSE:NIFTY,17450.55,17450.5,17450.6,75"),
                                                       "1641181501000000007,NSE:BANKNIFTY,35000,0,0,0"}))});
  REQUIRE(feed.source);
  CHECK(feed.source->problems().empty());
  const std::vector<frame> expected = {
      {1,
       at(monday, 9, 15),
       frame_kind::ticks,
       {{.instrument = nifty, .last = {174'505'500}, .bid = {174'505'000}, .ask = {174'506'000}, .volume = 75}}},
      {2, at(monday, 9, 15, 1) + duration{7}, frame_kind::ticks, {of(banknifty, 350'000'000)}},
      {3, at(monday, 15, 30), frame_kind::session_close, {}},
  };
  CHECK(rest_of(*feed.source) == expected);
  CHECK(feed.source->size() == 3);
}

TEST_CASE("rows of one instant are one frame; a second row of an instrument opens the next, at the same time") {
  csv_folder folder;
  const auto feed = open_ticks(
      {.path = folder.write("a.csv", lines({row(9, 15, 0, "NSE:BANKNIFTY,1,0,0,0"), row(9, 15, 0, "NSE:NIFTY,2,0,0,0"),
                                            row(9, 15, 0, "NSE:NIFTY,3,0,0,0"), row(9, 15, 0, "NSE:BANKNIFTY,4,0,0,0"),
                                            row(9, 15, 1, "NSE:NIFTY,5,0,0,0")}))});
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 4);
  CHECK(frames[0] == frame{1, at(monday, 9, 15), frame_kind::ticks, {of(nifty, 20'000), of(banknifty, 10'000)}});
  CHECK(frames[1] == frame{2, at(monday, 9, 15), frame_kind::ticks, {of(nifty, 30'000), of(banknifty, 40'000)}});
  CHECK(frames[2] == frame{3, at(monday, 9, 15, 1), frame_kind::ticks, {of(nifty, 50'000)}});
}

TEST_CASE("a row that is earlier than the one before takes its time, and each file says how many did") {
  csv_folder folder;
  folder.write("a.csv", lines({row(9, 15, 5, "NSE:NIFTY,1,0,0,0"), row(9, 15, 3, "NSE:BANKNIFTY,2,0,0,0"), "no row",
                               row(9, 15, 4, "NSE:NIFTY,3,0,0,0")}));
  folder.write("b.csv", lines({row(9, 15, 5, "NSE:BANKNIFTY,4,0,0,0"), row(9, 15, 4, "NSE:NIFTY,5,0,0,0")}));
  const auto feed = open_ticks({.path = folder.path()});
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 4);
  for (int i = 0; i < 3; ++i) CHECK(frames[static_cast<std::size_t>(i)].ts == at(monday, 9, 15, 5));
  const auto& problems = feed.source->problems();
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].line == 3);
  CHECK(problems[0].what ==
        "clock went backwards: 2 rows of this file are earlier than the row before them and take "
        "its time; this is the first");
  CHECK(problems[1].line == 4);
  CHECK(problems[2].file == (folder.path() / "b.csv").string());
  CHECK(problems[2].what.starts_with("clock went backwards: 1 rows"));
}

TEST_CASE("clocks and closes stand between the ticks of each trading day") {
  csv_folder folder;
  const auto feed = open_ticks(
      {.path = folder.write("a.csv", lines({row(9, 0, 0, "NSE:NIFTY,1,0,0,0"), row(15, 20, 0, "NSE:NIFTY,2,0,0,0"),
                                            row(15, 20, 0, "NSE:NIFTY,3,0,0,0"), row(15, 30, 0, "NSE:NIFTY,4,0,0,0"),
                                            row(10, 0, 0, "NSE:NIFTY,5,0,0,0", monday + 1),
                                            row(10, 0, 0, "NSE:NIFTY,6,0,0,0", monday + 5)})),
       .clock_times = {seconds(15 * 3600 + 20 * 60)}});
  REQUIRE(feed.source);
  std::vector<std::string> story;
  for (const frame& f : rest_of(*feed.source)) {
    story.push_back(f.kind == frame_kind::ticks   ? to_string(f.ticks[0].last)
                    : f.kind == frame_kind::clock ? "clock"
                                                  : "close");
  }
  CHECK(story == std::vector<std::string>{"1.00", "clock", "2.00", "3.00", "close", "4.00", "5.00", "clock", "close",
                                          "6.00"});  // the last is a Saturday
}

TEST_CASE("only rows of the range of dates become frames, counted from 1") {
  csv_folder folder;
  const auto path =
      folder.write("a.csv", lines({row(10, 0, 0, "NSE:NIFTY,1,0,0,0"), row(10, 0, 0, "NSE:NIFTY,2,0,0,0", monday + 1),
                                   row(10, 0, 0, "NSE:NIFTY,3,0,0,0", monday + 2)}));
  const auto feed = open_ticks({.path = path, .from = monday + 1, .to = monday + 1});
  REQUIRE(feed.source);
  const auto frames = rest_of(*feed.source);
  REQUIRE(frames.size() == 2);
  CHECK(frames[0] == frame{1, at(monday + 1, 10, 0), frame_kind::ticks, {of(nifty, 20'000)}});
  CHECK(open_ticks({.path = path, .from = monday + 1}).source->size() == 4);
}

TEST_CASE("a malformed row is left out and reported with its line, what was found and what is allowed") {
  struct wrong {
    const char* text;
    const char* what;
  };
  const std::string ts = to_iso_ist(at(monday, 9, 15));
  csv_folder folder;
  for (const wrong& w : std::initializer_list<wrong>{
           {"{ts},NSE:NIFTY,1,0,0", "row has 5 fields, allowed: 6 (ts,instrument,last,bid,ask,volume)"},
           {"2022-01-03T09:15:00Z,NSE:NIFTY,1,0,0,0",
            "ts \"2022-01-03T09:15:00Z\", allowed: e.g. 2022-01-03T09:15:00.250+05:30, or nanoseconds since 1970, "
            "1970-01-02 to 2199-12-31"},
           {"1641181500000,NSE:NIFTY,1,0,0,0",
            "ts \"1641181500000\", allowed: e.g. 2022-01-03T09:15:00.250+05:30, or nanoseconds since 1970, 1970-01-02 "
            "to 2199-12-31"},
           {"-1641181500000000000,NSE:NIFTY,1,0,0,0",
            "ts \"-1641181500000000000\", allowed: e.g. 2022-01-03T09:15:00.250+05:30, or nanoseconds since 1970, "
            "1970-01-02 to 2199-12-31"},
           {",NSE:NIFTY,1,0,0,0",
            "ts \"\", allowed: e.g. 2022-01-03T09:15:00.250+05:30, or nanoseconds since 1970, 1970-01-02 to "
            "2199-12-31"},
           {"{ts},NIFTY,1,0,0,0", "instrument \"NIFTY\", allowed: a key of the instruments file, e.g. NSE:NIFTY"},
           {"{ts},NSE:NIFTY,0,0,0,0",
            "last \"0\", allowed: a decimal > 0 with at most four decimals, up to 10000000.00"},
           {"{ts},NSE:NIFTY,1,-1,0,0",
            "bid \"-1\", allowed: a decimal >= 0 with at most four decimals, up to 10000000.00; 0: no depth"},
           {"{ts},NSE:NIFTY,1,0,,0",
            "ask \"\", allowed: a decimal >= 0 with at most four decimals, up to 10000000.00; 0: no depth"},
           {"{ts},NSE:NIFTY,1,0,0,1.5", "volume \"1.5\", allowed: an integer >= 0"},
           {"{ts},NSE:NIFTY,1,0,0,-1", "volume \"-1\", allowed: an integer >= 0"},
       }) {
    CAPTURE(w.text);
    std::string text = w.text;
    if (text.starts_with("{ts}")) text.replace(0, 4, ts);
    const auto path = folder.write(
        "a.csv", lines({row(9, 15, 0, "NSE:NIFTY,1,0,0,0"), text, "", row(9, 16, 0, "NSE:NIFTY,2,0,0,0")}));
    const auto feed = open_ticks({.path = path});
    REQUIRE(feed.source);
    REQUIRE(feed.source->problems().size() == 1);
    CHECK(feed.source->problems()[0].file == path.string());
    CHECK(feed.source->problems()[0].line == 3);
    CHECK(feed.source->problems()[0].what == w.what);
    CHECK(feed.source->size() == 3);
  }
}

TEST_CASE("a file with another header is left out whole, and nothing usable is an error that says why") {
  csv_folder folder;
  folder.write("a.csv", lines({row(9, 15, 0, "NSE:NIFTY,1,0,0,0")}));
  folder.write("b.csv", "ts,instrument,last,ask,bid,volume\n" + row(9, 15, 1, "NSE:NIFTY,1,0,0,0"));
  const auto feed = open_ticks({.path = folder.path()});
  REQUIRE(feed.source);
  CHECK(feed.source->size() == 2);
  REQUIRE(feed.source->problems().size() == 1);
  CHECK(feed.source->problems()[0].line == 1);
  CHECK(feed.source->problems()[0].what ==
        "header \"ts,instrument,last,ask,bid,volume\", allowed: ts,instrument,last,bid,ask,volume, or a recorded feed; "
        "the file is left out whole");

  const auto none = open_ticks({.path = folder.path() / "b.csv"});
  CHECK_FALSE(none.source);
  CHECK(none.error.find("b.csv: no usable row from the start to the end: 1 files, 0 good rows in all, 1 problems; the "
                        "first: ") != std::string::npos);
  CHECK(open_ticks({.path = folder.path() / "a.csv", .from = monday + 1}).error.find("1 good rows in all") !=
        std::string::npos);
  CHECK(open_ticks({.path = folder.path() / "c.csv"}).error.find("there is no such file or folder") !=
        std::string::npos);
  CHECK(open_ticks({.path = folder.write("empty.csv", "")}).error.find("empty.csv:1: header \"\"") !=
        std::string::npos);
}

TEST_CASE("after a seek anywhere tick frames are those of a run from the start, and nothing is allocated for them") {
  csv_folder folder;
  std::vector<std::string> rows;
  for (int i = 0; i < 50; ++i) {
    rows.push_back(row(9, 15, i, i % 3 == 0 ? "NSE:NIFTY,1,0,0,0" : "NSE:BANKNIFTY,2,0,0,0"));
  }
  const auto feed = open_ticks({.path = folder.write("a.csv", lines(rows))});
  REQUIRE(feed.source);
  const auto all = rest_of(*feed.source);
  REQUIRE(all.size() == 51);
  for (const std::size_t seq : {std::size_t{1}, std::size_t{30}, std::size_t{7}, all.size()}) {
    feed.source->seek(seq);
    CHECK(rest_of(*feed.source) == std::vector<frame>(all.begin() + static_cast<std::ptrdiff_t>(seq - 1), all.end()));
  }
  feed.source->seek(all.size() + 1);
  frame_batch batch;
  CHECK_FALSE(feed.source->next(batch));
}

TEST_CASE("the fingerprint of tick files stays with the content and changes with every field") {
  csv_folder folder;
  const auto print = [&](const std::string& one) {
    return open_ticks({.path = folder.write("a.csv", lines({one}))}).source->fingerprint();
  };
  std::set<std::string> prints;
  prints.insert(print(row(9, 15, 0, "NSE:NIFTY,1,2,3,4")));
  prints.insert(print(row(9, 15, 0, "NSE:NIFTY,1.00,2.0,3,4")));
  CHECK(prints.size() == 1);
  for (const char* other : {"NSE:NIFTY,1.0001,2,3,4", "NSE:NIFTY,1,2.0001,3,4", "NSE:NIFTY,1,2,3.0001,4",
                            "NSE:NIFTY,1,2,3,5", "NSE:BANKNIFTY,1,2,3,4"}) {
    prints.insert(print(row(9, 15, 0, other)));
  }
  prints.insert(print(row(9, 15, 1, "NSE:NIFTY,1,2,3,4")));
  CHECK(prints.size() == 7);
}
