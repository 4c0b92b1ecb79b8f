// The session opens at 09:15; with range_minutes 15 the range is [09:15, 09:30).
#include "strategies/strategy_fixture.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

std::unique_ptr<strategy> breakout(const parameter_map& changes = {}) {
  parameter_map p = {{"range_minutes", "15"}, {"quantity", "5"},         {"stop_loss_ticks", "20"},
                     {"target_ticks", "40"},  {"latest_entry", "14:30"}, {"allow_short", "1"}};
  for (const auto& [name, value] : changes) p[name] = value;
  return make("opening_range_breakout", p);
}

struct point {
  timestamp ts;
  double price;
};

/// "09:30 ENTRY ...": what it said, with the time of day.
lines day(strategy& s, const std::vector<point>& points, instrument_id id = nifty) {
  lines result;
  for (const point& p : points) {
    const std::int64_t minute = time_of_day(p.ts).ns / 60'000'000'000;
    for (const auto& text : say(s, id, rupees(p.price), p.ts)) {
      result.push_back(fmt::format("{:02}:{:02} {}", minute / 60, minute % 60, text));
    }
  }
  return result;
}

/// A range of 95 to 105.
std::vector<point> after_range(std::vector<point> rest, trade_date date = monday) {
  std::vector<point> all = {{at(date, 9, 15), 100}, {at(date, 9, 20), 105}, {at(date, 9, 29, 59), 95}};
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

}  // namespace

TEST_CASE(
    "opening range: the first tick above its high buys, the first below its low sells, with the bracket's offsets") {
  // 20 and 40 ticks of 0.05.
  CHECK(day(*breakout(), after_range({{at(monday, 9, 31), 105}, {at(monday, 9, 32), 105.05}})) ==
        lines{"09:32 ENTRY BUY 5 MARKET stop 1.00 target 2.00"});
  CHECK(day(*breakout(), after_range({{at(monday, 9, 31), 95}, {at(monday, 9, 32), 94.95}})) ==
        lines{"09:32 ENTRY SELL 5 MARKET stop 1.00 target 2.00"});
  CHECK(day(*breakout({{"allow_short", "0"}}), after_range({{at(monday, 9, 32), 94}})).empty());
  CHECK(day(*breakout({{"stop_loss_ticks", "0"}, {"target_ticks", "0"}}), after_range({{at(monday, 9, 32), 106}})) ==
        lines{"09:32 ENTRY BUY 5 MARKET"});
}

TEST_CASE("opening range: it ends with its last minute: the tick at its end is the first that can break it") {
  CHECK(day(*breakout(), after_range({{at(monday, 9, 30), 106}})) ==
        lines{"09:30 ENTRY BUY 5 MARKET stop 1.00 target 2.00"});
  CHECK(day(*breakout(), after_range({{at(monday, 9, 30) - duration{1}, 106}, {at(monday, 9, 30), 106}})).empty());
}

TEST_CASE("opening range: one entry a date and instrument, whatever follows") {
  const auto s = breakout();
  CHECK(
      day(*s,
          after_range(
              {{at(monday, 9, 30), 106}, {at(monday, 9, 31), 100}, {at(monday, 9, 32), 107}, {at(monday, 9, 33), 90}}))
          .size() == 1);
  CHECK(day(*s, after_range({{at(monday, 9, 33), 90}}), banknifty).size() == 1);
}

TEST_CASE("opening range: a new date starts a new range and has its own entry") {
  const auto s = breakout();
  CHECK(day(*s, after_range({{at(monday, 9, 30), 106}})).size() == 1);
  CHECK(day(*s, {{at(monday + 1, 9, 15), 200}, {at(monday + 1, 9, 30), 190}}) ==
        lines{"09:30 ENTRY SELL 5 MARKET stop 1.00 target 2.00"});
}

TEST_CASE("opening range: without a tick in the range there is no entry that day") {
  CHECK(day(*breakout(), {{at(monday, 9, 30), 100}, {at(monday, 9, 31), 150}, {at(monday, 9, 32), 50}}).empty());
}

TEST_CASE("opening range: no entry at or after latest_entry") {
  CHECK(day(*breakout(), after_range({{at(monday, 14, 30), 106}})).empty());
  CHECK(day(*breakout(), after_range({{at(monday, 14, 30) - duration{1}, 106}})).size() == 1);
}

TEST_CASE("mistake 12: opening range: one instrument's price never reaches another's range") {
  const auto s = breakout();
  CHECK(day(*s, after_range({})).empty());
  CHECK(day(*s, {{at(monday, 9, 20), 35000}, {at(monday, 9, 31), 35000}}, banknifty).empty());
  CHECK(day(*s, {{at(monday, 9, 32), 100}}).empty());
}

TEST_CASE("opening range: the session it is given counts, not the usual hours") {
  trading_session evening;
  evening.open = seconds(18 * 3600);
  const auto s = find_strategy_kind("opening_range_breakout")
                     ->make({{"range_minutes", "15"},
                             {"quantity", "5"},
                             {"stop_loss_ticks", "0"},
                             {"target_ticks", "0"},
                             {"latest_entry", "23:00"}},
                            two_indices().rows(), evening);
  CHECK(day(*s, {{at(monday, 18, 0), 100}, {at(monday, 18, 14), 101}, {at(monday, 18, 15), 102}}) ==
        lines{"18:15 ENTRY BUY 5 MARKET"});
}

TEST_CASE("opening range: an instrument without a tick size is refused") {
  instrument row;
  row.key = "NSE:X";
  const parameter_map p = {{"range_minutes", "15"},
                           {"quantity", "5"},
                           {"stop_loss_ticks", "0"},
                           {"target_ticks", "0"},
                           {"latest_entry", "15:00"}};
  CHECK_THROWS_WITH_AS(
      (void)find_strategy_kind("opening_range_breakout")->make(p, std::vector<instrument>{row}, trading_session{}),
      "NSE:X: tick size: given 0.00, allowed: above 0", std::invalid_argument);
}
