// Mistakes of other systems, each told as a story that must end otherwise here. docs/mistakes.md lists all of them.
#include "scenarios/play.hpp"

#include <initializer_list>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace bulkhead::test;

namespace {

outcome played(const std::string& name) {
  outcome result = play(fmt::format("{}/tests/scenarios/{}.yaml", BULKHEAD_SOURCE_DIR, name), false);
  for (const std::string& problem : result.problems) FAIL_CHECK(problem);
  return result;
}

void check_stories(std::initializer_list<const char*> names) {
  for (const char* name : names) CHECK(played(name).problems.empty());
}

std::vector<nlohmann::json> events_of(const outcome& result, std::size_t broker) {
  std::vector<nlohmann::json> events;
  for (const std::string& line : result.dumps.at(broker)) events.push_back(nlohmann::json::parse(line));
  return events;
}

bool is_of_an_order(const nlohmann::json& event) {
  const auto type = event.at("type").get<std::string>();
  return type.starts_with("order.") || type.starts_with("signal.");
}

}  // namespace

TEST_CASE("mistake 1: the fill of a bracket's exit takes the position out") {
  check_stories({"bracket_target", "gap_stop", "bracket_on_a_short"});
}

TEST_CASE("mistake 4: an open position is marked while the price moves") {
  check_stories({"marks_while_the_price_moves"});
}

TEST_CASE("mistake 5: the limits count what they approved, over however many orders") {
  check_stories({"limits_over_a_hundred_orders", "position_limit", "orders_of_a_day"});
}

TEST_CASE("mistake 6: every event carries the broker that it happened at, and no other") {
  const outcome result = played("two_brokers");
  for (const nlohmann::json& e : events_of(result, 0)) CHECK(e.at("broker") == "paper");
  for (const nlohmann::json& e : events_of(result, 1)) CHECK(e.at("broker") == "paper2");
}

TEST_CASE("mistake 7: a signal, its orders, their brackets and fills are one chain from cause to cause") {
  const std::vector<nlohmann::json> events = events_of(played("bracket_target"), 0);
  std::set<std::string> known;
  std::set<std::string> correlations;
  std::size_t roots = 0;
  for (const nlohmann::json& e : events) {
    if (is_of_an_order(e)) {
      correlations.insert(e.at("correlation_id").get<std::string>());
      const auto cause = e.at("causation_id").get<std::string>();
      if (cause.empty()) ++roots;
      CHECK((cause.empty() || known.contains(cause)));
    }
    known.insert(e.at("id").get<std::string>());
  }
  CHECK(correlations.size() == 1);
  CHECK(roots == 1);
}

TEST_CASE("mistake 13: after a restart the position is there, and what is held can be sold") {
  check_stories({"restart_of_the_node", "restart_of_portfolio", "day_loss_latch"});
}

TEST_CASE("mistake 14: paper trades without anybody's login") { check_stories({"market_round_trip"}); }

TEST_CASE("mistake 15: an old signal is not traded") { check_stories({"aged_signals"}); }

TEST_CASE("mistake 17: an instrument that goes quiet is an event, not a line in a log") {
  check_stories({"stale_feed"});
}

TEST_CASE("mistake 18: pre-open, after-close, holidays, weekends and special sessions are what they are") {
  check_stories({"outside_the_session", "pre_open_tick_fills_nothing", "holiday_and_weekend", "short_saturday_session",
                 "square_off_in_a_special_session"});
}

TEST_CASE("mistake 19: the events of one instant have an order, without a gap") {
  const std::vector<nlohmann::json> events = events_of(played("bracket_race_stop_first"), 0);
  std::uint64_t expected = 1;
  for (const nlohmann::json& e : events) CHECK(e.at("seq").get<std::uint64_t>() == expected++);
  CHECK(expected > 10);
}

TEST_CASE("mistake 21: ids and draws are derived: the same day again has the same ids, at every broker") {
  CHECK(played("latency_drawn").dumps == played("latency_drawn").dumps);
  const outcome two = played("two_brokers");
  const auto ids = [&](std::size_t broker) {
    std::set<std::string> of_signals;
    for (const nlohmann::json& e : events_of(two, broker)) of_signals.insert(e.at("correlation_id").get<std::string>());
    return of_signals;
  };
  CHECK(ids(0) == ids(1));
}

TEST_CASE("mistake 22: a storm of signals meets the rate limits, exits keep their share") {
  check_stories({"orders_of_a_second", "orders_of_a_minute", "duplicate_entry"});
}
