#include "support/settings_fixture.hpp"
#include "tools/app/parts.hpp"
#include "tools/app/strategy_set.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace bulkhead;

TEST_CASE("a set of strategies comes back from its text whole, and builds the same strategies") {
  const auto settings = test::two_paper_brokers();
  auto set = settings->strategies;
  REQUIRE(set.size() == 6);
  set.front().product = product::nrml;
  const auto again = app::strategy_set_of(app::to_text(set));
  CHECK(app::to_text(again) == app::to_text(set));
  const auto built = app::make_strategies(*settings, again);
  REQUIRE(built.size() == set.size());
  for (std::size_t i = 0; i < set.size(); ++i) {
    CHECK(again[i].name == set[i].name);
    CHECK(again[i].strategy == set[i].strategy);
    CHECK(again[i].brokers == set[i].brokers);
    CHECK(again[i].parameters == set[i].parameters);
    CHECK(built[i].product == set[i].product);
    CHECK(built[i].fingerprint == app::fingerprint_of(set[i]));
    CHECK(built[i].brokers == std::vector<broker_id>{broker_id{"paper"}, broker_id{"paper2"}});
  }
}

TEST_CASE("a fingerprint is of kind, instruments in any order, and parameters, and of nothing else") {
  config::strategy_settings one;
  one.strategy = "rsi";
  one.instruments = {"NSE:A", "NSE:B"};
  one.parameters = {{"period", "14"}};
  auto other = one;
  other.name = strategy_id{"x"};
  other.product = product::cnc;
  other.brokers = {broker_id{"paper"}};
  other.instruments = {"NSE:B", "NSE:A"};
  CHECK(app::fingerprint_of(other) == app::fingerprint_of(one));
  other.parameters = {{"period", "15"}};
  CHECK(app::fingerprint_of(other) != app::fingerprint_of(one));
  other = one;
  other.strategy = "momentum";
  CHECK(app::fingerprint_of(other) != app::fingerprint_of(one));
  other = one;
  other.instruments.pop_back();
  CHECK(app::fingerprint_of(other) != app::fingerprint_of(one));
}

TEST_CASE("a set that is no set, or does not fit the settings, is refused with the place") {
  const auto wrong = [](const char* text) -> std::string {
    try {
      (void)app::strategy_set_of(text);
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "";
  };
  CHECK(wrong("[").starts_with("set of strategies: entry 1: "));
  CHECK(wrong(R"([{"name": "a"}])").starts_with("set of strategies: entry 1: "));
  const auto settings = test::two_paper_brokers();
  auto set = settings->strategies;
  set[0].strategy = "nothing";
  CHECK_THROWS_AS((void)app::make_strategies(*settings, set), std::invalid_argument);
}
