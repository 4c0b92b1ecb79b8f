// Orders that were on their way to a broker with its own clock as their node died: in doubt, never placed again, and
// the broker's to explain.
#include "runtime/domain/sequencer.hpp"
#include "support/order_fixtures.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// Keeps what it is asked, answers nothing.
class silent_host final : public sequencer_host {
 public:
  std::optional<step_result> request(const step_request& step) override {
    steps.push_back(step);
    return std::nullopt;
  }
  std::optional<place_result> place(const place_request& intents) override {
    placements.push_back(intents);
    return std::nullopt;
  }
  std::uint64_t append(const event_list& /*events*/) override { return 0; }
  void forward(role /*to*/, const event_list& /*events*/) override {}
  void cut(std::uint64_t /*seq*/, feed_seq /*feed*/, const std::string& /*body*/) override {}
  void processed(feed_seq /*feed*/) override {}
  void commanded(std::uint64_t /*ticket*/, const event_list& /*events*/) override {}

  std::vector<step_request> steps;
  std::vector<place_request> placements;
};

std::vector<event> journal(std::vector<event_body> bodies) {
  std::vector<event> out;
  for (event_body& body : bodies) {
    event e;
    e.seq = out.size() + 1;
    e.feed = 1;
    e.step = step_kind::guard;
    e.ts = at(10, 0);
    e.body = std::move(body);
    out.push_back(std::move(e));
  }
  return out;
}

struct restarted {
  silent_host host;
  sequencer s;

  restarted(bool is_feed_clocked, std::vector<event_body> bodies)
      : s({.capital = money{}, .feed_clocked_venue = is_feed_clocked}, instruments(), host) {
    s.recover("", journal(std::move(bodies)));
  }
  /// What the trader is told of its orders; then all roles are back.
  std::vector<client_order_id> resume() {
    auto unplaced = s.recovery_of(role::trader).unplaced;
    for (const role r : {role::trader, role::risk_manager, role::portfolio}) s.resume(r);
    return unplaced;
  }
};

std::vector<event_body> one_intent() { return {account_opened{}, order_submitted{market("a")}}; }

}  // namespace

TEST_CASE("promise 3: an order on its way as its node died is unknown, not placed again, and looked for") {
  restarted r{false, one_intent()};
  CHECK(r.resume().empty());  // so its client watches it
  CHECK(r.host.placements.empty());
  REQUIRE(r.host.steps.size() == 1);
  CHECK(r.host.steps[0].kind == work_kind::updates);
  REQUIRE(r.host.steps[0].updates.size() == 1);
  CHECK(r.host.steps[0].updates[0].what == broker_update::kind::answer_lost);
}

TEST_CASE("a simulated venue is given again what was on its way, and told nothing of it before") {
  restarted r{true, one_intent()};
  CHECK(r.resume() == std::vector{client_order_id{"a"}});
  REQUIRE(r.host.placements.size() == 1);
  CHECK(r.host.placements[0].intents.size() == 1);
}

TEST_CASE("open orders are in doubt until the broker has shown that it knows them") {
  const auto open = [](std::vector<event_body> more) {
    auto all = one_intent();
    for (event_body& body : more) all.push_back(std::move(body));
    const restarted r{false, std::move(all)};
    return std::pair{r.s.open().all, r.s.open().in_doubt};
  };
  using counts = std::pair<std::size_t, std::size_t>;
  const client_order_id a{"a"};
  CHECK(open({}) == counts{1, 1});
  CHECK(open({order_unknown{a, "lost"}}) == counts{1, 1});
  CHECK(open({order_accepted{a, broker_order_id{"K1"}}}) == counts{1, 0});
  CHECK(open({order_unknown{a, "lost"}, order_accepted{a, broker_order_id{"K1"}}}) == counts{1, 0});
  CHECK(open({order_unknown{a, "lost"}, order_rejected{a, "absent"}}) == counts{0, 0});
}

TEST_CASE("what a kill has to name: orders without an answer, and those whose answer was lost") {
  const auto at_gate = [](std::vector<event_body> more) {
    auto all = one_intent();
    for (event_body& body : more) all.push_back(std::move(body));
    return restarted{false, std::move(all)}.s.at_gate();
  };
  const client_order_id a{"a"};
  CHECK(at_gate({}) == std::vector{a});
  CHECK(at_gate({order_unknown{a, "lost"}}) == std::vector{a});
  CHECK(at_gate({order_unknown{a, "lost"}, order_accepted{a, broker_order_id{"K1"}}}).empty());
}

TEST_CASE("beside a venue with its own clock the risk manager looks once a second while an order works") {
  for (const bool is_feed_clocked : {false, true}) {
    restarted r{is_feed_clocked,
                {account_opened{}, order_submitted{limit("a", rupees(99))},
                 order_accepted{client_order_id{"a"}, broker_order_id{"K1"}}}};
    (void)r.resume();
    const auto frame = [&](feed_seq feed, timestamp ts) {
      auto batch = std::make_shared<frame_batch>();
      batch->add(feed, ts, frame_kind::ticks, {});
      r.s.offer_signals(feed, {});
      r.s.offer_frames(batch);
      return std::ranges::count_if(r.host.steps, [](const auto& s) { return s.kind == work_kind::signals; });
    };
    CHECK(frame(1, at(10, 0)) == 0);  // read again
    CHECK(frame(2, at(10, 0) + duration{999'999'999}) == 0);
    CHECK(frame(3, at(10, 0, 1)) == (is_feed_clocked ? 0 : 1));
  }
}
