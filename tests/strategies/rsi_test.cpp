// With period 2 and gains and losses of powers of two every average, and so the index, is exact by hand.
#include "strategies/strategy_fixture.hpp"

#include <bit>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

std::unique_ptr<strategy> rsi_of(const parameter_map& changes = {}) {
  parameter_map p = {{"period", "2"},      {"oversold", "25"}, {"overbought", "75"}, {"exit_level", "50"},
                     {"interval_s", "60"}, {"quantity", "5"},  {"cooldown_s", "0"},  {"allow_short", "1"}};
  for (const auto& [name, value] : changes) p[name] = value;
  return make("rsi", p);
}

std::string bits(double value) { return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value)); }

}  // namespace

TEST_CASE("rsi: says nothing before `period` changes; then the averages are sums over the period") {
  // Changes -3, +1: gain 0.5, loss 1.5: 100 - 100 / (1 + 1/3) = 25.
  CHECK(run(*rsi_of(), {100, 97, 98}).empty());
  CHECK(run(*rsi_of(), {100, 97, 98, 98}) == lines{"3: ENTRY BUY 5 MARKET"});
  CHECK(run(*rsi_of({{"oversold", "24.9999"}}), {100, 97, 98, 98}).empty());
}

TEST_CASE("rsi: later averages are Wilder's: (avg * (period - 1) + new) / period") {
  const auto s = rsi_of({{"oversold", "0"}, {"overbought", "100"}});
  // Changes -3 +1 +2: gain (0.5 + 2) / 2 = 1.25, loss 1.5 / 2 = 0.75.
  CHECK(run(*s, {100, 97, 98, 100, 100}).empty());
  const auto state = s->snapshot().at("instruments").at("NSE:NIFTY");
  CHECK(state.at("gain") == bits(1.25));
  CHECK(state.at("loss") == bits(0.75));
  CHECK(state.at("previous") == bits(100.0));
  CHECK(state.at("samples") == 4);
}

TEST_CASE("rsi: sells short at overbought where that is allowed, equality included") {
  // Changes +3, -1: 75.
  CHECK(run(*rsi_of(), {100, 103, 102, 102}) == lines{"3: ENTRY SELL 5 MARKET"});
  CHECK(run(*rsi_of({{"overbought", "75.0001"}}), {100, 103, 102, 102}).empty());
  CHECK(run(*rsi_of({{"allow_short", "0"}}), {100, 103, 102, 102}).empty());
}

TEST_CASE("rsi: without losses it is 100, without any change 50") {
  CHECK(run(*rsi_of({{"overbought", "100"}}), {100, 101, 102, 102}) == lines{"3: ENTRY SELL 5 MARKET"});
  CHECK(run(*rsi_of({{"oversold", "49.9999"}, {"overbought", "50.0001"}}), {100, 100, 100, 100}).empty());
  CHECK(run(*rsi_of({{"oversold", "49"}, {"overbought", "50"}}), {100, 100, 100, 100}) ==
        lines{"3: ENTRY SELL 5 MARKET"});
}

TEST_CASE(
    "rsi: leaves a long at exit_level and a short at 100 less exit_level, and enters nothing in that evaluation") {
  // -3 +1: 25, in. Then +2: gain 1.25, loss 0.75: 62.5.
  CHECK(run(*rsi_of({{"exit_level", "62.5"}}), {100, 97, 98, 100, 100}) ==
        lines{"3: ENTRY BUY 5 MARKET", "4: EXIT SELL 5 MARKET"});
  CHECK(run(*rsi_of({{"exit_level", "62.5001"}}), {100, 97, 98, 100, 100}) == lines{"3: ENTRY BUY 5 MARKET"});
  // Mirrored: 75, in; then 37.5 = 100 - 62.5.
  CHECK(run(*rsi_of({{"exit_level", "62.5"}}), {100, 103, 102, 100, 100}) ==
        lines{"3: ENTRY SELL 5 MARKET", "4: EXIT BUY 5 MARKET"});
  CHECK(run(*rsi_of({{"exit_level", "62.5001"}}), {100, 103, 102, 100, 100}) == lines{"3: ENTRY SELL 5 MARKET"});
  // Long, and straight to overbought: the exit alone.
  CHECK(run(*rsi_of({{"overbought", "60"}}), {100, 97, 98, 100, 100}) ==
        lines{"3: ENTRY BUY 5 MARKET", "4: EXIT SELL 5 MARKET"});
}

TEST_CASE("mistake 22: rsi: the cooldown holds back entries, never exits") {
  // In at tick 3, out at 4 (62.5), overbought at 5 (+4: gain 2.625, loss 0.375: 87.5), 120 s after the entry.
  const std::vector<double> prices = {100, 97, 98, 100, 104, 104};
  CHECK(run(*rsi_of({{"cooldown_s", "121"}}), prices) == lines{"3: ENTRY BUY 5 MARKET", "4: EXIT SELL 5 MARKET"});
  CHECK(run(*rsi_of({{"cooldown_s", "120"}}), prices) ==
        lines{"3: ENTRY BUY 5 MARKET", "4: EXIT SELL 5 MARKET", "5: ENTRY SELL 5 MARKET"});
}

TEST_CASE("mistake 12: rsi: one instrument's price never reaches another's averages") {
  const auto s = rsi_of({{"oversold", "49"}, {"overbought", "51"}});
  lines said;
  for (int n = 0; n < 6; ++n) {
    const timestamp ts = opening + seconds(n * 60);
    for (const auto& text : say(*s, nifty, rupees(100), ts)) said.push_back(text);
    for (const auto& text : say(*s, banknifty, rupees(35000), ts)) said.push_back(text);
  }
  CHECK(said.empty());
}
