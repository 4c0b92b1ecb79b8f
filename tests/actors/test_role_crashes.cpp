// A throw in any actor of one broker, at any step, in the middle of the day: that child alone restarts, both brokers'
// journals end as if nothing had happened, and the other broker restarts nothing.
#include "actors/node_fixture.hpp"
#include "support/sampled.hpp"
#include "tools/app/plain_loop.hpp"

#include <iterator>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

using bulkhead::test::deterministic_node;
using bulkhead::test::node_result;
using bulkhead::test::sampled;
using bulkhead::test::two_paper_brokers;
namespace fault = bulkhead::fault;

namespace {

struct crash_point {
  std::string role;   ///< child of paper's subtree
  std::string place;  ///< failpoint within it
};

const std::vector<crash_point> crash_points = [] {
  std::vector<crash_point> points;
  const auto add = [&](const std::string& role, std::initializer_list<const char*> places) {
    for (const char* place : places) points.push_back({role, place});
  };
  add("trader", {"recover.before", "recover.after", "market.before", "market.after", "orders.before", "orders.after",
                 "place.before", "place.after", "apply.before", "apply.after", "snapshot.before", "snapshot.after"});
  add("risk_manager", {"recover.before", "recover.after", "signals.before", "signals.after", "apply.before",
                       "apply.after", "snapshot.before", "snapshot.after"});
  add("portfolio", {"recover.before", "recover.after", "mark.before", "mark.after", "apply.before", "apply.after",
                    "snapshot.before", "snapshot.after"});
  add("bridge", {"start",
                 "frames.before",
                 "signals.before",
                 "append.before",
                 "append.after",
                 "cut.before",
                 "cut.after",
                 "durable.before",
                 "placed.before",
                 "market.request",
                 "signals.request",
                 "orders.request",
                 "mark.request",
                 "snapshot.request",
                 "market.result.before",
                 "market.result.after",
                 "signals.result.before",
                 "signals.result.after",
                 "orders.result.before",
                 "orders.result.after",
                 "mark.result.before",
                 "mark.result.after",
                 "snapshot.result.before",
                 "snapshot.result.after"});
  return points;
}();

const node_result& undisturbed() {
  static const node_result result = deterministic_node{two_paper_brokers()}.run();
  return result;
}

std::string name_of(const crash_point& point) { return fmt::format("paper.{}.{}", point.role, point.place); }

/// How often each crash point is passed on an undisturbed day.
std::map<std::string, std::uint64_t> passes_of_all() {
  for (const crash_point& point : crash_points) fault::arm(name_of(point), fault::action::crash, ~std::uint64_t{0});
  (void)deterministic_node{two_paper_brokers()}.run();
  std::map<std::string, std::uint64_t> out;
  for (const crash_point& point : crash_points) out[name_of(point)] = fault::hits(name_of(point));
  fault::disarm_all();
  return out;
}

/// How often the place is passed on an undisturbed day.
std::uint64_t passes(const std::string& name) {
  fault::arm(name, fault::action::crash, ~std::uint64_t{0});
  (void)deterministic_node{two_paper_brokers()}.run();
  const std::uint64_t count = fault::hits(name);
  fault::disarm_all();
  return count;
}

node_result crash_at(const std::string& name, std::uint64_t hit) {
  fault::arm(name, fault::action::crash, hit);
  node_result result = deterministic_node{two_paper_brokers()}.run();
  CHECK_MESSAGE(fault::hits(name) >= hit, "the failpoint was reached");
  fault::disarm_all();
  return result;
}

}  // namespace

TEST_CASE("an undisturbed day trades at both brokers and is the same on every run") {
  const node_result& first = undisturbed();
  REQUIRE(first.finished);
  CHECK(first.failures.empty());
  CHECK(first.isolated.empty());
  CHECK(first.dumps.at("paper").size() > 100);
  CHECK(first.dumps.at("paper2").size() == first.dumps.at("paper").size());
  const node_result second = deterministic_node{two_paper_brokers()}.run();
  CHECK(second.dumps.at("paper") == first.dumps.at("paper"));
  CHECK(second.dumps.at("paper2") == first.dumps.at("paper2"));
}

TEST_CASE("promise 1 and 4: a throw in any actor at any step restarts that child alone and changes no journal") {
  const auto counts = passes_of_all();
  std::size_t number = 0;
  for (const crash_point& point : crash_points) {
    const std::string name = name_of(point);
    CAPTURE(name);
    const std::uint64_t count = counts.at(name);
    REQUIRE_MESSAGE(count > 0, "nobody passes this failpoint");
    std::set<std::uint64_t> hits{1, count / 2 + 1, count};
    ++number;
    if (sampled()) {  // every third place, at one of the three passes in turn
      if (number % 3 != 0) continue;
      hits = {*std::next(hits.begin(), static_cast<std::ptrdiff_t>(number / 3 % hits.size()))};
    }
    for (const std::uint64_t hit : hits) {
      CAPTURE(hit);
      const node_result result = crash_at(name, hit);
      REQUIRE(result.finished);
      CHECK(result.isolated.empty());
      CHECK(result.failed_paths() == std::vector<std::string>{"paper/" + point.role});
      CHECK(result.dumps.at("paper") == undisturbed().dumps.at("paper"));
      CHECK(result.dumps.at("paper2") == undisturbed().dumps.at("paper2"));
    }
  }
}

TEST_CASE("two children of one broker may fail one after the other") {
  fault::arm("paper.trader.orders.after", fault::action::crash, 5);
  fault::arm("paper.bridge.orders.result.before", fault::action::crash, 5);
  fault::arm("paper.risk_manager.signals.after", fault::action::crash, 9);
  const node_result result = deterministic_node{two_paper_brokers()}.run();
  fault::disarm_all();
  REQUIRE(result.finished);
  CHECK(result.failures.size() == 3);
  CHECK(result.dumps.at("paper") == undisturbed().dumps.at("paper"));
  CHECK(result.dumps.at("paper2") == undisturbed().dumps.at("paper2"));
}

TEST_CASE("the feed and the runner may fail: every broker's journal stays as it was") {
  for (const std::string name : {"feed.send.before", "runner.frames.before"}) {
    CAPTURE(name);
    for (const std::uint64_t hit : {std::uint64_t{1}, passes(name) / 2}) {
      const node_result result = crash_at(name, hit);
      REQUIRE(result.finished);
      CHECK(result.failures.size() == 1);
      CHECK(result.dumps.at("paper") == undisturbed().dumps.at("paper"));
      CHECK(result.dumps.at("paper2") == undisturbed().dumps.at("paper2"));
    }
  }
}

TEST_CASE("mistake 9: a child that fails every time isolates its broker; the other one finishes the day unharmed") {
  auto settings = two_paper_brokers({{"supervisor.intensity", "0"}});
  fault::arm("paper.trader.orders.before", fault::action::crash, 3);
  const node_result result = deterministic_node{settings}.run();
  fault::disarm_all();
  REQUIRE(result.finished);
  REQUIRE(result.isolated.size() == 1);
  CHECK(result.isolated.front().name == "paper");
  CHECK(result.isolated.front().reason.find("paper.trader.orders.before") != std::string::npos);
  CHECK(result.dumps.at("paper").size() < undisturbed().dumps.at("paper").size());
  CHECK(result.dumps.at("paper2") == undisturbed().dumps.at("paper2"));
}

TEST_CASE("promise 4: a node that ends at any moment goes on where it stopped, and the day comes out the same") {
  for (std::size_t rounds = 50; rounds < 12'000; rounds = rounds * (sampled() ? 4 : 3) / 2 + 7) {
    CAPTURE(rounds);
    deterministic_node node{two_paper_brokers()};
    (void)node.run(rounds);
    const node_result resumed = node.run();
    REQUIRE(resumed.finished);
    CHECK(resumed.dumps.at("paper") == undisturbed().dumps.at("paper"));
    CHECK(resumed.dumps.at("paper2") == undisturbed().dumps.at("paper2"));
  }
}

TEST_CASE("promise 7: the actors and the plain loop give the same canonical dump") {
  const auto settings = two_paper_brokers();
  auto feed = bulkhead::app::make_feed(*settings);
  REQUIRE(feed.source);
  bulkhead::app::plain_loop loop{*settings, *feed.source};
  loop.run([](std::uint64_t) {});
  for (const auto& broker : loop.brokers()) {
    const bulkhead::event_codec codec{broker->settings().id, settings->instruments};
    std::vector<std::string> dump;
    for (const auto& events : broker->events()) {
      for (const auto& e : *events) dump.push_back(codec.encode(e));
    }
    CHECK(dump == undisturbed().dumps.at(broker->settings().id.str()));
  }
}
