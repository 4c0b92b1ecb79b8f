#include "strategies/registry.hpp"

#include "strategies/strategy_fixture.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

const parameter_spec& spec_of(std::string_view kind, std::string_view name) {
  const auto& specs = find_strategy_kind(kind)->parameters;
  const auto it = std::ranges::find(specs, name, &parameter_spec::name);
  REQUIRE(it != specs.end());
  return *it;
}

/// Fits every spec: the least value, or the fallback where there is one.
parameter_map least(const strategy_kind& kind) {
  parameter_map result;
  for (const parameter_spec& spec : kind.parameters) {
    if (spec.fallback) continue;
    result[spec.name] = spec.type == parameter_type::decimal ? to_string(price{spec.min}) : std::to_string(spec.min);
  }
  if (result.contains("slow")) result["slow"] = "2";
  if (result.contains("exit_level")) result["exit_level"] = "1";
  if (result.contains("overbought")) result["overbought"] = "1";
  if (result.contains("latest_entry")) result["latest_entry"] = "15:00";
  return result;
}

}  // namespace

TEST_CASE("every kind is found by its name, in order, and no other") {
  std::vector<std::string> names;
  for (const strategy_kind& kind : strategy_kinds()) {
    names.push_back(kind.name);
    CHECK(find_strategy_kind(kind.name) == &kind);
    CHECK_FALSE(kind.description.empty());
  }
  CHECK(names ==
        lines{"ema_cross", "low_frequency_demo", "mean_reversion", "momentum", "opening_range_breakout", "rsi"});
  CHECK(find_strategy_kind("ema") == nullptr);
  CHECK(find_strategy_kind("") == nullptr);
}

TEST_CASE("every row is complete: documented parameters with a range that their fallback fits, and a factory") {
  for (const strategy_kind& kind : strategy_kinds()) {
    CAPTURE(kind.name);
    std::set<std::string> names;
    for (const parameter_spec& spec : kind.parameters) {
      CAPTURE(spec.name);
      CHECK(names.insert(spec.name).second);
      CHECK_FALSE(spec.doc.empty());
      CHECK(spec.min < spec.max);
      if (spec.fallback) CHECK(parse_parameter(spec, *spec.fallback));
    }
    const parameter_map parameters = least(kind);
    CHECK(kind.cross_check(parameters).empty());
    CHECK(kind.make(parameters, two_indices().rows(), trading_session{}) != nullptr);
  }
}

TEST_CASE("a parameter is taken within its range and type, and nowhere else") {
  const auto& quantity = spec_of("ema_cross", "quantity");
  CHECK(parse_parameter(quantity, "1") == 1);
  CHECK(parse_parameter(quantity, "1000000") == 1'000'000);
  for (const char* text : {"", "0", "1000001", "-1", "1.0", "+1", " 1", "1 ", "1e3", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_parameter(quantity, text));
  }
  for (const char* name : {"fast", "slow", "interval_s"}) CHECK_FALSE(parse_parameter(spec_of("ema_cross", name), "0"));
  CHECK_FALSE(parse_parameter(spec_of("mean_reversion", "window"), "0"));
  CHECK_FALSE(parse_parameter(spec_of("low_frequency_demo", "period_s"), "0"));
  CHECK(parse_parameter(spec_of("ema_cross", "cooldown_s"), "0") == 0);
  CHECK_FALSE(parse_parameter(spec_of("ema_cross", "cooldown_s"), "-1"));

  const auto& entry_z = spec_of("mean_reversion", "entry_z");
  CHECK(parse_parameter(entry_z, "2") == 20'000);
  CHECK(parse_parameter(entry_z, "2.25") == 22'500);
  for (const char* text : {"", "0", "-1", "1.00001", "1e1", "nan", "100.0001"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_parameter(entry_z, text));
  }
  CHECK(parse_parameter(spec_of("mean_reversion", "exit_z"), "0") == 0);

  const auto& latest = spec_of("opening_range_breakout", "latest_entry");
  CHECK(parse_parameter(latest, "00:00") == 0);
  CHECK(parse_parameter(latest, "23:59") == 1439);
  for (const char* text : {"", "24:00", "12:60", "9:15", "0915", "09:15:00", "-1:00", "ab:cd"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_parameter(latest, text));
  }

  const auto& allow_short = spec_of("ema_cross", "allow_short");
  CHECK(parse_parameter(allow_short, "1") == 1);
  CHECK(parse_parameter(allow_short, "false") == 0);
  for (const char* text : {"", "2", "yes", "True"}) CHECK_FALSE(parse_parameter(allow_short, text));
}

TEST_CASE("what is allowed is said with range and unit") {
  CHECK(allowed_text(spec_of("ema_cross", "quantity")) == "integer, 1 to 1000000 units");
  CHECK(allowed_text(spec_of("mean_reversion", "exit_z")) ==
        "decimal with at most four decimals, 0.00 to 100.00 standard deviations");
  CHECK(allowed_text(spec_of("ema_cross", "allow_short")) == "0 or 1");
  CHECK(allowed_text(spec_of("opening_range_breakout", "latest_entry")) == "hh:mm in IST, 00:00 to 23:59");
}

TEST_CASE("parameters that contradict each other are refused with both values") {
  const auto* ema = find_strategy_kind("ema_cross");
  parameter_map p = least(*ema);
  p["fast"] = "21";
  p["slow"] = "21";
  CHECK(ema->cross_check(p) == "fast: given 21, allowed: less than slow, which is 21");
  CHECK_THROWS_AS((void)ema->make(p, two_indices().rows(), trading_session{}), std::invalid_argument);
  p["fast"] = "20";
  CHECK(ema->cross_check(p).empty());

  const auto* reversion = find_strategy_kind("mean_reversion");
  p = least(*reversion);
  p["entry_z"] = "0.5";
  p["exit_z"] = "0.50";
  CHECK(reversion->cross_check(p) == "entry_z: given 0.50, allowed: more than exit_z, which is 0.50");
  CHECK_THROWS_AS((void)reversion->make(p, two_indices().rows(), trading_session{}), std::invalid_argument);
  p["entry_z"] = "0.5001";
  CHECK(reversion->cross_check(p).empty());
}

TEST_CASE("rsi: oversold lies below exit_level and below overbought") {
  const auto* kind = find_strategy_kind("rsi");
  parameter_map p = least(*kind);
  p["oversold"] = "30";
  p["overbought"] = "70";
  p["exit_level"] = "30.00";
  CHECK(kind->cross_check(p) == "oversold: given 30.00, allowed: less than exit_level, which is 30.00");
  CHECK_THROWS_AS((void)kind->make(p, two_indices().rows(), trading_session{}), std::invalid_argument);
  p["exit_level"] = "50";
  p["overbought"] = "29.99";
  CHECK(kind->cross_check(p) == "oversold: given 30.00, allowed: less than overbought, which is 29.99");
  p["overbought"] = "30.0001";
  CHECK(kind->cross_check(p).empty());
}

TEST_CASE("a factory does not guess: a missing or unfit parameter throws") {
  const auto* demo = find_strategy_kind("low_frequency_demo");
  CHECK_THROWS_WITH_AS((void)demo->make({{"quantity", "1"}}, {}, trading_session{}),
                       "period_s: required; allowed: integer, 1 to 1000000000 s", std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)demo->make({{"quantity", "x"}, {"period_s", "1"}}, {}, trading_session{}),
                       "quantity: given \"x\", allowed: integer, 1 to 1000000 units", std::invalid_argument);
}
