#include "app/broker_harness.hpp"

#include <algorithm>
#include <set>

using namespace bulkhead;
using bulkhead::test::broker_harness;
using bulkhead::test::session_script;

namespace {

const session_script& script() {
  static const session_script s = session_script::load();
  return s;
}

/// An undisturbed session, every append durable at once.
const broker_harness& undisturbed() {
  static const std::unique_ptr<broker_harness> whole = [] {
    auto h = std::make_unique<broker_harness>(script().settings);
    for (std::size_t i = 0; i < script().frames.size(); ++i) h->offer(script(), i);
    return h;
  }();
  return *whole;
}

/// Index of the first frame whose signals led to an order.
std::size_t first_order_frame() {
  broker_harness h{script().settings};
  for (std::size_t i = 0; i < script().frames.size(); ++i) {
    h.offer(script(), i);
    if (h.count<order_submitted>() > 0) return i;
  }
  FAIL("the session has no order");
  return 0;
}

void offer_up_to(broker_harness& h, std::size_t last) {
  for (std::size_t i = 0; i <= last; ++i) h.offer(script(), i);
}

std::vector<event_list> up_to(const std::vector<event_list>& batches, std::size_t n) {
  return {batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(n)};
}

}  // namespace

TEST_CASE("seq is gap-free, causes come before effects, and a chain leads back to its signal") {
  std::uint64_t expected = 1;
  for (const event_list& batch : undisturbed().appended) {
    for (const event& e : *batch) {
      CHECK(e.seq == expected++);
      CHECK(e.causation_seq < e.seq);
      if (std::holds_alternative<order_filled>(e.body)) {
        CHECK(!e.correlation.empty());
        CHECK(e.causation_seq > 0);
        CHECK(e.trace_feed < e.feed);
      }
    }
  }
  CHECK(expected > 300);
}

TEST_CASE("promise 2: no intent goes to the gate before the journal says it is durable") {
  broker_harness h{script().settings, false};
  const std::size_t frame = first_order_frame();
  offer_up_to(h, frame);
  REQUIRE(h.count<order_submitted>() > 0);
  CHECK(h.placed.empty());
  SUBCASE("a durable mark below the intent releases nothing") {
    h.sequencer().on_durable(1);
    CHECK(h.placed.empty());
  }
  SUBCASE("the next tick of the instrument waits for the order; the feed gets no credit for it") {
    h.offer(script(), frame + 1);
    CHECK(h.last_processed == script().frames[frame]->last_seq());
    CHECK(h.count<order_filled>() == 0);
    h.make_durable();
    CHECK(h.placed.size() == 1);
    CHECK(h.count<order_filled>() == h.count<order_submitted>());
  }
}

TEST_CASE("slow durability changes nothing but when things happen") {
  broker_harness h{script().settings, false};
  for (std::size_t i = 0; i < script().frames.size(); ++i) {
    h.offer(script(), i);
    if (i % 7 == 0) h.make_durable();
  }
  h.make_durable();
  while (h.last_processed < script().frames.back()->last_seq()) h.make_durable();
  CHECK(h.dump() == undisturbed().dump());
}

TEST_CASE("promise 10: an order that the gate refuses is rejected in the journal, and its reservation ends") {
  broker_harness h{script().settings, false};
  const std::size_t frame = first_order_frame();
  offer_up_to(h, frame);
  h.gate->latch(kill_mode::halt);
  h.make_durable();
  CHECK(h.count<order_rejected>() == h.count<order_submitted>());
  h.offer(script(), frame + 1);
  CHECK(h.count<order_accepted>() == 0);
  CHECK(h.count<order_filled>() == 0);
  CHECK(h.last_processed == script().frames[frame + 1]->last_seq());
}

TEST_CASE("what the gate refuses while the next tick waits carries the time of the frame that it follows") {
  broker_harness h{script().settings, false};
  h.gate->hold(kill_mode::halt);
  const std::size_t frame = first_order_frame();
  offer_up_to(h, frame);
  REQUIRE(h.count<order_submitted>() > 0);
  for (std::size_t i = frame + 1; i < frame + 5; ++i) h.offer(script(), i);
  h.make_durable();
  REQUIRE(h.count<order_rejected>() > 0);
  for (const event_list& batch : h.appended) {
    for (const event& e : *batch) CHECK(e.ts.ns == (*script().frames[e.feed - 1])[0].ts.ns);
  }
}

TEST_CASE("a broker's report that comes before the first frame waits for the account to be opened") {
  broker_harness h{script().settings, true, false};
  broker_update early;
  early.client_order_id = client_order_id{"nobodysorder"};
  early.what = broker_update::kind::cancelled;
  h.sequencer().offer_updates({early});
  CHECK(h.appended.empty());
  h.offer(script(), 0);
  REQUIRE(!h.appended.empty());
  CHECK(std::holds_alternative<account_opened>(h.appended.front()->front().body));
  CHECK(h.count<broker_update_refused>() == 1);
}

TEST_CASE("frames and signals that come twice are taken once") {
  broker_harness h{script().settings};
  for (std::size_t i = 0; i < script().frames.size(); ++i) {
    h.offer(script(), i);
    h.offer(script(), i);
    if (i >= 3) h.offer(script(), i - 3);
  }
  CHECK(h.dump() == undisturbed().dump());
}

TEST_CASE("a gap in the feed is an error, not a guess") {
  broker_harness h{script().settings};
  h.offer(script(), 0);
  CHECK_THROWS_WITH_AS(h.sequencer().offer_frames(script().frames[2]), "feed gap: frame 3 follows frame 1",
                       std::logic_error);
}

TEST_CASE("a frame waits for the runner's answer, and an empty answer is one") {
  broker_harness h{script().settings};
  h.sequencer().offer_frames(script().frames[0]);
  CHECK(h.last_processed == 0);
  h.sequencer().offer_signals(1, {});
  CHECK(h.last_processed == 1);
}

TEST_CASE("an answer to a step that is not in flight changes nothing") {
  broker_harness h{script().settings};
  offer_up_to(h, 20);
  const auto before = h.dump();
  step_result stale;
  stale.id = 1;
  stale.from = role::trader;
  stale.events.emplace_back(account_opened{});
  h.sequencer().on_result(stale);
  CHECK(h.dump() == before);
}

TEST_CASE("promise 4: a broker that ends after any step takes up there, from nothing but its journal") {
  const auto& batches = undisturbed().appended;
  for (std::size_t kept = 0; kept < batches.size(); kept += 3) {
    CAPTURE(kept);
    broker_harness h{script().settings};
    h.recover("", up_to(batches, kept));
    h.appended = up_to(batches, kept);
    for (std::size_t i = 0; i < script().frames.size(); ++i) h.offer(script(), i);
    REQUIRE(h.dump() == undisturbed().dump());
  }
}

TEST_CASE("promise 4: a cut and the events after it bring back the same broker as the events alone") {
  const broker_harness& whole = undisturbed();
  REQUIRE(whole.cuts.size() > 3);
  for (std::size_t c = 0; c < whole.cuts.size(); ++c) {
    CAPTURE(c);
    const auto& [cut_seq, body] = whole.cuts[c];
    std::vector<event_list> before;
    std::vector<event_list> tail;
    for (const event_list& batch : whole.appended) {
      if (batch->back().seq <= cut_seq) {
        before.push_back(batch);
      } else if (tail.size() < 5) {
        tail.push_back(batch);
      }
    }
    broker_harness h{script().settings};
    h.recover(body, tail);
    h.appended = before;
    h.appended.insert(h.appended.end(), tail.begin(), tail.end());
    for (std::size_t i = h.sequencer().needed_from() - 1; i < script().frames.size(); ++i) h.offer(script(), i);
    REQUIRE(h.dump() == whole.dump());
  }
}

TEST_CASE("a role that restarts between any two frames changes nothing") {
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    broker_harness h{script().settings};
    for (std::size_t i = 0; i < script().frames.size(); ++i) {
      if (i % 5 == 0) h.revive(r);
      h.offer(script(), i);
    }
    CHECK(h.dump() == undisturbed().dump());
  }
}

TEST_CASE("promise 3: at a broker with its own clock an order in doubt becomes unknown and is never sent again") {
  const std::size_t frame = first_order_frame();
  broker_harness h{script().settings, false, false};
  offer_up_to(h, frame);
  const std::size_t intents = h.count<order_submitted>();
  REQUIRE(intents > 0);
  SUBCASE("the whole broker restarts before anybody knows whether it left") {
    broker_harness again{script().settings, true, false};
    again.recover("", h.appended);
    for (std::size_t i = 0; i <= frame + 1; ++i) again.offer(script(), i);
    CHECK(again.count<order_unknown>() == intents);
    CHECK(again.placed.empty());
  }
  SUBCASE("the trader restarts before its answer") {
    h.make_durable();
    REQUIRE(h.placed.size() == 1);
    h.revive(role::trader);
    CHECK(h.placed.size() == 1);
  }
}

TEST_CASE("a step that is not answered in time: entries end as rejections, the frame goes on") {
  const std::size_t frame = first_order_frame();
  broker_harness h{script().settings};
  offer_up_to(h, frame - 1);
  h.hang = role::risk_manager;
  h.offer(script(), frame);
  REQUIRE(h.sequencer().in_flight(role::risk_manager) != nullptr);
  CHECK(h.last_processed == script().frames[frame]->last_seq() - 1);
  h.sequencer().abandon_entries(role::risk_manager);
  h.hang.reset();
  h.revive(role::risk_manager);
  CHECK(h.last_processed == script().frames[frame]->last_seq());
  CHECK(h.count<signal_received>() == script().signals[frame].size());
  REQUIRE(h.count<signal_rejected>() == script().signals[frame].size());
  const auto& last = h.appended.back()->back();
  CHECK(std::get<signal_rejected>(last.body).rule == "step_deadline");
  CHECK(h.count<order_submitted>() == 0);
}

TEST_CASE("draining takes a last cut and says so") {
  broker_harness h{script().settings};
  offer_up_to(h, 100);
  const std::size_t before = h.cuts.size();
  h.sequencer().drain();
  CHECK(h.sequencer().drained());
  CHECK(h.cuts.size() == before + 1);
  CHECK(h.cuts.back().first == h.sequencer().last_seq());
}

TEST_CASE("no cut is taken while frames are read again: its quotes would be older than the frames it calls done") {
  const auto& batches = undisturbed().appended;
  broker_harness h{script().settings};
  h.recover("", batches);  // far more events than a cut's interval
  for (std::size_t i = 0; i < 200; ++i) h.offer(script(), i);
  CHECK(h.cuts.empty());
  SUBCASE("not even when the run ends there") {
    h.sequencer().drain();
    CHECK(h.sequencer().drained());
    CHECK(h.cuts.empty());
  }
  SUBCASE("once they are read, it is") {
    for (std::size_t i = 200; i < script().frames.size(); ++i) h.offer(script(), i);
    CHECK(!h.cuts.empty());
  }
}

TEST_CASE("a cut taken before a gate's refusal is journaled still knows the order as not placed") {
  broker_harness h{script().settings, false};
  const std::size_t frame = first_order_frame();
  offer_up_to(h, frame);
  h.hang = role::portfolio;  // the cut stays open for a while
  h.gate->latch(kill_mode::halt);
  h.sequencer().drain();
  h.make_durable();
  CHECK(h.count<order_rejected>() == 0);
  h.hang.reset();
  h.revive(role::portfolio);
  REQUIRE(!h.cuts.empty());
  broker_harness again{script().settings};
  again.gate->latch(kill_mode::halt);
  again.recover(h.cuts.back().second, {});
  for (std::size_t i = again.sequencer().needed_from() - 1; i <= frame + 1; ++i) again.offer(script(), i);
  CHECK(again.count<order_accepted>() == 0);
  CHECK(again.count<order_rejected>() == h.count<order_submitted>());
}

TEST_CASE("the kill latch is part of the fold: it survives a restart, with and without a cut") {
  event latched;
  latched.seq = 1;
  latched.step = step_kind::input;
  latched.body = kill_latched{{}, "reduce-only", "operator", "drill"};
  broker_harness h{script().settings};
  h.recover("", {std::make_shared<const std::vector<event>>(1, latched)});
  CHECK(h.sequencer().kill() == kill_mode::reduce_only);
  for (std::size_t i = 0; i < 200; ++i) h.offer(script(), i);
  h.sequencer().drain();
  REQUIRE(!h.cuts.empty());
  broker_harness again{script().settings};
  again.recover(h.cuts.back().second, {});
  CHECK(again.sequencer().kill() == kill_mode::reduce_only);
}

TEST_CASE("a host that is behind with its disk holds back the next step, and loses none") {
  broker_harness h{script().settings, false};
  h.max_undurable = 3;
  for (std::size_t i = 0; i < script().frames.size(); ++i) h.offer(script(), i);
  CHECK(h.sequencer().last_seq() < 20);
  for (int guard = 0; guard < 5000 && h.last_processed < script().frames.back()->last_seq(); ++guard) h.make_durable();
  CHECK(h.dump() == undisturbed().dump());
}
