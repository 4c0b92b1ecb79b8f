// Modifications, triggers and delivery sales in the order manager's book.
#include "runtime/domain/order_manager.hpp"
#include "runtime/domain/order_report.hpp"
#include "support/event_equality.hpp"
#include "support/order_fixtures.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using kind = broker_update::kind;

namespace {

const client_order_id id{"a"};

broker_update report_of(kind what, order_terms terms = {}, const char* reason = "") {
  return {.what = what, .client_order_id = id, .terms = terms, .reason = reason};
}
broker_update filled(const char* order, const char* fill, quantity qty, price at_price) {
  return {.what = kind::filled,
          .client_order_id = client_order_id{order},
          .fill_id = fill_id{fill},
          .qty = qty,
          .price = at_price};
}

order_request stop(order_type type) {
  order_request r = market("a");
  r.type = type;
  r.trigger_price = rupees(95);
  if (has_limit(type)) r.limit_price = rupees(94);
  return r;
}

order_manager::settings with_charges() {
  charge_rates rates{.from = 20220101};
  rates.of(charge_segment::equity_delivery).brokerage = {.flat = inr(0)};
  rates.dp = {.amount = inr(13, 50), .gst_added = false};
  return {.placing_enabled = true, .charges = charge_schedule{{rates}}};
}

struct book {
  order_manager m{with_charges(), instruments()};
  std::vector<event_body> out;

  explicit book(const order_request& r) { (void)m.submit(approve_all({r}), at(10, 0), 7); }

  /// The codec's name of the one event that a report makes; empty: none.
  std::string report(const broker_update& u, timestamp now = at(10, 2)) {
    out = m.on_updates({&u, 1}, now);
    REQUIRE(out.size() <= 1);
    return out.empty() ? "" : std::string{event_codec::type_name(out[0])};
  }
  std::string refusal() const { return std::get<broker_update_refused>(out.at(0)).reason; }
  void ask(const order_terms& terms, feed_seq feed = 8) {
    m.apply({.seq = 9, .feed = feed, .ts = at(10, 1), .body = order_modify_requested{id, terms, "modify"}});
  }
  void ask_cancel(feed_seq feed) {
    m.apply({.seq = 9, .feed = feed, .ts = at(10, static_cast<int>(feed)), .body = order_cancel_requested{id, ""}});
  }
  const order& state() const { return *m.find(id); }
};

void check(const order& o, quantity qty, price limit_price, price trigger_price) {
  CHECK(o.request.qty == qty);
  CHECK(to_string(o.request.limit_price) == to_string(limit_price));
  CHECK(to_string(o.request.trigger_price) == to_string(trigger_price));
}

/// What a restart of the trader takes up.
void check_restores(const book& b) {
  order_manager again{with_charges(), instruments()};
  again.restore(nlohmann::json::parse(b.m.snapshot().dump()));
  CHECK(again.snapshot() == b.m.snapshot());
}

}  // namespace

TEST_CASE("asked terms wait beside the order's own until the broker says what became of them") {
  book b{limit("a", rupees(99))};
  const order_terms wanted{150, rupees(98), {}};
  b.ask(wanted);
  check(b.state(), 100, rupees(99), {});
  CHECK(b.state().asked_terms == wanted);
  CHECK(b.state().changed_at == at(10, 1));
  CHECK(b.state().changed_feed == 8);
  CHECK(b.state().status == order_status::submitted);
  check_restores(b);
  CHECK(b.report(report_of(kind::modified, wanted, "modify")) == "order.modified");
  CHECK(std::get<order_modified>(b.out[0]).terms == wanted);
  check(b.state(), 150, rupees(98), {});
  CHECK_FALSE(b.state().asked_terms);
  CHECK(b.state().remaining() == 150);
}

TEST_CASE("a rejected modification leaves the order as it was, and says so once") {
  book b{limit("a", rupees(99))};
  CHECK(b.report(report_of(kind::modify_rejected, {}, "late")).empty());  // none was asked for
  b.ask({50, rupees(98), {}});
  CHECK(b.report(report_of(kind::modify_rejected, {}, "late")) == "order.modify_rejected");
  CHECK(std::get<order_modify_rejected>(b.out[0]).reason == "late");
  check(b.state(), 100, rupees(99), {});
  CHECK_FALSE(b.state().asked_terms);
  CHECK(b.report(report_of(kind::modify_rejected, {}, "late")).empty());
}

TEST_CASE("the same modification reported again yields nothing, also while the next one is on its way") {
  book b{limit("a", rupees(99))};
  const order_terms first{80, rupees(98), {}};
  b.ask(first);
  CHECK(b.report(report_of(kind::modified, first)) == "order.modified");
  CHECK(b.report(report_of(kind::modified, first)).empty());
  const order_terms second{60, rupees(97), {}};
  b.ask(second);
  CHECK(b.report(report_of(kind::modified, first)).empty());
  CHECK(b.state().asked_terms == second);
  CHECK(b.report(report_of(kind::modified, second)) == "order.modified");
  check(b.state(), 60, rupees(97), {});
}

TEST_CASE("a modification to what the order is already ends the waiting for it") {
  book b{limit("a", rupees(99))};
  b.ask({100, rupees(99), {}});
  CHECK(b.report(report_of(kind::modified, {100, rupees(99), {}})) == "order.modified");
  CHECK_FALSE(b.state().asked_terms);
}

TEST_CASE("fills count against the modified quantity") {
  book b{market("a")};
  CHECK(b.report(filled("a", "T1", 40, rupees(10))) == "order.filled");
  CHECK(b.report(report_of(kind::modified, {50, {}, {}}, "one cancels the other")) == "order.modified");
  CHECK(b.state().status == order_status::partially_filled);
  CHECK(b.report(filled("a", "T2", 11, rupees(10))) == "order.update_refused");
  CHECK(b.refusal() == "overfill: 10 of 50 units remain");
  CHECK(b.report(filled("a", "T2", 10, rupees(10))) == "order.filled");
  CHECK(std::get<order_filled>(b.out[0]).remaining_qty == 0);
  CHECK(b.state().status == order_status::filled);
  CHECK(b.state().fill_count == 2);
}

TEST_CASE("terms that the order cannot have are refused and change nothing") {
  book b{stop(order_type::stop_limit)};
  (void)b.report(filled("a", "T1", 40, rupees(10)));
  const price too_high{price::max().raw + 1};
  const auto refused = [&](const order_terms& terms, const std::string& why) {
    CHECK(b.report(report_of(kind::modified, terms)) == "order.update_refused");
    CHECK(b.refusal() == why);
    check(b.state(), 100, rupees(94), rupees(95));
  };
  refused({0, rupees(94), rupees(95)}, "a modification to less than 1 unit");
  refused({40, rupees(94), rupees(95)}, "modified to 40 units, 40 are filled");
  refused({max_quantity + 1, rupees(94), rupees(95)}, "modified to 1000001 units, allowed: up to 1000000");
  refused({90, rupees(0), rupees(95)}, "modified to limit 0.00, allowed: above 0, up to 10000000.00");
  refused({90, too_high, rupees(95)}, "modified to limit 10000000.0001, allowed: above 0, up to 10000000.00");
  refused({90, rupees(94), rupees(0)}, "modified to trigger 0.00, allowed: above 0, up to 10000000.00");
}

TEST_CASE("an order never gets a price that its type has not, and reads back from a snapshot") {
  book b{market("a")};
  CHECK(b.report(report_of(kind::modified, {80, rupees(5), rupees(6)})) == "order.modified");
  CHECK(std::get<order_modified>(b.out[0]).terms == order_terms{80, {}, {}});
  check(b.state(), 80, {}, {});
  check_restores(b);
}

TEST_CASE("a trigger is reached once, by stop orders alone, and stays what it was") {
  for (const order_type type : {order_type::stop_limit, order_type::stop_market}) {
    book b{stop(type)};
    CHECK_FALSE(b.state().triggered);
    CHECK(b.report(report_of(kind::triggered)) == "order.triggered");
    CHECK(b.state().triggered);
    CHECK(b.state().status == order_status::submitted);
    CHECK(b.report(report_of(kind::triggered)).empty());
    CHECK(b.report(report_of(kind::modified, {80, rupees(93), {}})) == "order.modified");
    check(b.state(), 80, has_limit(type) ? rupees(93) : price{}, rupees(95));
    check_restores(b);
  }
  book plain{limit("a", rupees(99))};
  CHECK(plain.report(report_of(kind::triggered)) == "order.update_refused");
  CHECK(plain.refusal() == "a LIMIT order has no trigger");
}

TEST_CASE("an ended order is neither triggered nor modified, and a late rejection of the change is kept as refused") {
  book b{stop(order_type::stop_market)};
  b.ask({50, {}, rupees(96)});
  CHECK(b.report({.what = kind::cancelled, .client_order_id = id}) == "order.cancelled");
  for (const kind late : {kind::triggered, kind::modified, kind::modify_rejected}) {
    CHECK(b.report(report_of(late, {50, {}, rupees(96)})) == "order.update_refused");
    CHECK(b.refusal() == "the order ended before: cancelled");
  }
  CHECK(b.state().request.qty == 100);
}

TEST_CASE("a cancel counts from when it was first asked for") {
  book b{limit("a", rupees(99))};
  b.ask_cancel(8);
  b.ask_cancel(12);
  CHECK(b.state().status == order_status::pending_cancel);
  CHECK(b.state().changed_feed == 8);
  CHECK(b.state().changed_at == at(10, 8));
}

TEST_CASE("a cancel of an order of unknown fate is kept, over a restart too, until the broker has shown the order") {
  book b{limit("a", rupees(99))};
  CHECK(b.report({.what = kind::answer_lost, .client_order_id = id, .reason = "time-out"}) == "order.unknown");
  b.ask_cancel(8);
  CHECK(b.state().status == order_status::unknown);
  CHECK(awaits_cancel(b.state()));
  order_manager restarted{with_charges(), instruments()};
  restarted.restore(b.m.snapshot());
  CHECK(awaits_cancel(*restarted.find(id)));
  CHECK(b.report({.what = kind::accepted, .client_order_id = id, .broker_order_id = broker_order_id{"K"}}) ==
        "order.accepted");
  CHECK(b.state().status == order_status::pending_cancel);
  CHECK_FALSE(awaits_cancel(b.state()));
}

TEST_CASE("of unknown fate, a modification is no cancel, and a cancel that came before it is kept") {
  const broker_update lost{.what = kind::answer_lost, .client_order_id = id, .reason = "time-out"};
  book modified{limit("a", rupees(99))};
  modified.ask({120, rupees(98), {}}, 8);
  modified.report(lost);
  CHECK_FALSE(awaits_cancel(modified.state()));
  modified.report({.what = kind::modify_rejected, .client_order_id = id, .reason = "no"});
  CHECK_FALSE(awaits_cancel(modified.state()));
  book both{limit("a", rupees(99))};
  both.ask({120, rupees(98), {}}, 8);
  both.ask_cancel(9);
  both.report(lost);
  CHECK(awaits_cancel(both.state()));
}

TEST_CASE("recovery folds changes as they were made") {
  book lived{stop(order_type::stop_limit)};
  order_manager recovered{with_charges(), instruments()};
  recovered.apply({.feed = 7, .ts = at(10, 0), .body = order_submitted{stop(order_type::stop_limit)}});
  const order_terms wanted{150, rupees(92), rupees(93)};
  lived.ask(wanted);
  recovered.apply({.feed = 8, .ts = at(10, 1), .body = order_modify_requested{id, wanted, "modify"}});
  for (const auto& u : {report_of(kind::modified, wanted), report_of(kind::triggered),
                        filled("a", "T1", 50, rupees(92)), report_of(kind::modified, {120, rupees(91), {}})}) {
    REQUIRE_FALSE(lived.report(u).empty());
    recovered.apply({.feed = 9, .ts = at(10, 2), .body = lived.out[0]});
  }
  CHECK(recovered.snapshot() == lived.m.snapshot());
  check(*recovered.find(id), 120, rupees(91), rupees(93));
}

TEST_CASE("the DP charge is paid once per instrument and date, over all orders, fills and restarts") {
  order_manager m{with_charges(), instruments()};
  const auto cnc = [](const char* order, side s, instrument_id on) {
    order_request r = market(order, s, 100, on);
    r.product = product::cnc;
    r.expires_at = at(15, 30) + seconds(86'400);
    return r;
  };
  (void)m.submit(approve_all({cnc("a", side::sell, nifty), cnc("b", side::sell, nifty), cnc("c", side::buy, banknifty),
                              cnc("d", side::sell, banknifty)}),
                 at(10, 0), 7);
  int fills = 0;
  const auto dp = [&](const char* order, timestamp now) {
    const auto u = filled(order, ("T" + std::to_string(++fills)).c_str(), 10, rupees(100));
    return std::get<order_filled>(m.on_updates({&u, 1}, now).at(0)).charges.dp;
  };
  CHECK(dp("c", at(10, 1)) == inr(0));  // a purchase
  CHECK(dp("a", at(10, 1)) == inr(13, 50));
  CHECK(dp("a", at(10, 2)) == inr(0));
  const auto state = m.snapshot();
  m = order_manager{with_charges(), instruments()};
  m.restore(state);
  CHECK(dp("b", at(10, 3)) == inr(0));
  CHECK(dp("d", at(10, 4)) == inr(13, 50));
  CHECK(dp("b", at(10, 0) + seconds(86'400)) == inr(13, 50));
}

TEST_CASE("a MIS sale pays no DP charge and leaves it to the first CNC sale") {
  order_manager m{with_charges(), instruments()};
  order_request cnc = market("b", side::sell);
  cnc.product = product::cnc;
  (void)m.submit(approve_all({market("a", side::sell), cnc}), at(10, 0), 7);
  const broker_update both[] = {filled("a", "T1", 100, rupees(100)), filled("b", "T2", 100, rupees(100))};
  const auto events = m.on_updates(both, at(10, 1));
  REQUIRE(events.size() == 2);
  CHECK(std::get<order_filled>(events[0]).charges.dp == inr(0));
  CHECK(std::get<order_filled>(events[0]).product == product::mis);
  CHECK(std::get<order_filled>(events[1]).charges.dp == inr(13, 50));
  CHECK(std::get<order_filled>(events[1]).product == product::cnc);
}
