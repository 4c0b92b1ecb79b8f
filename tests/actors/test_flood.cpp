// A broker that gets ten times the signals that it can take, all day: it answers each of them, its queues keep their
// bounds, and its neighbour's journal is the same to the byte. One that falls too far behind is isolated, not cut.
#include "actors/node_fixture.hpp"
#include "support/sampled.hpp"
#include "support/temp_dir.hpp"
#include "tools/app/plain_loop.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>

using bulkhead::test::deterministic_node;
using bulkhead::test::node_result;
using bulkhead::test::sampled;
using bulkhead::test::two_paper_brokers;

namespace {

/// The shipped strategies, and so many more for paper alone, each of which says something every minute.
class strategy_folder {
 public:
  explicit strategy_folder(int more) {
    const std::filesystem::path shipped = std::string{BULKHEAD_SOURCE_DIR} + "/strategies";
    for (const auto& file : std::filesystem::directory_iterator{shipped}) {
      if (file.path().extension() == ".yaml") std::filesystem::copy(file.path(), folder_.path());
    }
    for (int i = 0; i < more; ++i) {
      std::ofstream{folder_.path() / fmt::format("flood_{}.yaml", i)} << fmt::format(
          "name: flood_{}\nstrategy: low_frequency_demo\nbrokers: [paper]\ninstruments: [NSE:NIFTY, NSE:BANKNIFTY]\n"
          "parameters: {{period_s: 60, quantity: 50}}\n",
          i);
    }
  }
  [[nodiscard]] std::string path() const { return folder_.path().string(); }

 private:
  bulkhead::test::temp_dir folder_;
};

std::uint64_t count(const std::vector<std::string>& dump, std::string_view type) {
  const std::string wanted = fmt::format("\"type\":\"{}\"", type);
  return static_cast<std::uint64_t>(
      std::ranges::count_if(dump, [&](const std::string& e) { return e.find(wanted) != std::string::npos; }));
}

/// What the events of that type are about.
std::set<std::string> ids(const std::vector<std::string>& dump, std::string_view type) {
  const std::string wanted = fmt::format("\"type\":\"{}\"", type);
  std::set<std::string> out;
  for (const std::string& e : dump) {
    if (e.find(wanted) != std::string::npos) out.insert(nlohmann::json::parse(e).at("correlation_id"));
  }
  return out;
}

const node_result& calm_day() {
  static const node_result result = deterministic_node{two_paper_brokers()}.run();
  return result;
}

/// A sample is half of the flood, at a broker that takes half as much.
int flood_strategies() { return sampled() ? 20 : 40; }

/// What paper can take: a tenth of what it gets.
auto flooding(const strategy_folder& strategies) {
  return two_paper_brokers({{"files.strategies", strategies.path()},
                            {"trading.paper.risk.max_orders_per_minute", sampled() ? "4" : "8"},
                            {"trading.paper.risk.exit_reserve_per_minute", sampled() ? "1" : "2"}});
}

const node_result& flooded_day() {
  static const node_result result = [] {
    const strategy_folder strategies{flood_strategies()};
    return deterministic_node{flooding(strategies)}.run();
  }();
  return result;
}

}  // namespace

TEST_CASE("promise 1 and 9: ten times the signals that a broker can take, all day") {
  const node_result& result = flooded_day();
  REQUIRE(result.finished);
  CHECK(result.failures.empty());
  CHECK(result.isolated.empty());
  CHECK(result.dumps.at("paper2") == calm_day().dumps.at("paper2"));

  const auto& paper = result.dumps.at("paper");
  const std::uint64_t received = count(paper, "signal.received");
  CHECK(received > 10 * count(paper, "order.submitted"));
  CHECK(received > (sampled() ? 5'000 : 10'000));
  // Each signal once, and each ends in one of the two ways.
  const std::set<std::string> signals = ids(paper, "signal.received");
  const std::set<std::string> rejected = ids(paper, "signal.rejected");
  const std::set<std::string> validated = ids(paper, "signal.validated");
  CHECK(signals.size() == received);
  for (const std::string& id : signals) CHECK(rejected.contains(id) != validated.contains(id));

  CHECK(result.most_ahead <= 64);  // feed.max_in_flight
  CHECK(result.most_retained <= 65'536);
  CHECK(result.most_undurable.at("paper") <= 65'536);
  CHECK(result.most_undurable.at("paper2") == calm_day().most_undurable.at("paper2"));
}

TEST_CASE("promise 9: the signals of a flooded broker are those of a run without queues") {
  const node_result& result = flooded_day();
  const strategy_folder strategies{flood_strategies()};
  const auto settings = flooding(strategies);
  auto feed = bulkhead::app::make_feed(*settings);
  REQUIRE(feed.source);
  bulkhead::app::plain_loop loop{*settings, *feed.source};
  loop.run([](std::uint64_t) {});
  const auto& broker = loop.brokers().front();
  REQUIRE(broker->settings().id.str() == "paper");
  const bulkhead::event_codec codec{broker->settings().id, settings->instruments};
  std::vector<std::string> dump;
  for (const auto& events : broker->events()) {
    for (const auto& e : *events) dump.push_back(codec.encode(e));
  }
  CHECK(result.dumps.at("paper") == dump);
}

TEST_CASE("promise 9: a broker for which more signals wait than are kept is isolated with that reason") {
  const strategy_folder strategies{40};
  const auto settings =
      two_paper_brokers({{"files.strategies", strategies.path()}, {"strategies.max_retained_signals", "60"}});
  const node_result result = deterministic_node{settings}.run();
  REQUIRE(result.finished);
  CHECK(result.failures.empty());
  REQUIRE(result.isolated.size() == 1);
  CHECK(result.isolated[0].name == "paper");
  CHECK(result.isolated[0].reason.find("allowed: 60 (strategies.max_retained_signals)") != std::string::npos);
  CHECK(result.dumps.at("paper2") == calm_day().dumps.at("paper2"));
}
