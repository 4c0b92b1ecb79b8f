// A broker whose venue has a clock of its own: what it says comes between two frames.
#include "app/broker_harness.hpp"

using namespace bulkhead;
using bulkhead::test::broker_harness;
using bulkhead::test::session_script;
using kind = broker_update::kind;

namespace {

const session_script& script() {
  static const session_script s = session_script::load();
  return s;
}

/// Goes on until the first order is on its way; its request, and the number of frames that were offered.
std::pair<order_request, std::size_t> first_order(broker_harness& h) {
  for (std::size_t i = 0; i < script().frames.size(); ++i) {
    h.offer(script(), i);
    for (const event_list& list : h.appended) {
      for (const event& e : *list) {
        if (const auto* o = std::get_if<order_submitted>(&e.body)) return {o->request, i + 1};
      }
    }
  }
  FAIL("the session has no order");
  return {};
}

broker_update say(kind what, const order_request& r) {
  broker_update u;
  u.what = what;
  u.client_order_id = r.client_order_id;
  u.broker_order_id = broker_order_id{"K1"};
  return u;
}

broker_update fill(const order_request& r, const char* id, quantity qty) {
  broker_update u = say(kind::filled, r);
  u.fill_id = fill_id{id};
  u.qty = qty;
  u.price = r.reference_price;
  return u;
}

}  // namespace

TEST_CASE("a fill that comes between two frames is marked with the next one, and so counts for the loss limits") {
  broker_harness h{script().settings, true, false};
  auto [order, next] = first_order(h);
  const std::size_t marks = h.count<portfolio_snapshot>();
  h.sequencer().offer_updates({say(kind::accepted, order), fill(order, "F1", order.qty)});
  REQUIRE(h.count<order_filled>() == 1);
  CHECK(h.count<portfolio_snapshot>() == marks);
  SUBCASE("in one life") {
    h.offer(script(), next);
    CHECK(h.count<portfolio_snapshot>() == marks + 1);
    h.offer(script(), next + 1);
    CHECK(h.count<portfolio_snapshot>() == marks + 1);  // once
  }
  SUBCASE("after a restart from the events") {
    broker_harness again{script().settings, true, false};
    again.recover("", h.appended);
    for (std::size_t i = 0; i <= next; ++i) again.offer(script(), i);
    CHECK(again.count<portfolio_snapshot>() == 1);
  }
  SUBCASE("after a restart from a cut") {
    h.sequencer().drain();
    REQUIRE(!h.cuts.empty());
    broker_harness again{script().settings, true, false};
    again.recover(h.cuts.back().second, {});
    for (std::size_t i = next; i <= next + 1; ++i) again.offer(script(), i);
    CHECK(again.count<portfolio_snapshot>() == 1);
  }
}

TEST_CASE("a broker is settled when every frame is processed and nothing more is about to be said") {
  broker_harness h{script().settings, true, false};
  h.offer(script(), 0);
  CHECK(h.sequencer().is_settled());
  auto [order, next] = first_order(h);
  CHECK_FALSE(h.sequencer().is_settled());
  h.sequencer().offer_updates({say(kind::answer_lost, order)});
  CHECK(h.count<order_unknown>() == 1);
  CHECK_FALSE(h.sequencer().is_settled());
  SUBCASE("a market order is about to fill; one that rests may do so all day") {
    h.sequencer().offer_updates({say(kind::accepted, order)});
    REQUIRE(h.count<order_accepted>() == 1);
    CHECK(h.sequencer().is_settled() == (order.type != order_type::market));
    h.sequencer().offer_updates({fill(order, "F1", order.qty)});
    CHECK(h.sequencer().is_settled());
  }
  SUBCASE("absent") {
    h.sequencer().offer_updates({say(kind::rejected, order)});
    CHECK(h.sequencer().is_settled());
  }
  SUBCASE("a restart from a cut does not forget it") {
    h.sequencer().drain();
    broker_harness again{script().settings, true, false};
    again.recover(h.cuts.back().second, {});
    CHECK_FALSE(again.sequencer().is_settled());
    again.sequencer().offer_updates({say(kind::rejected, order)});
    CHECK(again.sequencer().is_settled());
  }
  SUBCASE("a frame that waits for its signals") {
    h.sequencer().offer_updates({say(kind::rejected, order)});
    h.sequencer().offer_frames(script().frames[next]);
    CHECK_FALSE(h.sequencer().is_settled());
  }
}

TEST_CASE("an order whose day is over is about to end, also one that rested") {
  broker_harness h{script().settings, true, false};
  auto [order, next] = first_order(h);
  broker_update part = fill(order, "F1", order.qty - 1);
  h.sequencer().offer_updates({say(kind::accepted, order), part});
  for (std::size_t i = next; i < script().frames.size(); ++i) h.offer(script(), i);
  CHECK_FALSE(h.sequencer().is_settled());
}

TEST_CASE("a broker that moves with the feed is always settled: nobody waits for it at the end") {
  broker_harness h{script().settings, true};
  (void)first_order(h);
  CHECK(h.sequencer().is_settled());
}

TEST_CASE("what never left the machine is no refusal by the broker") {
  broker_harness h{script().settings, true, false};
  const auto order = first_order(h).first;
  broker_update unsent = say(kind::rejected, order);
  unsent.never_sent = true;
  h.sequencer().offer_updates({unsent});
  REQUIRE(h.count<order_rejected>() == 1);
  CHECK(std::get<order_rejected>(h.appended.back()->back().body).at_gate);
}
