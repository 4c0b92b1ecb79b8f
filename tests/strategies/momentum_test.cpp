// Over 2 samples from 100, a rise to 101 is 100 basis points: (101 - 100) * 10000 / 100, exact in doubles.
#include "strategies/strategy_fixture.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

std::unique_ptr<strategy> momentum_of(const parameter_map& changes = {}) {
  parameter_map p = {{"lookback", "2"}, {"threshold_bps", "100"}, {"interval_s", "60"},
                     {"quantity", "5"}, {"cooldown_s", "0"},      {"allow_short", "1"}};
  for (const auto& [name, value] : changes) p[name] = value;
  return make("momentum", p);
}

}  // namespace

TEST_CASE("momentum: buys at a rise of the threshold, equality included, once there are lookback + 1 samples") {
  CHECK(run(*momentum_of(), {100, 100, 101, 101}) == lines{"3: ENTRY BUY 5 MARKET"});
  CHECK(run(*momentum_of({{"threshold_bps", "100.0001"}}), {100, 100, 101, 101}).empty());
  // Two samples, however far apart, are one too few.
  CHECK(run(*momentum_of(), {100, 120, 120}).empty());
}

TEST_CASE("momentum: the change is over the window, newest to oldest, not from sample to sample") {
  // 100 100.6 101.2: no step is 1 %, the window is 1.2 %.
  CHECK(run(*momentum_of(), {100, 100.6, 101.2, 101.2}) == lines{"3: ENTRY BUY 5 MARKET"});
  // 100 102 100.5: a step of 2 %, the window only 0.5 %.
  CHECK(run(*momentum_of(), {100, 102, 100.5, 100.5}).empty());
}

TEST_CASE("momentum: sells short at a fall of the threshold where that is allowed") {
  CHECK(run(*momentum_of(), {100, 100, 99, 99}) == lines{"3: ENTRY SELL 5 MARKET"});
  CHECK(run(*momentum_of({{"threshold_bps", "100.0001"}}), {100, 100, 99, 99}).empty());
  CHECK(run(*momentum_of({{"allow_short", "0"}}), {100, 100, 99, 99}).empty());
}

TEST_CASE("momentum: leaves when the change is gone, and enters again from the next sample on") {
  // Windows after ticks 3..6: 100..101 (+1 %), 100..102, 101..101 (0: out), 102..98 (short).
  CHECK(run(*momentum_of(), {100, 100, 101, 102, 101, 98, 98}) ==
        lines{"3: ENTRY BUY 5 MARKET", "5: EXIT SELL 5 MARKET", "6: ENTRY SELL 5 MARKET"});
  // Long, and a fall far beyond the threshold: the exit alone.
  CHECK(run(*momentum_of(), {100, 100, 101, 90, 90}) == lines{"3: ENTRY BUY 5 MARKET", "4: EXIT SELL 5 MARKET"});
  // Short: out at no change.
  CHECK(run(*momentum_of(), {100, 100, 99, 100, 100}) == lines{"3: ENTRY SELL 5 MARKET", "4: EXIT BUY 5 MARKET"});
}

TEST_CASE("mistake 22: momentum: the cooldown holds back entries, never exits") {
  // Entry at tick 3 (180 s), out at 4, a fall at 5 (120 s after the entry), flat again later.
  const std::vector<double> prices = {100, 100, 101, 90, 80, 80};
  CHECK(run(*momentum_of({{"cooldown_s", "121"}}), prices) == lines{"3: ENTRY BUY 5 MARKET", "4: EXIT SELL 5 MARKET"});
  CHECK(run(*momentum_of({{"cooldown_s", "120"}}), prices) ==
        lines{"3: ENTRY BUY 5 MARKET", "4: EXIT SELL 5 MARKET", "5: ENTRY SELL 5 MARKET"});
}

TEST_CASE("mistake 12: momentum: one instrument's price never reaches another's window") {
  const auto s = momentum_of();
  lines said;
  for (int n = 0; n < 6; ++n) {
    const timestamp ts = opening + seconds(n * 60);
    for (const auto& text : say(*s, nifty, rupees(100), ts)) said.push_back(fmt::format("NIFTY {}", text));
    for (const auto& text : say(*s, banknifty, rupees(35000), ts)) said.push_back(fmt::format("BANKNIFTY {}", text));
  }
  CHECK(said.empty());
}
