// A strategy stopped anywhere and restored goes on as if it had never stopped; and no price makes a storm of signals.
#include "strategies/state_json.hpp"
#include "strategies/strategy_fixture.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

constexpr std::int64_t cooldown_s = 300;

/// Restless parameters, so that random prices make many signals.
const std::map<std::string, parameter_map> restless = {
    {"ema_cross",
     {{"fast", "2"},
      {"slow", "4"},
      {"interval_s", "20"},
      {"quantity", "5"},
      {"cooldown_s", "300"},
      {"allow_short", "1"}}},
    {"mean_reversion",
     {{"window", "4"},
      {"entry_z", "0.8"},
      {"exit_z", "0.2"},
      {"interval_s", "20"},
      {"quantity", "5"},
      {"cooldown_s", "300"},
      {"limit_offset_ticks", "1"},
      {"allow_short", "1"}}},
    {"low_frequency_demo", {{"period_s", "60"}, {"quantity", "5"}}},
    {"momentum",
     {{"lookback", "3"},
      {"threshold_bps", "100"},
      {"interval_s", "20"},
      {"quantity", "5"},
      {"cooldown_s", "300"},
      {"allow_short", "1"}}},
    {"rsi",
     {{"period", "3"},
      {"oversold", "40"},
      {"overbought", "60"},
      {"exit_level", "50"},
      {"interval_s", "20"},
      {"quantity", "5"},
      {"cooldown_s", "300"},
      {"allow_short", "1"}}},
    {"opening_range_breakout",
     {{"range_minutes", "5"},
      {"quantity", "5"},
      {"stop_loss_ticks", "10"},
      {"target_ticks", "20"},
      {"latest_entry", "15:00"},
      {"allow_short", "1"}}},
};

struct step {
  instrument_id instrument;
  price last;
  timestamp ts;
};

/// Ticks of both instruments, 0 to 30 s apart, around a price of 100.
std::vector<step> random_steps() {
  const auto count = *rc::gen::inRange<std::size_t>(2, 400);
  std::vector<step> steps;
  timestamp now = opening;
  for (std::size_t i = 0; i < count; ++i) {
    now = now + seconds(*rc::gen::inRange(0, 30));
    steps.push_back(
        {*rc::gen::element(nifty, banknifty), price{*rc::gen::inRange<std::int64_t>(900'000, 1'100'000)}, now});
  }
  return steps;
}

lines play(strategy& s, std::span<const step> steps) {
  lines result;
  for (const step& one : steps) {
    for (const auto& said : say(s, one.instrument, one.last, one.ts)) {
      result.push_back(fmt::format("{} {} {}", one.ts.ns, one.instrument.index, said));
    }
  }
  return result;
}

}  // namespace

TEST_CASE("a strategy restored from its snapshot as text, taken anywhere, goes on bit for bit") {
  for (const auto& [kind, parameters] : restless) {
    CAPTURE(kind);
    CHECK(rc::check([&] {
      const auto steps = random_steps();
      const auto cut = *rc::gen::inRange<std::size_t>(0, steps.size() + 1);
      const auto whole = make(kind, parameters);
      const auto expected = play(*whole, steps);

      const auto before = make(kind, parameters);
      auto said = play(*before, std::span{steps}.first(cut));
      const auto after = make(kind, parameters);
      (void)play(*after, steps);  // what it knew is replaced whole
      after->restore(nlohmann::json::parse(before->snapshot().dump()));
      const auto rest = play(*after, std::span{steps}.subspan(cut));
      said.insert(said.end(), rest.begin(), rest.end());
      RC_ASSERT(said == expected);
      RC_ASSERT(after->snapshot() == whole->snapshot());
      RC_CLASSIFY(!expected.empty(), "with signals");
    }));
  }
}

TEST_CASE("mistake 22: the cooldown makes a storm impossible: at most duration / cooldown + 1 entries an instrument") {
  for (const char* kind : {"ema_cross", "mean_reversion", "momentum", "rsi"}) {
    CAPTURE(kind);
    CHECK(rc::check([&] {
      const auto steps = random_steps();
      const auto s = make(kind, restless.at(kind));
      std::map<std::uint32_t, std::int64_t> entries;
      for (const step& one : steps) {
        for (const auto& said : say(*s, one.instrument, one.last, one.ts)) {
          entries[one.instrument.index] += said.starts_with("ENTRY") ? 1 : 0;
        }
      }
      const std::int64_t duration_s = (steps.back().ts - steps.front().ts).ns / 1'000'000'000;
      for (const auto& [instrument, count] : entries) RC_ASSERT(count <= duration_s / cooldown_s + 1);
    }));
  }
}

TEST_CASE("entries and exits take turns, whatever the price does") {
  for (const auto& [kind, parameters] : restless) {
    if (kind == "opening_range_breakout") continue;  // its bracket takes it out
    CAPTURE(kind);
    CHECK(rc::check([&] {
      const auto s = make(kind, parameters);
      std::map<std::uint32_t, std::string> last;
      for (const step& one : random_steps()) {
        for (const auto& said : say(*s, one.instrument, one.last, one.ts)) {
          const bool entry = said.starts_with("ENTRY");
          std::string& before = last[one.instrument.index];
          RC_ASSERT(entry == (before.empty() || before.starts_with("EXIT")));
          // An exit is on the other side of its entry.
          if (!entry) RC_ASSERT((said.find("BUY") != std::string::npos) == (before.find("SELL") != std::string::npos));
          before = said;
        }
      }
    }));
  }
}

TEST_CASE("a double comes back from its bits") {
  for (const double value : {0.0, -0.0, 0.1, 1e300, 5e-324, 17450.55}) {
    CHECK(std::bit_cast<std::uint64_t>(state_json::from_bits(state_json::bits(value))) ==
          std::bit_cast<std::uint64_t>(value));
  }
  CHECK(state_json::bits(1.0) == "3ff0000000000000");
  for (const char* text : {"", "3ff", "3ff000000000000g", "0x3ff00000000000", "3ff00000000000000"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)state_json::from_bits(text), std::invalid_argument);
  }
}

TEST_CASE("a history made with other parameters is refused by name and both values") {
  for (const auto& [kind, name] : std::map<std::string, std::string>{{"ema_cross", "slow"},
                                                                     {"mean_reversion", "window"},
                                                                     {"low_frequency_demo", "period_s"},
                                                                     {"momentum", "lookback"},
                                                                     {"rsi", "period"},
                                                                     {"opening_range_breakout", "range_minutes"}}) {
    CAPTURE(kind);
    const auto before = make(kind, restless.at(kind));
    auto other = restless.at(kind);
    other[name] = "77";
    const std::string expected =
        fmt::format("{}: the snapshot was made with {}, configured is 77; set it back, or give the strategy a new name",
                    name, restless.at(kind).at(name));
    CHECK_THROWS_WITH_AS(make(kind, other)->restore(before->snapshot()), expected.c_str(), std::invalid_argument);
  }
}

TEST_CASE("what does not change the meaning of a history may change: quantity, cooldown") {
  auto other = restless.at("ema_cross");
  other["quantity"] = "6";
  other["cooldown_s"] = "1";
  const auto before = make("ema_cross", restless.at("ema_cross"));
  (void)run(*before, {100, 101, 102});
  const auto after = make("ema_cross", other);
  after->restore(before->snapshot());
  CHECK(after->snapshot() == before->snapshot());
}

TEST_CASE("instruments come and go between snapshots by key") {
  const auto both = make("ema_cross", restless.at("ema_cross"));
  (void)run(*both, {100, 101, 102}, nifty);
  (void)run(*both, {100, 101, 102}, banknifty);
  const std::vector<instrument> one = {two_indices().at(banknifty)};
  const auto alone = find_strategy_kind("ema_cross")->make(restless.at("ema_cross"), one, trading_session{});
  alone->restore(both->snapshot());
  const auto state = alone->snapshot().at("instruments");
  CHECK(state.size() == 1);
  CHECK(state.at("NSE:BANKNIFTY") == both->snapshot().at("instruments").at("NSE:BANKNIFTY"));
  const auto wide = make("ema_cross", restless.at("ema_cross"));
  wide->restore(alone->snapshot());
  CHECK(wide->snapshot().at("instruments").at("NSE:NIFTY").at("samples") == 0);
}

TEST_CASE("a malformed state is refused") {
  const auto s = make("mean_reversion", restless.at("mean_reversion"));
  auto state = s->snapshot();
  state["instruments"]["NSE:NIFTY"]["samples"] = {1, 2, 3, 4, 5};
  CHECK_THROWS_WITH_AS(s->restore(state), "samples: given 5, allowed: up to 4", std::invalid_argument);
  state = s->snapshot();
  state["instruments"]["NSE:NIFTY"]["position"]["belief"] = "maybe";
  CHECK_THROWS_WITH_AS(s->restore(state), "belief: given \"maybe\", allowed: flat, long, short", std::invalid_argument);
}

TEST_CASE("flattened after a warm-up: the history stays, no belief, no cooldown") {
  for (const auto& [kind, parameters] : restless) {
    CAPTURE(kind);
    CHECK(rc::check([&] {
      const auto steps = random_steps();
      const auto s = make(kind, parameters);
      const bool spoke = !play(*s, steps).empty();
      const auto before = s->snapshot();
      s->flatten();
      const auto after = s->snapshot();
      for (const auto& [key, state] : after.at("instruments").items()) {
        for (const auto& [field, value] : state.items()) {
          if (field == "position") {
            RC_ASSERT(value == nlohmann::json({{"belief", "flat"}, {"last_entry", nullptr}}));
          } else if (field == "holding" || field == "entered") {
            RC_ASSERT(value == false);
          } else {
            RC_ASSERT(value == before.at("instruments").at(key).at(field));
          }
        }
      }
      RC_CLASSIFY(spoke, "with signals");
    }));
  }
}
