#include "strategies/strategy_fixture.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

TEST_CASE("low_frequency_demo: in on one period, out on the next, nothing on the very first tick") {
  const auto s = make("low_frequency_demo", {{"period_s", "120"}, {"quantity", "7"}});
  // 09:15 is Unix 1641181500, 13676512.5 periods of 120 s: the open period ends at 09:16.
  CHECK(run(*s, {1, 2, 3, 4, 5, 6, 7}) ==
        lines{"1: ENTRY BUY 7 MARKET", "3: EXIT SELL 7 MARKET", "5: ENTRY BUY 7 MARKET"});
}

TEST_CASE("low_frequency_demo: one signal a period, however many ticks or empty periods") {
  const auto s = make("low_frequency_demo", {{"period_s", "3600"}, {"quantity", "1"}});
  lines said;
  for (int n = 0; n < 3 * 3600; n += 10) {
    for (const auto& text : say(*s, nifty, price{100}, opening + seconds(n))) said.push_back(text);
  }
  CHECK(said == lines{"ENTRY BUY 1 MARKET", "EXIT SELL 1 MARKET", "ENTRY BUY 1 MARKET"});
  CHECK(run(*s, {1, 1}, nifty, at(monday + 1, 9, 30)) == lines{"0: EXIT SELL 1 MARKET"});
}

TEST_CASE("low_frequency_demo: each instrument takes its own turns") {
  const auto s = make("low_frequency_demo", {{"period_s", "60"}, {"quantity", "1"}});
  CHECK(run(*s, {1, 1}, nifty) == lines{"1: ENTRY BUY 1 MARKET"});
  CHECK(run(*s, {1, 1}, banknifty) == lines{"1: ENTRY BUY 1 MARKET"});
  CHECK(run(*s, {1}, nifty, opening + seconds(120)) == lines{"0: EXIT SELL 1 MARKET"});
}
