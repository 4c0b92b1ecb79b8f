// With window 2 and two different samples z is exactly 1 or -1; with 100 100 100 100 95 it is exactly -2.
#include "strategies/strategy_fixture.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

std::unique_ptr<strategy> reversion(const parameter_map& changes = {}) {
  parameter_map p = {{"window", "5"},   {"entry_z", "2"},    {"exit_z", "0.5"},           {"interval_s", "60"},
                     {"quantity", "5"}, {"cooldown_s", "0"}, {"limit_offset_ticks", "3"}, {"allow_short", "1"}};
  for (const auto& [name, value] : changes) p[name] = value;
  return make("mean_reversion", p);
}

/// What it says after these samples, with this belief, and a next tick at 100.
lines after(const parameter_map& changes, std::string_view belief, std::vector<double> samples) {
  const auto s = reversion(changes);
  auto state = s->snapshot();
  auto& nifty_state = state["instruments"]["NSE:NIFTY"];
  nifty_state["position"]["belief"] = belief;
  s->restore(state);
  samples.push_back(100);
  return run(*s, samples);
}

}  // namespace

TEST_CASE("mean_reversion: buys at z <= -entry_z, below the current tick on the tick grid") {
  // The tick that completes the sample is at 94.97: down to 94.95, less 3 * 0.05.
  CHECK(run(*reversion(), {100, 100, 100, 100, 95, 94.97}) == lines{"5: ENTRY BUY 5 LIMIT 94.80"});
  CHECK(run(*reversion(), {100, 100, 100, 100, 95, 94.95}) == lines{"5: ENTRY BUY 5 LIMIT 94.80"});
  CHECK(run(*reversion({{"entry_z", "2.0001"}}), {100, 100, 100, 100, 95, 94.97}).empty());
}

TEST_CASE("mean_reversion: sells short at z >= entry_z, above the current tick, where that is allowed") {
  // 105.02 up to 105.05, plus 3 * 0.05.
  CHECK(run(*reversion(), {100, 100, 100, 100, 105, 105.02}) == lines{"5: ENTRY SELL 5 LIMIT 105.20"});
  CHECK(run(*reversion(), {100, 100, 100, 100, 105, 105.05}) == lines{"5: ENTRY SELL 5 LIMIT 105.20"});
  CHECK(run(*reversion({{"entry_z", "2.0001"}}), {100, 100, 100, 100, 105, 105}).empty());
  CHECK(run(*reversion({{"allow_short", "0"}}), {100, 100, 100, 100, 105, 105}).empty());
}

TEST_CASE("mean_reversion: says nothing before the window is full or without a deviation") {
  CHECK(run(*reversion(), {100, 100, 100, 95, 95}).empty());
  CHECK(run(*reversion({{"entry_z", "0.0001"}, {"exit_z", "0"}}), {100, 100, 100, 100, 100, 100, 100}).empty());
  CHECK(run(*reversion({{"window", "1"}, {"entry_z", "0.0001"}, {"exit_z", "0"}}), {100, 90, 80, 70}).empty());
}

TEST_CASE("mean_reversion: the window slides: the oldest sample leaves") {
  // Samples 50 100 100 100 100 95: without the 50, z is -2 again.
  CHECK(run(*reversion(), {50, 100, 100, 100, 100, 95, 95}) == lines{"6: ENTRY BUY 5 LIMIT 94.85"});
  CHECK(run(*reversion(), {50, 50, 50, 100, 100, 100, 100, 95, 95}) == lines{"8: ENTRY BUY 5 LIMIT 94.85"});
}

TEST_CASE("mean_reversion: leaves a long at z >= -exit_z and a short at z <= exit_z, equality included") {
  // Deviations from 100: 3 -3 1 0 -1; their squares sum to 20, so sd = 2 and z = -0.5.
  CHECK(after({}, "long", {103, 97, 101, 100, 99}) == lines{"5: EXIT SELL 5 MARKET"});
  CHECK(after({{"exit_z", "0.4999"}}, "long", {103, 97, 101, 100, 99}).empty());
  CHECK(after({}, "short", {97, 103, 99, 100, 101}) == lines{"5: EXIT BUY 5 MARKET"});
  CHECK(after({{"exit_z", "0.4999"}}, "short", {97, 103, 99, 100, 101}).empty());
}

TEST_CASE("mean_reversion: an exit and an entry never come from one evaluation") {
  // Long, and z = 2: far enough for a short entry. It leaves; the next sample of that kind enters.
  CHECK(after({}, "long", {100, 100, 100, 100, 105}) == lines{"5: EXIT SELL 5 MARKET"});
  CHECK(after({}, "flat", {100, 100, 100, 100, 105}) == lines{"5: ENTRY SELL 5 LIMIT 100.15"});
}

TEST_CASE("mean_reversion: the cooldown holds back entries, never exits") {
  // Window 2: z is -1 after a fall, 1 after a rise. Entry at tick 2, exit at 3, a fall completed at 4, 6, ...
  const parameter_map quick = {{"window", "2"}, {"entry_z", "1"}, {"allow_short", "0"}, {"limit_offset_ticks", "0"}};
  const auto with_cooldown = [&](const char* cooldown) {
    parameter_map p = quick;
    p["cooldown_s"] = cooldown;
    return run(*reversion(p), {100, 90, 100, 90, 100, 90, 100, 90});
  };
  CHECK(with_cooldown("0") == lines{"2: ENTRY BUY 5 LIMIT 100.00", "3: EXIT SELL 5 MARKET",
                                    "4: ENTRY BUY 5 LIMIT 100.00", "5: EXIT SELL 5 MARKET",
                                    "6: ENTRY BUY 5 LIMIT 100.00", "7: EXIT SELL 5 MARKET"});
  CHECK(with_cooldown("240") == lines{"2: ENTRY BUY 5 LIMIT 100.00", "3: EXIT SELL 5 MARKET",
                                      "6: ENTRY BUY 5 LIMIT 100.00", "7: EXIT SELL 5 MARKET"});
  CHECK(with_cooldown("241") == lines{"2: ENTRY BUY 5 LIMIT 100.00", "3: EXIT SELL 5 MARKET"});
}

TEST_CASE("mean_reversion: a limit price that would fall to 0 is no entry and starts no cooldown") {
  const parameter_map p = {{"cooldown_s", "3600"}, {"allow_short", "0"}};
  // 0.15 - 3 * 0.05 = 0; one tick higher there is a price.
  CHECK(run(*reversion(p), {100, 100, 100, 100, 95, 0.15}).empty());
  CHECK(run(*reversion(p), {100, 100, 100, 100, 95, 0.20}) == lines{"5: ENTRY BUY 5 LIMIT 0.05"});
  // After the refused one the sample 0.15 is far below too: this time an order at 60 is possible at once.
  CHECK(run(*reversion({{"cooldown_s", "3600"}, {"entry_z", "1.5"}}), {100, 100, 100, 100, 95, 0.15, 60}) ==
        lines{"6: ENTRY BUY 5 LIMIT 59.85"});
}

TEST_CASE("mistake 12: mean_reversion: one instrument's price never reaches another's window") {
  const auto s = reversion();
  lines said;
  for (int n = 0; n < 8; ++n) {
    const timestamp ts = opening + seconds(n * 60);
    for (const auto& text : say(*s, nifty, rupees(100), ts)) said.push_back(fmt::format("NIFTY {}", text));
    for (const auto& text : say(*s, banknifty, rupees(n == 4 ? 34000 : 35000), ts))
      said.push_back(fmt::format("BANKNIFTY {}", text));
  }
  CHECK(said == lines{"BANKNIFTY ENTRY BUY 5 LIMIT 34999.85", "BANKNIFTY EXIT SELL 5 MARKET"});
}

TEST_CASE("mean_reversion: an instrument without a tick size is refused") {
  instrument row;
  row.key = "NSE:X";
  const parameter_map p = {{"window", "2"},     {"entry_z", "1"},  {"exit_z", "0"},
                           {"interval_s", "1"}, {"quantity", "1"}, {"cooldown_s", "1"}};
  CHECK_THROWS_WITH_AS((void)find_strategy_kind("mean_reversion")->make(p, std::vector{row}, trading_session{}),
                       "NSE:X: tick size: given 0.00, allowed: above 0", std::invalid_argument);
}
