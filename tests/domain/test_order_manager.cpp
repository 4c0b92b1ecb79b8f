#include "runtime/domain/order_manager.hpp"
#include "support/event_equality.hpp"
#include "support/order_fixtures.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using kind = broker_update::kind;

namespace {

client_order_id cid(const char* id) { return client_order_id{id}; }

broker_update accepted(const char* id, const char* as) {
  return {.what = kind::accepted, .client_order_id = cid(id), .broker_order_id = broker_order_id{as}};
}
broker_update filled(const char* id, const char* fill, quantity qty, price at_price) {
  return {.what = kind::filled, .client_order_id = cid(id), .fill_id = fill_id{fill}, .qty = qty, .price = at_price};
}
broker_update ended(kind how, const char* id, const char* reason = "") {
  return {.what = how, .client_order_id = cid(id), .reason = reason};
}

charge_schedule charges() {
  charge_rates rates{.from = 20220101};
  rates.of(charge_segment::equity_intraday).brokerage = {.percent = {300'000}, .cap = inr(20)};
  rates.gst = {.percent = {180'000'000}, .on = {charge_component::brokerage}};
  return charge_schedule{{rates}};
}

order_manager manager(bool placing = true) {
  return {{.placing_enabled = placing, .charges = charges()}, instruments()};
}

/// Codec names of what came out, e.g. "order.accepted order.filled".
std::string types(const std::vector<event_body>& events) {
  std::string out;
  for (const event_body& e : events) out.append(out.empty() ? "" : " ").append(event_codec::type_name(e));
  return out;
}

std::string status_of(const order_manager& m, const char* id) {
  const order* o = m.find(cid(id));
  return o == nullptr ? "-" : std::string{to_string(o->status)};
}

struct fixture {
  order_manager m = manager();
  std::vector<event_body> all;

  explicit fixture(quantity qty = 100) { keep(m.submit(approve_all({market("a", side::buy, qty)}), at(10, 0), 7)); }
  std::string report(const broker_update& u, timestamp now = at(10, 1)) { return keep(m.on_updates({&u, 1}, now)); }
  std::string cancel() {
    m.apply({.seq = 9, .ts = at(10, 1), .body = order_cancel_requested{cid("a"), "exit"}});
    return status_of(m, "a");
  }
  std::string keep(std::vector<event_body> events) {
    std::string out = types(events);
    for (auto& e : events) all.push_back(std::move(e));
    return out;
  }
  template <class T>
  const T& last() const {
    return std::get<T>(all.back());
  }
};

}  // namespace

TEST_CASE("an approval becomes one intent, and the same approval again becomes nothing") {
  order_manager m = manager();
  const auto approved = approve_all({market("b"), market("a"), market("b")});
  const auto events = m.submit(approved, at(10, 0), 7);
  CHECK(types(events) == "order.submitted order.submitted");
  CHECK(m.submit(approved, at(10, 1), 8).empty());
  const order* a = m.find(cid("a"));
  REQUIRE(a != nullptr);
  CHECK(a->status == order_status::submitted);
  CHECK(a->submitted_at == at(10, 0));
  CHECK(a->submitted_feed == 7);
  CHECK(a->ordinal == 2);
  REQUIRE(m.live().size() == 2);
  CHECK(m.live()[0]->request.client_order_id == cid("a"));
  CHECK(m.live()[1]->request.client_order_id == cid("b"));
}

TEST_CASE("with placing off every approval is withheld, once, and is no order") {
  order_manager m = manager(false);
  const auto events = m.submit(approve_all({market("a")}), at(10, 0), 7);
  REQUIRE(types(events) == "order.withheld");
  CHECK(std::get<order_withheld>(events[0]).reason == "placing is off for this broker (enabled: false)");
  CHECK(m.find(cid("a")) == nullptr);
  CHECK(m.live().empty());
  CHECK(m.submit(approve_all({market("a")}), at(10, 0), 8).empty());
}

TEST_CASE("an approval that arrives after its session closed is withheld") {
  order_manager m = manager();
  const auto events = m.submit(approve_all({market("a")}), at(15, 30), 7);
  REQUIRE(types(events) == "order.withheld");
  CHECK(std::get<order_withheld>(events[0]).reason == "its session closed at 2022-01-03T15:30:00+05:30");
}

TEST_CASE("an order is accepted, part filled and filled, with its charges") {
  fixture f;
  CHECK(f.report(accepted("a", "B1")) == "order.accepted");
  CHECK(f.m.find(cid("a"))->broker_order_id == broker_order_id{"B1"});
  CHECK(f.report(filled("a", "T1", 40, rupees(1000))) == "order.filled");
  CHECK(status_of(f.m, "a") == "partially_filled");
  CHECK(f.last<order_filled>().cumulative_qty == 40);
  CHECK(f.last<order_filled>().remaining_qty == 60);
  CHECK(f.last<order_filled>().charges.brokerage == inr(12));  // 0.03 % of 40,000
  CHECK(f.report(filled("a", "T2", 60, rupees(1001))) == "order.filled");
  const auto& fill = f.last<order_filled>();
  CHECK(fill.cumulative_qty == 100);
  CHECK(fill.remaining_qty == 0);
  CHECK(fill.price == rupees(1001));
  CHECK(fill.strategy == strategy_id{"demo"});
  CHECK(fill.instrument == nifty);
  CHECK(fill.side == side::buy);
  CHECK(fill.charges.brokerage == inr(8));  // the cap of 20 is the order's
  CHECK(fill.charges.gst == inr(1, 44));
  CHECK(status_of(f.m, "a") == "filled");
  CHECK(f.m.find(cid("a"))->filled_value == inr(100'060));
  CHECK(f.m.find(cid("a"))->brokerage_charged == inr(20));
  CHECK(f.m.live().empty());
}

TEST_CASE("a fill reported twice is applied once, also after the order ended") {
  fixture f;
  CHECK(f.report(filled("a", "T1", 40, rupees(10))) == "order.filled");
  CHECK(f.report(filled("a", "T1", 40, rupees(10))).empty());
  CHECK(f.m.find(cid("a"))->filled == 40);
  CHECK(f.report(filled("a", "T2", 60, rupees(10))) == "order.filled");
  CHECK(f.report(filled("a", "T1", 40, rupees(10))).empty());
  CHECK(f.report(filled("a", "T2", 60, rupees(10))).empty());
  CHECK(f.m.find(cid("a"))->filled == 100);
}

TEST_CASE("a repeated acceptance, end or lost answer yields nothing") {
  for (const auto& u : {accepted("a", "B1"), ended(kind::cancelled, "a", "why"), ended(kind::expired, "a"),
                        ended(kind::rejected, "a", "no funds"), ended(kind::answer_lost, "a", "time-out")}) {
    fixture f;
    CHECK_FALSE(f.report(u).empty());
    CHECK(f.report(u).empty());
  }
}

TEST_CASE("an acceptance repeated after the end yields nothing") {
  fixture f;
  f.report(accepted("a", "B1"));
  f.report(filled("a", "T1", 100, rupees(10)));
  CHECK(f.report(accepted("a", "B1")).empty());
}

TEST_CASE("an acceptance that its fill overtook brings the broker's id") {
  fixture f;
  f.report(filled("a", "T1", 40, rupees(10)));
  CHECK(f.report(accepted("a", "B1")) == "order.accepted");
  CHECK(status_of(f.m, "a") == "partially_filled");
  CHECK(f.m.find(cid("a"))->broker_order_id == broker_order_id{"B1"});
}

TEST_CASE("a fill beyond the order's quantity is refused and changes nothing") {
  fixture f;
  f.report(filled("a", "T1", 40, rupees(10)));
  CHECK(f.report(filled("a", "T2", 61, rupees(10))) == "order.update_refused");
  CHECK(f.last<broker_update_refused>().reason == "overfill: 60 of 100 units remain");
  CHECK(f.last<broker_update_refused>().update == "filled 61 at 10.00 as T2");
  CHECK(f.m.find(cid("a"))->filled == 40);
  CHECK(f.report(filled("a", "T2", 60, rupees(10))) == "order.filled");
}

TEST_CASE("a fill of quantity 0, or without price or id, is refused") {
  fixture f;
  for (const auto& u :
       {filled("a", "T1", 0, rupees(10)), filled("a", "T1", -5, rupees(10)), filled("a", "T1", 5, rupees(0)),
        filled("a", "", 5, rupees(10)), filled("a", "T1", 5, {price::max().raw + 1}), accepted("a", "")}) {
    CHECK(f.report(u) == "order.update_refused");
  }
  CHECK(status_of(f.m, "a") == "submitted");
}

TEST_CASE("reports that fit no order are refused with what and why") {
  fixture f;
  CHECK(f.report(accepted("other", "B1")) == "order.update_refused");
  CHECK(f.last<broker_update_refused>().client_order_id == cid("other"));
  CHECK(f.last<broker_update_refused>().update == "accepted as B1");
  CHECK(f.last<broker_update_refused>().reason == "no order with this client order id is known here");
}

TEST_CASE("a second acceptance under another id is refused") {
  fixture f;
  f.report(accepted("a", "B1"));
  CHECK(f.report(accepted("a", "B2")) == "order.update_refused");
  CHECK(f.last<broker_update_refused>().reason == "the broker accepted it as B1 before");
  CHECK(f.m.find(cid("a"))->broker_order_id == broker_order_id{"B1"});
}

TEST_CASE("a fill id of another order is refused") {
  fixture f;
  f.keep(f.m.submit(approve_all({market("b")}), at(10, 0), 7));
  f.report(filled("a", "T1", 10, rupees(10)));
  CHECK(f.report(filled("b", "T1", 10, rupees(10))) == "order.update_refused");
  CHECK(f.last<broker_update_refused>().reason == "this fill id belongs to order a");
  CHECK(f.m.find(cid("b"))->filled == 0);
}

TEST_CASE("an ended order takes no other end and no fill") {
  const broker_update ends[] = {filled("a", "T1", 100, rupees(10)), ended(kind::cancelled, "a"),
                                ended(kind::expired, "a"), ended(kind::rejected, "a")};
  for (const auto& first : ends) {
    for (const auto& second : ends) {
      if (first.what == second.what) continue;
      fixture f;
      f.report(first);
      const std::string was = status_of(f.m, "a");
      CHECK(f.report(second) == "order.update_refused");
      CHECK(f.last<broker_update_refused>().reason == "the order ended before: " + was);
      CHECK(status_of(f.m, "a") == was);
    }
  }
}

TEST_CASE("a part filled order is never rejected") {
  fixture f;
  f.report(filled("a", "T1", 40, rupees(10)));
  CHECK(f.report(ended(kind::rejected, "a", "late")) == "order.update_refused");
  CHECK(f.cancel() == "pending_cancel");
  CHECK(f.report(ended(kind::rejected, "a", "late")) == "order.update_refused");
  CHECK(f.last<broker_update_refused>().reason == "40 units are filled, a filled order cannot be rejected");
}

TEST_CASE("a cancel and an expiry say how much was filled") {
  fixture f;
  f.report(filled("a", "T1", 40, rupees(10)));
  CHECK(f.report(ended(kind::cancelled, "a", "by user")) == "order.cancelled");
  CHECK(f.last<order_cancelled>().filled == 40);
  CHECK(f.last<order_cancelled>().reason == "by user");
  fixture g;
  g.report(filled("a", "T1", 30, rupees(10)));
  CHECK(g.report(ended(kind::expired, "a")) == "order.expired");
  CHECK(g.last<order_expired>().filled == 30);
}

TEST_CASE("fills still come while a cancel is on its way") {
  fixture f;
  f.report(accepted("a", "B1"));
  CHECK(f.cancel() == "pending_cancel");
  CHECK(f.report(filled("a", "T1", 40, rupees(10))) == "order.filled");
  CHECK(status_of(f.m, "a") == "pending_cancel");
  CHECK(f.report(filled("a", "T2", 60, rupees(10))) == "order.filled");
  CHECK(status_of(f.m, "a") == "filled");
}

TEST_CASE("a lost answer makes the order unknown, live, until the broker's book resolves it") {
  struct resolution {
    broker_update by;
    std::string event;
    std::string status;
  };
  const resolution all[] = {
      {accepted("a", "B1"), "order.accepted", "open"},
      {filled("a", "T1", 40, rupees(10)), "order.filled", "partially_filled"},
      {filled("a", "T1", 100, rupees(10)), "order.filled", "filled"},
      {ended(kind::cancelled, "a"), "order.cancelled", "cancelled"},
      {ended(kind::expired, "a"), "order.expired", "expired"},
      {ended(kind::rejected, "a"), "order.rejected", "rejected"},
  };
  for (const auto& r : all) {
    fixture f;
    CHECK(f.report(ended(kind::answer_lost, "a", "HTTP 504")) == "order.unknown");
    CHECK(f.last<order_unknown>().reason == "HTTP 504");
    CHECK(f.m.live().size() == 1);
    CHECK(f.m.submit(approve_all({market("a")}), at(10, 2), 8).empty());
    CHECK(f.report(r.by) == r.event);
    CHECK(status_of(f.m, "a") == r.status);
  }
}

TEST_CASE("a lost answer says nothing about an order that the broker has shown to know") {
  fixture f;
  f.report(accepted("a", "B1"));
  CHECK(f.report(ended(kind::answer_lost, "a", "time-out")) == "order.update_refused");
  CHECK(status_of(f.m, "a") == "open");
  CHECK(f.cancel() == "pending_cancel");
  CHECK(f.report(ended(kind::answer_lost, "a", "time-out of the cancel")) == "order.update_refused");
  CHECK(status_of(f.m, "a") == "pending_cancel");
}

TEST_CASE("a lost answer of an order whose cancel was requested early makes it unknown") {
  fixture f;
  CHECK(f.cancel() == "pending_cancel");
  CHECK(f.report(ended(kind::answer_lost, "a", "time-out")) == "order.unknown");
}

TEST_CASE("a cancel request that comes too late changes nothing") {
  fixture f;
  f.report(filled("a", "T1", 100, rupees(10)));
  CHECK(f.cancel() == "filled");
}

TEST_CASE("charges follow the date of the fill") {
  order_manager m{{.placing_enabled = true, .charges = charges()}, instruments()};
  auto early = market("a");
  early.expires_at = start_of_day(20211231) + seconds(15 * 3600 + 1800);
  (void)m.submit(approve_all({early}), early.expires_at - seconds(60), 1);
  const auto u = filled("a", "T1", 100, rupees(1000));
  const auto events = m.on_updates({&u, 1}, early.expires_at - seconds(30));
  CHECK(std::get<order_filled>(events.at(0)).charges.total() == money{});
}

TEST_CASE("an ended order is known for a day after its session, then forgotten and still never applied twice") {
  fixture f;
  f.report(filled("a", "T1", 100, rupees(10)));
  const timestamp due = at(15, 30) + order_manager::remembered_after_expiry;
  CHECK(f.report(filled("a", "T1", 100, rupees(10)), due - duration{1}).empty());
  CHECK(f.report(filled("a", "T1", 100, rupees(10)), due) == "order.update_refused");
  CHECK(f.m.find(cid("a")) == nullptr);
  CHECK(types(f.m.submit(approve_all({market("a")}), due, 99)) == "order.withheld");
}

TEST_CASE("an order that is not resolved is never forgotten") {
  fixture f;
  f.report(ended(kind::answer_lost, "a", "time-out"));
  const timestamp later = at(15, 30) + seconds(30 * 86'400);
  CHECK(f.report(filled("a", "T1", 100, rupees(10)), later) == "order.filled");
}

TEST_CASE("a fill id is free again once its order is forgotten") {
  fixture f;
  f.report(filled("a", "T1", 100, rupees(10)));
  auto next = market("b");
  next.expires_at = at(15, 30) + seconds(3 * 86'400);
  (void)f.m.submit(approve_all({next}), next.expires_at - seconds(60), 50);
  CHECK(f.report(filled("b", "T1", 10, rupees(10)), next.expires_at - seconds(30)) == "order.filled");
}
