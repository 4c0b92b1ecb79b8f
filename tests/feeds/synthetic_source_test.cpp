#include "runtime/feeds/synthetic_source.hpp"

#include "feeds/feed_fixture.hpp"
#include "runtime/feeds/mix64.hpp"

#include <cstddef>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

instrument_table many(int count) {
  static constexpr std::int64_t tick_sizes[] = {500, 25, 100, 7, 10'000'000};
  instrument_table table;
  for (int i = 0; i < count; ++i) {
    instrument row;
    row.tradingsymbol = fmt::format("S{}", i);
    row.key = fmt::format("NSE:S{}", i);
    row.tick_size = price{tick_sizes[i % 5]};
    (void)table.add(row);
  }
  return table;
}

std::vector<instrument_id> all_of(const instrument_table& table) {
  std::vector<instrument_id> ids;
  for (const instrument& row : table.rows()) ids.push_back(row.id);
  return ids;
}

/// A session of one minute keeps whole days small.
const trading_session minute{.open = seconds(9 * 3600), .close = seconds(9 * 3600 + 60)};

std::unique_ptr<feed_source> make(const synthetic_settings& s, const instrument_table& table,
                                  trading_session session = minute) {
  auto feed = make_synthetic_source(s, table, session);
  CAPTURE(feed.error);
  REQUIRE(feed.source);
  return std::move(feed.source);
}

}  // namespace

TEST_CASE("the same settings give the same frames and fingerprint, another seed others") {
  const auto table = many(10);
  synthetic_settings s{.seed = 7, .from = monday, .days = 3, .ticks_per_second = 2, .instruments = all_of(table)};
  const auto first = make(s, table);
  const auto second = make(s, table);
  const auto frames = rest_of(*first);
  CHECK(frames.size() == first->size());
  CHECK(frames == rest_of(*second));
  CHECK(first->fingerprint() == second->fingerprint());
  s.seed = 8;
  const auto other = make(s, table);
  CHECK(frames != rest_of(*other));
  CHECK(first->fingerprint() != other->fingerprint());
}

TEST_CASE("the first frames of a seed never change: a stopped run goes on with the same market") {
  const auto table = many(3);
  const auto feed = make({.seed = 1, .from = monday, .days = 1, .instruments = all_of(table)}, table);
  const auto frames = rest_of(*feed, 3);
  REQUIRE(frames.size() == 3);
  // Worked apart from this code, from the definition of SplitMix64 and random_walk.hpp.
  const auto only = [&](std::size_t i) {
    return std::pair{frames[i].ticks.at(0).instrument.index, frames[i].ticks.at(0).last};
  };
  CHECK(only(0) == std::pair{1U, price{43'660'000}});
  CHECK(only(1) == std::pair{0U, price{3'199'500}});
  CHECK(only(2) == std::pair{2U, price{46'739'900}});
}

TEST_CASE("the random numbers are those of SplitMix64") {
  // Published outputs for seed 1234567 (https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64).
  splitmix64 draw{1234567};
  CHECK(draw() == 6457827717110365317U);
  CHECK(draw() == 3203168211198807973U);
  CHECK(draw() == 9817491932198370423U);
}

TEST_CASE("the fingerprint changes with every setting that moves a frame") {
  const auto table = many(10);
  const synthetic_settings s{.seed = 7, .from = monday, .days = 3, .instruments = all_of(table)};
  std::set<std::string> prints = {make(s, table)->fingerprint()};
  for (int change = 0; change < 4; ++change) {
    synthetic_settings t = s;
    if (change == 0) t.from = monday + 1;
    if (change == 1) t.days = 4;
    if (change == 2) t.ticks_per_second = 2;
    if (change == 3) t.instruments.pop_back();
    prints.insert(make(t, table)->fingerprint());
  }
  prints.insert(make(s, table, trading_session{})->fingerprint());
  CHECK(prints.size() == 6);
}

TEST_CASE("prices are positive, on the tick grid, in range, and move") {
  const auto table = many(10);
  const auto feed =
      make({.seed = 3, .from = monday, .days = 40, .ticks_per_second = 5, .instruments = all_of(table)}, table);
  std::map<std::uint32_t, std::set<std::int64_t>> seen;
  for (const frame& f : rest_of(*feed)) {
    for (const tick& t : f.ticks) {
      REQUIRE(t.last.raw > 0);
      REQUIRE(t.last <= price::max());
      REQUIRE(t.last.raw % table.at(t.instrument).tick_size.raw == 0);
      seen[t.instrument.index].insert(t.last.raw);
    }
  }
  CHECK(seen.size() == 10);
  for (const auto& [index, prices] : seen) CHECK(prices.size() > 10);
}

TEST_CASE("frames lie in the session of weekdays, a close ends each day, and time never goes back") {
  const auto table = many(4);
  const trade_date saturday = 2022'01'01;
  const auto feed = make({.seed = 3, .from = saturday, .days = 7, .instruments = all_of(table)}, table);
  std::set<trade_date> dates;
  std::vector<timestamp> closes;
  timestamp last{};
  std::uint64_t seq = 0;
  for (const frame& f : rest_of(*feed)) {
    REQUIRE(f.seq == ++seq);
    REQUIRE(f.ts > last);
    last = f.ts;
    if (f.kind == frame_kind::session_close) {
      CHECK(f.ticks.empty());
      closes.push_back(f.ts);
      continue;
    }
    REQUIRE(minute.is_open(f.ts));
    REQUIRE_FALSE(f.ticks.empty());
    dates.insert(date_of(f.ts));
  }
  CHECK(dates == std::set<trade_date>{20220103, 20220104, 20220105, 20220106, 20220107, 20220110, 20220111});
  REQUIRE(closes.size() == 7);
  CHECK(closes[0] == minute.close_of(at(monday, 12, 0)));
  CHECK(closes[6] == last);
}

TEST_CASE("an instrument ticks at most once a frame, in order, and exactly so often a second as asked") {
  const auto table = many(300);
  const auto feed =
      make({.seed = 5, .from = monday, .days = 1, .ticks_per_second = 3, .instruments = all_of(table)}, table);
  std::map<std::uint32_t, int> count;
  std::set<std::size_t> sizes;
  for (const frame& f : rest_of(*feed)) {
    sizes.insert(f.ticks.size());
    for (std::size_t i = 0; i < f.ticks.size(); ++i) {
      if (i > 0) REQUIRE(f.ticks[i - 1].instrument < f.ticks[i].instrument);
      ++count[f.ticks[i].instrument.index];
    }
  }
  REQUIRE(count.size() == 300);
  for (const auto& [index, ticks] : count) REQUIRE(ticks == 3 * 60);
  CHECK(sizes.size() > 10);  // a random subset, not a fixed one
}

TEST_CASE("one instrument alone has one frame for each of its ticks") {
  const auto table = many(5);
  const auto feed = make({.seed = 5, .from = monday, .days = 1, .instruments = {instrument_id{4}}}, table);
  CHECK(feed->size() == 60 + 1);
  const auto frames = rest_of(*feed, 2);
  CHECK(frames[0].ts == at(monday, 9, 0, 0));
  CHECK(frames[1].ts == at(monday, 9, 0, 1));
  CHECK(frames[1].ticks[0].instrument == instrument_id{4});
}

TEST_CASE("after a seek anywhere the synthetic frames are those of a run from the start") {
  const auto table = many(6);
  const auto feed = make({.seed = 9, .from = monday, .days = 4, .instruments = all_of(table)}, table);
  const auto all = rest_of(*feed);
  REQUIRE(all.size() == 4 * (60 * 4 + 1));
  // Back, forward, within a round, on a close, over days, to the end.
  for (const std::size_t seq : {std::size_t{1}, std::size_t{500}, std::size_t{498}, std::size_t{241}, std::size_t{242},
                                std::size_t{3}, std::size_t{2}, std::size_t{900}, all.size()}) {
    CAPTURE(seq);
    feed->seek(seq);
    CHECK(rest_of(*feed, 300) ==
          std::vector<frame>(all.begin() + static_cast<std::ptrdiff_t>(seq - 1),
                             all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), seq + 299))));
  }
  // Back within a day, within a round and to the same frame.
  for (const std::size_t seq : {std::size_t{100}, std::size_t{60}, std::size_t{61}, std::size_t{61}, std::size_t{58}}) {
    CAPTURE(seq);
    feed->seek(seq);
    CHECK(rest_of(*feed, 1)[0] == all[seq - 1]);
  }
  frame_batch batch;
  feed->seek(all.size() + 1);
  CHECK_FALSE(feed->next(batch));
  feed->seek(100);
  CHECK(rest_of(*feed, 1)[0] == all[99]);
}

TEST_CASE("settings out of range are refused with what is allowed") {
  const auto table = many(3);
  const synthetic_settings good{.from = monday, .instruments = {instrument_id{0}}};
  const auto error = [&](synthetic_settings s, trading_session session = minute) {
    const auto feed = make_synthetic_source(s, table, session);
    CHECK_FALSE(feed.source);
    return feed.error;
  };
  synthetic_settings s = good;
  s.days = 0;
  CHECK(error(s) == "synthetic feed: days: given 0, allowed: 1 to 10000");
  s = good;
  s.ticks_per_second = 1001;
  CHECK(error(s) == "synthetic feed: ticks_per_second: given 1001, allowed: 1 to 1000");
  s = good;
  s.from = 20220230;
  CHECK(error(s) == "synthetic feed: from: given 20220230, allowed: a date, 1970-01-02 to 2150-12-31");
  s = good;
  s.instruments.clear();
  CHECK(error(s) == "synthetic feed: instruments: none given, allowed: one or more of the instruments file");
  s.instruments = {instrument_id{3}};
  CHECK(error(s) == "synthetic feed: instruments: one is not of this table");
  s.instruments = {instrument_id{1}, instrument_id{0}, instrument_id{1}};
  CHECK(error(s) == "synthetic feed: instruments: NSE:S1 is given twice, allowed: each once");
  CHECK(error(good, trading_session{.open = seconds(60), .close = seconds(60)}) ==
        "synthetic feed: session: allowed: one second or more, within a day");

  instrument_table flawed;
  instrument row;
  row.key = "NSE:X";
  (void)flawed.add(row);
  CHECK(make_synthetic_source(good, flawed, minute).error ==
        "synthetic feed: NSE:X: tick size: given 0.00, allowed: above 0, up to 1000.00");
}
