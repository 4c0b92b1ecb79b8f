// Ours against the broker's book: what counts as a difference, what is foreign, and what is said when.
#include "domain/reconciler_desk.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

TEST_CASE("an account that fits the journal is said to be reconciled once, and again after it changed") {
  desk d;
  d.filled(ours_a, side::buy, 100);
  const auto first = d.judge();
  REQUIRE(first.size() == 1);
  const auto& figures = std::get<account_reconciled>(first[0]);
  CHECK(figures.orders == 1);
  CHECK(figures.open_positions == 1);
  CHECK(figures.foreign_positions == 0);
  CHECK(d.judge().empty());
  CHECK(d.judge().empty());
  d.filled(ours_b, side::sell, 100);
  const auto again = d.judge();
  REQUIRE(is_reconciled(again));
  CHECK(std::get<account_reconciled>(again[0]).open_positions == 0);
}

TEST_CASE("an account is known when it fits, or when what does not was said and acted on before") {
  desk d;
  d.filled(ours_a, side::buy, 100);
  const auto is_known = [&d] {
    auto verdict = d.book.judge(d.at_broker);
    d.journal(verdict.events);
    return verdict.is_known;
  };
  CHECK(is_known());
  d.hold(25);
  CHECK_FALSE(is_known());  // seen for the first time
  CHECK_FALSE(is_known());  // said now: its latch is still to come
  CHECK(is_known());
}

TEST_CASE("a trade that the journal lacks is a difference with both sides, in the second statement that has it") {
  desk d;
  d.filled(ours_a, side::buy, 100);
  CHECK(is_reconciled(d.judge()));
  d.hold(25);
  CHECK(d.judge().empty());
  const auto said = differences(d.judge());
  REQUIRE(said.size() == 1);
  CHECK(said[0].subject == "position");
  CHECK(said[0].key == "NSE:NIFTY MIS");
  CHECK(said[0].ours == "100 held, foreign trades 0");
  CHECK(said[0].theirs == "125 held, 0 of it overnight");
  CHECK(said[0].units == 25);
  CHECK(said[0].action == "halted");
  CHECK(d.book.standing() == 1);

  SUBCASE("it is said once, also while its line trades on") {
    CHECK(d.judge().empty());
    d.filled(ours_b, side::buy, 50);
    CHECK(d.judge().empty());
    CHECK(d.judge().empty());
  }
  SUBCASE("it is said again when it grows") {
    d.hold(5);
    CHECK(d.judge().empty());
    CHECK(differences(d.judge()).at(0).units == 30);
  }
  SUBCASE("it is over when both sides are the same again") {
    d.hold(-25);
    const auto over = d.judge();
    REQUIRE(differences(over).size() == 1);
    CHECK(differences(over)[0].action == "settled");
    CHECK(is_reconciled(over));
    CHECK(d.book.standing() == 0);
  }
}

TEST_CASE("a fill that is on its way while the statement is read is no difference") {
  desk d;
  d.submitted(ours_a, side::buy, 100);
  account_order& o = d.row(ours_a, side::buy, 100, "COMPLETE");
  o.filled = 100;
  d.trade(o, 100);
  CHECK(d.judge().empty());  // the book has it first
  d.journal(order_accepted{client_order_id{ours_a}, broker_order_id{"K1"}});
  d.journal(desk::fill(ours_a, side::buy, 60, 40));
  CHECK(d.judge().empty());  // another difference than before
  d.journal(desk::fill(ours_a, side::buy, 40, 0));
  const auto said = d.judge();
  CHECK(differences(said).empty());
  CHECK(is_reconciled(said));
}

TEST_CASE("orders placed by hand are shown as foreign, and explain what the account holds beside ours") {
  desk d;
  d.filled(ours_a, side::buy, 100);
  account_order& hand = d.row("", side::buy, 10, "COMPLETE");
  hand.filled = 10;
  d.trade(hand, 10);
  const auto first = differences(d.judge());
  REQUIRE(first.size() == 1);
  CHECK(first[0].subject == "foreign_order");
  CHECK(first[0].key == "K2");
  CHECK(first[0].action == "noted");
  CHECK(first[0].theirs == "BUY 10 NSE:NIFTY MIS COMPLETE filled 10");
  const auto second = differences(d.judge());
  REQUIRE(second.size() == 1);
  CHECK(second[0].subject == "foreign_position");
  CHECK(second[0].units == 10);
  CHECK(d.judge().empty());
  CHECK(d.book.standing() == 0);
}

TEST_CASE("a line of which the broker holds less than ours is stopped until it covers ours again") {
  desk d;
  d.filled(ours_a, side::buy, 100);
  account_order& hand = d.row("", side::sell, 40, "COMPLETE");
  hand.filled = 40;
  quantity short_by = -40;
  SUBCASE("sold by hand") { d.trade(hand, 40); }
  SUBCASE("gone, and no trade says why") {
    hand.filled = 0;
    d.hold(-130);
    short_by = -130;
  }
  d.judge();
  CHECK(d.book.short_lines().empty());
  const auto said = differences(d.judge());
  REQUIRE(said.size() == 1);
  CHECK(said[0].subject == "position");
  CHECK(said[0].units == short_by);
  CHECK(said[0].action == "stopped");
  CHECK(d.book.short_lines() == std::set<account_line>{{"NSE:NIFTY", "MIS"}});
  CHECK(d.book.standing() == 1);
  reconciler fresh{instruments()};
  fresh.restore(d.book.snapshot());
  CHECK(fresh.short_lines().size() == 1);
  CHECK(differences(d.judge()).empty());
  account_order& back = d.row("", side::buy, -short_by, "COMPLETE");
  back.filled = -short_by;
  d.trade(back, -short_by);
  d.judge();
  d.judge();
  CHECK(d.book.short_lines().empty());
}

TEST_CASE("a line of which the broker holds more than ours is not stopped") {
  desk d;
  d.filled(ours_a, side::sell, 100);
  d.hold(-25);
  d.judge();
  CHECK(differences(d.judge()).at(0).action == "halted");
  CHECK(d.book.short_lines().empty());
}

TEST_CASE("what was held before today is foreign, or ours, and no difference") {
  desk d;
  d.hold(0, 30);
  d.judge();
  CHECK(differences(d.judge()).at(0).subject == "foreign_position");
  desk carried;
  carried.submitted(ours_a, side::buy, 30);
  carried.journal(desk::fill(ours_a, side::buy, 30, 0));
  carried.hold(0, 30);
  CHECK(is_reconciled(carried.judge()));
}

TEST_CASE("an order with a tag of ours that the journal does not know is a difference: a journal was lost") {
  desk d;
  d.row(ours_b, side::buy, 10);
  d.judge();
  const auto said = differences(d.judge());
  REQUIRE(said.size() == 1);
  CHECK(said[0].subject == "order");
  CHECK(said[0].key == ours_b);
  CHECK(said[0].ours == "not in the journal");
  CHECK(said[0].action == "halted");
}

TEST_CASE("an order that has ended here and works at the broker is a difference, and the other way round") {
  desk d;
  d.submitted(ours_a, side::buy, 10);
  d.journal(order_rejected{client_order_id{ours_a}, "it never arrived"});
  d.row(ours_a, side::buy, 10);
  d.judge();
  CHECK(differences(d.judge()).at(0).reason == "it has ended here, and works at the broker");
  desk e;
  e.submitted(ours_a, side::buy, 10);
  e.row(ours_a, side::buy, 10, "CANCELLED");
  e.judge();
  CHECK(differences(e.judge()).at(0).reason == "it works here, and has ended at the broker");
}

TEST_CASE("fills at another price are a difference of cash") {
  desk d;
  d.submitted(ours_a, side::buy, 10);
  account_order& o = d.row(ours_a, side::buy, 10, "COMPLETE");
  o.filled = 10;
  d.trade(o, 10, rupees(101));
  d.journal(desk::fill(ours_a, side::buy, 10, 0));
  d.judge();
  const auto said = differences(d.judge());
  REQUIRE(said.size() == 1);
  CHECK(said[0].subject == "fills");
  CHECK(said[0].ours == "10 for 1000.00");
  CHECK(said[0].theirs == "10 for 1010.00");
}

TEST_CASE("a book that was emptied after the session contradicts nothing, as long as positions agree") {
  desk d;
  d.filled(ours_a, side::buy, 100);
  account_order& hand = d.row("", side::buy, 10, "COMPLETE");
  hand.filled = 10;
  d.trade(hand, 10);
  d.judge();
  d.judge();
  d.at_broker.orders.clear();
  d.at_broker.trades.clear();
  CHECK(d.judge().empty());
  CHECK(d.judge().empty());
  d.hold(1);
  d.judge();
  CHECK(differences(d.judge()).at(0).units == 1);
}

TEST_CASE("promise 3: an order that is unknown at day's end has expired where the position is as without it") {
  desk d;
  d.submitted(ours_a, side::buy, 100);
  d.journal(order_unknown{client_order_id{ours_a}, "no answer"});
  d.at_broker.at = at(15, 31);
  CHECK(d.judge().empty());
  const auto said = differences(d.judge());
  REQUIRE(said.size() == 1);
  CHECK(said[0].action == "repaired");
  REQUIRE(d.updates.size() == 1);
  CHECK(d.updates[0].what == broker_update::kind::expired);
  CHECK(d.updates[0].client_order_id.str() == ours_a);
  d.journal(order_expired{client_order_id{ours_a}, 0});
  CHECK(is_reconciled(d.judge()));
}

TEST_CASE("promise 3: an order that is unknown at day's end stays so where positions leave it open") {
  desk d;
  d.submitted(ours_a, side::buy, 100);
  d.journal(order_unknown{client_order_id{ours_a}, "no answer"});
  d.at_broker.at = at(15, 31);
  SUBCASE("the position has more than ours") { d.hold(100); }
  SUBCASE("another order may have undone it") {
    d.submitted(ours_b, side::sell, 100);
    d.journal(order_unknown{client_order_id{ours_b}, "no answer"});
  }
  d.judge();
  const auto said = differences(d.judge());
  CHECK(d.updates.empty());
  REQUIRE(said.size() == 2);
  CHECK(std::ranges::all_of(said, [](const auto& s) { return s.action == "halted"; }));
  CHECK(std::ranges::any_of(said, [](const auto& s) { return s.subject == "order" && s.key == ours_a; }));
}

TEST_CASE(
    "promise 3: an order is not declared unfilled on another day, though the account looks as if it was without") {
  desk d;
  product of = product::nrml;
  SUBCASE("it filled after the node had died: its units are carried, and look foreign") { d.hold(0, 50); }
  SUBCASE("it filled, and was sold by hand this morning") {
    d.hold(0, 50);
    account_order& hand = d.row("", side::sell, 50, "COMPLETE");
    hand.filled = 50;
    hand.product = "NRML";
    d.trade(hand, 50);
  }
  SUBCASE("intraday: everything is flat by now") { of = product::mis; }
  order_request r = market(ours_a.c_str(), side::buy, 50);
  r.product = of;
  d.journal(order_submitted{r});
  d.journal(order_unknown{client_order_id{ours_a}, "no answer"});
  if (!d.at_broker.positions.empty()) d.at_broker.positions[0].product = "NRML";
  d.at_broker.at = at(24 + 9, 20);
  for (int statements = 0; statements < 3; ++statements) {
    const auto said = differences(d.judge());
    CHECK(std::ranges::none_of(said, [](const auto& s) { return s.action == "repaired"; }));
    CHECK(d.updates.empty());
  }
  CHECK(d.book.standing() == 1);
}

TEST_CASE("promise 3: an order is declared unfilled beside what is foreign, once that is known") {
  desk d;
  d.submitted(ours_a, side::buy, 100);
  d.hold(0, 30);
  d.at_broker.at = at(15, 31);
  d.judge();
  CHECK(differences(d.judge()).at(0).subject == "foreign_position");
  CHECK(d.updates.empty());
  CHECK(differences(d.judge()).at(0).action == "repaired");
  CHECK(d.updates.size() == 1);
  CHECK(d.book.standing() == 0);
}

TEST_CASE("a restart knows what was said, from the journal or from a cut") {
  desk d;
  d.filled(ours_a, side::buy, 100);
  d.hold(25);
  d.judge();
  d.judge();
  REQUIRE(d.book.standing() == 1);
  reconciler fresh{instruments()};
  fresh.restore(d.book.snapshot());
  CHECK(fresh.snapshot() == d.book.snapshot());
  d.book = fresh;
  CHECK(d.judge().empty());
  CHECK(d.judge().empty());
  CHECK(d.book.standing() == 1);
}

TEST_CASE("whatever ours and foreign orders fill, the account fits; one unit more or less does not") {
  CHECK(rc::check("fits", [] {
    desk d;
    const int count = *rc::gen::inRange(1, 8);
    const side way = *rc::gen::element(side::buy, side::sell);  // a foreign trade against ours is a difference
    quantity ours = 0;
    quantity foreign = 0;
    for (int i = 0; i < count; ++i) {
      const auto qty = *rc::gen::inRange<quantity>(1, 200);
      if (*rc::gen::arbitrary<bool>()) {
        d.filled(derive_id(std::to_string(i)), way, qty);
        ours += qty;
      } else {
        foreign += qty;
        account_order& hand = d.row("by hand", way, qty, "COMPLETE");
        hand.filled = qty;
        d.trade(hand, qty);
      }
    }
    d.judge();
    d.judge();
    RC_ASSERT(d.book.standing() == 0U);
    const auto off = *rc::gen::nonZero<quantity>() % 1000 + 0;
    RC_PRE(off != 0);
    d.hold(off);
    d.judge();
    const auto said = differences(d.judge());
    const bool is_short = ours != 0 && foreign + off * sign(way) < 0;
    const quantity units = is_short ? foreign * sign(way) + off : off;
    RC_ASSERT(std::ranges::any_of(said, [&](const auto& s) {
      return s.subject == "position" && s.units == units && s.action == (is_short ? "stopped" : "halted");
    }));
  }));
}
