// What the end of a day leaves of an account: a book that was emptied, and shares that became holdings.
#include "domain/reconciler_desk.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

constexpr int tomorrow = 24;

/// What the second of two equal statements says.
std::vector<account_difference> twice(desk& d) {
  CHECK(d.judge().empty());
  return differences(d.judge());
}

const account_difference* of(const std::vector<account_difference>& said, const std::string& subject) {
  const auto it = std::ranges::find_if(said, [&](const auto& d) { return d.subject == subject; });
  return it == said.end() ? nullptr : &*it;
}

/// Ours, bought for delivery the day before; the holdings of today as statements have them.
struct shareholder : desk {
  explicit shareholder(quantity ours, quantity account, const std::string& under = "NSE:NIFTY") {
    submitted(ours_a, side::buy, ours, product::cnc);
    order_filled f = fill(ours_a, side::buy, ours, 0);
    f.product = product::cnc;
    journal(f);
    at_broker.at = at(tomorrow + 10, 0);
    at_broker.positions.push_back({.symbol = under, .product = "CNC", .qty = account, .overnight_qty = account});
  }
  account_position& line() { return at_broker.positions[0]; }
  /// Ours or, without a tag, the owner's; of today, and filled.
  void sold(quantity units, const std::string& tag = "") {
    account_order& o = row(tag, side::sell, units, "COMPLETE");
    o.product = "CNC";
    o.filled = units;
    at_broker.trades.push_back({o.broker_order_id, o.symbol, o.product, side::sell, units, rupees(100)});
    line().qty -= units;
    if (tag.empty()) return;
    submitted(tag, side::sell, units, product::cnc);
    journal(order_accepted{client_order_id{tag}, o.broker_order_id});
    order_filled f = fill(tag, side::sell, units, 0);
    f.product = product::cnc;
    journal(f);
  }
};

}  // namespace

TEST_CASE("an emptied book proves nothing by what it lacks: orders stay as they are, and are said") {
  desk d;
  d.submitted(ours_a, side::buy, 100);
  d.accepted_before(ours_a);
  SUBCASE("open") {}
  SUBCASE("partly filled") {
    d.journal(desk::fill(ours_a, side::buy, 40, 60));
    d.hold(40);
  }
  SUBCASE("unknown, beside another that was in the book") {
    d.journal(order_expired{client_order_id{ours_a}, 100});
    d.submitted(ours_b, side::sell, 10);
    d.journal(order_unknown{client_order_id{ours_b}, "no answer"});
  }
  d.at_broker.at = at(11, 0);  // empty for a while
  CHECK(differences(d.judge()).empty());
  CHECK(differences(d.judge()).empty());
  CHECK(d.book.standing() == 0);
  d.at_broker.at = at(15, 31);  // and for good
  d.judge();
  const auto said = differences(d.judge());
  REQUIRE(said.size() == 1);
  CHECK(said[0].subject == "order");
  CHECK(said[0].action == "halted");
  CHECK(said[0].reason == "the book has lost orders that were in it: decide with orders resolve");
  CHECK(d.updates.empty());
  d.judge();
  CHECK(d.updates.empty());
}

TEST_CASE("a book that lost a foreign order was emptied, too") {
  desk d;
  d.row("", side::buy, 10);
  CHECK(of(differences(d.judge()), "foreign_order") != nullptr);
  d.submitted(ours_a, side::buy, 100);
  d.journal(order_unknown{client_order_id{ours_a}, "no answer"});
  d.at_broker.orders.clear();
  d.at_broker.at = at(15, 31);
  d.judge();
  const auto said = differences(d.judge());
  REQUIRE(of(said, "order") != nullptr);
  CHECK(of(said, "order")->action == "halted");
  CHECK(d.updates.empty());
}

TEST_CASE("positions show what a lost fill did, and it is not applied: the order and its line are said") {
  for (const product p : {product::mis, product::cnc}) {
    desk d;
    d.submitted(ours_a, side::buy, 100, p);
    d.journal(order_unknown{client_order_id{ours_a}, "no answer"});
    d.at_broker.positions.push_back({.symbol = "NSE:NIFTY", .product = std::string{to_string(p)}, .qty = 100});
    d.at_broker.at = at(15, 31);
    const auto said = twice(d);
    REQUIRE(said.size() == 2);
    REQUIRE(of(said, "position") != nullptr);
    CHECK(of(said, "position")->units == 100);
    CHECK(of(said, "order")->reason == "the position is not as without it: decide with orders resolve");
    CHECK(d.updates.empty());
  }
}

TEST_CASE("on a later day a carried position may prove that an order did not fill, one of the day never") {
  const auto next_day = [](product p, quantity carried) {
    desk d;
    d.submitted(ours_a, side::buy, 100, p);
    d.journal(order_unknown{client_order_id{ours_a}, "no answer"});
    if (carried != 0) {
      d.at_broker.positions.push_back(
          {.symbol = "NSE:NIFTY", .product = std::string{to_string(p)}, .qty = carried, .overnight_qty = carried});
    }
    d.at_broker.at = at(tomorrow + 10, 0);
    const auto said = twice(d);
    REQUIRE(of(said, "order") != nullptr);
    return of(said, "order")->action;
  };
  CHECK(next_day(product::nrml, 0) == "repaired");
  CHECK(next_day(product::cnc, 0) == "repaired");
  CHECK(next_day(product::nrml, 100) == "halted");  // it filled: this is no foreign position
  CHECK(next_day(product::cnc, 100) == "halted");
  CHECK(next_day(product::mis, 0) == "halted");  // filled and closed by the broker, or never there
}

TEST_CASE("shares that were bought for delivery are holdings on the next day, and no difference") {
  for (const char* under : {"NSE:NIFTY", "BSE:NIFTY"}) {  // bought on NSE, shown under either
    shareholder d{10, 10, under};
    const auto said = d.judge();
    REQUIRE(is_reconciled(said));
    CHECK(differences(said).empty());
    CHECK(std::get<account_reconciled>(said[0]).open_positions == 1);
    CHECK(std::get<account_reconciled>(said[0]).foreign_positions == 0);
  }
}

TEST_CASE("shares of the account's owner are foreign, and make no difference whatever they do") {
  shareholder d{10, 110};
  d.judge();
  const auto said = differences(d.judge());
  REQUIRE(said.size() == 1);
  CHECK(said[0].subject == "foreign_position");
  CHECK(said[0].key == "NSE:NIFTY CNC");
  CHECK(said[0].action == "noted");
  CHECK(said[0].units == 100);
  SUBCASE("a gift, a bonus, a transfer") { d.line().qty = d.line().overnight_qty = 250; }
  SUBCASE("he sells some") { d.sold(60); }
  SUBCASE("he sells all of his") { d.sold(100); }
  SUBCASE("ours are sold") { d.sold(10, ours_b); }
  d.judge();
  d.judge();
  CHECK(d.book.standing() == 0);
}

TEST_CASE("fewer shares than ours are a difference") {
  shareholder d{10, 10};
  SUBCASE("they are not in the holdings") { d.line().qty = d.line().overnight_qty = 6; }
  SUBCASE("the owner has sold some of them") { d.sold(4); }
  d.judge();
  const auto said = differences(d.judge());
  const account_difference* line = of(said, "position");
  REQUIRE(line != nullptr);
  CHECK(line->key == "NSE:NIFTY CNC");
  CHECK(line->units == -4);
  CHECK(line->action == "halted");
}

TEST_CASE("in the night, while shares move to the holdings, nothing is said of them and nothing is over") {
  shareholder d{10, 110};
  d.judge();
  d.judge();
  d.line().qty = d.line().overnight_qty = 104;  // a sale that nobody explains
  d.line().qty = 4;
  d.judge();
  CHECK(differences(d.judge()).size() == 1);
  CHECK(d.book.standing() == 1);
  d.at_broker.positions.clear();
  d.at_broker.at = at(2 * tomorrow + 3, 0);
  for (int i = 0; i < 3; ++i) CHECK(differences(d.judge()).empty());
  CHECK(d.book.standing() == 1);
  d.at_broker.at = at(2 * tomorrow + 9, 0);
  d.judge();
  CHECK(of(differences(d.judge()), "position")->units == -10);
}

TEST_CASE("in the night an order of delivery is not judged by shares that move") {
  desk d;
  d.submitted(ours_a, side::buy, 100, product::cnc);
  d.journal(order_unknown{client_order_id{ours_a}, "no answer"});
  d.at_broker.at = at(tomorrow + 3, 0);
  for (int i = 0; i < 3; ++i) CHECK(differences(d.judge()).empty());
  CHECK(d.updates.empty());
}

TEST_CASE("whatever the owner holds and trades, shares fit as long as ours are there") {
  CHECK(rc::check("shares", [] {
    const auto ours = *rc::gen::inRange<quantity>(1, 100);
    const auto owned = *rc::gen::inRange<quantity>(0, 100);
    const auto sold_by_owner = *rc::gen::inRange<quantity>(0, owned + ours + 1);
    shareholder d{ours, ours + owned, *rc::gen::element<std::string>("NSE:NIFTY", "BSE:NIFTY")};
    if (sold_by_owner > 0) d.sold(sold_by_owner);
    d.judge();
    d.judge();
    RC_ASSERT((d.book.standing() == 0U) == (sold_by_owner <= owned));
  }));
}
