// With fast 1 the fast average is the sample itself; with slow 3 (alpha 0.5) every figure is exact by hand.
#include "strategies/strategy_fixture.hpp"

#include <bit>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

std::unique_ptr<strategy> ema(const parameter_map& changes = {}) {
  parameter_map p = {{"fast", "1"},     {"slow", "3"},       {"interval_s", "60"},
                     {"quantity", "5"}, {"cooldown_s", "0"}, {"allow_short", "0"}};
  for (const auto& [name, value] : changes) p[name] = value;
  return make("ema_cross", p);
}

}  // namespace

TEST_CASE("ema_cross: a crossing leaves equality; reaching equality is none") {
  // samples  100 100 100 104  102  102  98   98
  // slow     100 100 100 102  102  102  100  99
  // diff     0   0   0   2    0    0    -2   -1
  CHECK(run(*ema(), {100, 100, 100, 104, 102, 102, 98, 98, 98}) ==
        lines{"4: ENTRY BUY 5 MARKET", "7: EXIT SELL 5 MARKET"});
}

TEST_CASE("ema_cross: says nothing before sample slow + 1") {
  // Crosses up at sample 3 and stays above: that crossing is gone.
  CHECK(run(*ema(), {100, 100, 104, 106, 108, 110}).empty());
  // Crosses up at sample 4, the first that counts.
  CHECK(run(*ema(), {100, 100, 100, 104}).empty());
  CHECK(run(*ema(), {100, 100, 100, 104, 104}) == lines{"4: ENTRY BUY 5 MARKET"});
}

TEST_CASE("ema_cross: turns from long to short and back in one sample each where shorts are allowed") {
  CHECK(run(*ema({{"allow_short", "1"}}), {100, 100, 100, 104, 90, 110, 110}) ==
        lines{"4: ENTRY BUY 5 MARKET", "5: EXIT SELL 5 MARKET", "5: ENTRY SELL 5 MARKET", "6: EXIT BUY 5 MARKET",
              "6: ENTRY BUY 5 MARKET"});
}

TEST_CASE("ema_cross: a cross down while flat enters short only where that is allowed") {
  CHECK(run(*ema(), {100, 100, 100, 96, 96}).empty());
  CHECK(run(*ema({{"allow_short", "1"}}), {100, 100, 100, 96, 96}) == lines{"4: ENTRY SELL 5 MARKET"});
}

TEST_CASE("ema_cross: the cooldown holds back entries, never exits, and what it held back is gone") {
  // Up at tick 4, down at 5, up at 6 (120 s later), down at 7, up at 8 (240 s later).
  const std::vector<double> prices = {100, 100, 100, 104, 90, 110, 80, 120, 121, 122, 123};
  CHECK(run(*ema({{"cooldown_s", "241"}}), prices) == lines{"4: ENTRY BUY 5 MARKET", "5: EXIT SELL 5 MARKET"});
  // now = last entry + cooldown: the wait is over.
  CHECK(run(*ema({{"cooldown_s", "240"}}), prices) ==
        lines{"4: ENTRY BUY 5 MARKET", "5: EXIT SELL 5 MARKET", "8: ENTRY BUY 5 MARKET"});
  // A turn within the cooldown is the exit alone.
  CHECK(run(*ema({{"cooldown_s", "3600"}, {"allow_short", "1"}}), prices) ==
        lines{"4: ENTRY BUY 5 MARKET", "5: EXIT SELL 5 MARKET"});
}

TEST_CASE("ema_cross: averages of 2 and 3 follow ema + 2 / (n + 1) * (x - ema)") {
  // samples 90 96 99 92: fast 90, 94, 97.33.., 93.77..; slow 90, 93, 96, 94: diff after 3: 1.33.., after 4: -0.22..
  const auto s = ema({{"fast", "2"}, {"allow_short", "1"}});
  CHECK(run(*s, {90, 96, 99, 92, 92}) == lines{"4: ENTRY SELL 5 MARKET"});
  const double a = 2.0 / 3.0;
  double fast = 90.0;
  for (const double x : {96.0, 99.0, 92.0}) fast = fast + a * (x - fast);
  const auto state = s->snapshot().at("instruments").at("NSE:NIFTY");
  CHECK(state.at("fast") == fmt::format("{:016x}", std::bit_cast<std::uint64_t>(fast)));
  CHECK(state.at("slow") == fmt::format("{:016x}", std::bit_cast<std::uint64_t>(94.0)));
  CHECK(state.at("samples") == 4);
}

TEST_CASE("mistake 12: ema_cross: one instrument's price never reaches another's averages") {
  const auto s = ema();
  lines said;
  // NIFTY rests at 100 while BANKNIFTY's 35,000 and its crossing come in between.
  const std::vector<double> bank = {35000, 35000, 35000, 35100, 35100, 35100};
  for (std::size_t n = 0; n < bank.size(); ++n) {
    const timestamp ts = opening + seconds(static_cast<std::int64_t>(n) * 60);
    for (const auto& text : say(*s, nifty, rupees(100), ts)) said.push_back(fmt::format("NIFTY {}", text));
    for (const auto& text : say(*s, banknifty, rupees(bank[n]), ts)) said.push_back(fmt::format("BANKNIFTY {}", text));
  }
  CHECK(said == lines{"BANKNIFTY ENTRY BUY 5 MARKET"});
}

TEST_CASE("ema_cross: buckets run on across days") {
  const auto s = ema();
  CHECK(run(*s, {100, 100, 100, 104}).empty());
  CHECK(run(*s, {104}, nifty, at(monday + 1, 9, 15)) == lines{"0: ENTRY BUY 5 MARKET"});
}
