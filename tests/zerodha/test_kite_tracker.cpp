// Order rows and trades in any order and any number give each fact once.
#include "zerodha/tracker_rig.hpp"

#include <numeric>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;
using rig = tracker_rig;

TEST_CASE("an order's life: accepted, filled by its trades, complete") {
  rig r;
  CHECK(r.placed() == "accepted K1");
  CHECK(r.pushed(row("OPEN PENDING")).empty());
  CHECK(r.pushed(row("OPEN", 40)).empty());
  CHECK(r.tracker.missing_trades() == std::vector{broker_order_id{"K1"}});
  CHECK(r.trades({trade("1", 40)}) == "filled 40 K1:1");
  CHECK(r.tracker.missing_trades().empty());
  CHECK(r.pushed(row("COMPLETE", 100)).empty());
  CHECK(r.trades({trade("1", 40), trade("2", 60)}) == "filled 60 K1:2");
  CHECK(r.tracker.has_ended(client_order_id{"a"}));
}

TEST_CASE("the acceptance comes from whoever speaks first, once") {
  rig r;
  CHECK(r.pushed(row("PUT ORDER REQ RECEIVED")) == "accepted K1");
  CHECK(r.placed().empty());
  CHECK(r.book({row("OPEN")}).empty());
}

TEST_CASE("an order is found by its tag, also among several, and is foreign without one") {
  rig r;
  kite_order_row tagged = row("OPEN");
  tagged.tag = "";
  tagged.tags = {"mktp", "a"};
  CHECK(r.book({tagged, row("OPEN", 0, 5, "", "F1"), row("OPEN", 0, 5, "other", "F2")}) == "accepted K1");
  CHECK(r.tracker.foreign() == 2);
  CHECK(r.tracker.at_kite(client_order_id{"a"}).str() == "K1");
}

TEST_CASE("a second order with our tag, or one of another side or instrument, is not used and is told") {
  rig r;
  r.placed();
  CHECK(r.book({row("OPEN"), row("COMPLETE", 100, 100, "a", "K2")}).find("{Kite's order K2") == 0);
  kite_order_row sell = row("OPEN");
  sell.side = side::sell;
  CHECK(r.pushed(sell).find("{Kite's order K1 (SELL NSE:NIFTY)") == 0);
  kite_order_row other = row("OPEN");
  other.tradingsymbol = "INFY";
  CHECK(r.pushed(other).find("not used}") != std::string::npos);
  CHECK(r.placed("K3") == "{order a is K1 at Kite, and was answered as K3, too}");
}

TEST_CASE("the end waits for the trades that it counts") {
  rig r;
  r.placed();
  CHECK(r.pushed(row("CANCELLED", 40)).empty());
  CHECK_FALSE(r.tracker.has_ended(client_order_id{"a"}));
  CHECK(r.trades({trade("1", 30)}) == "filled 30 K1:1");
  CHECK(r.trades({trade("2", 10)}) == "filled 10 K1:2, cancelled (CANCELLED)");
  CHECK(r.pushed(row("CANCELLED", 40)).empty());
  CHECK(r.pushed(row("OPEN", 40)).empty());
}

TEST_CASE("a rejection has Kite's reason; with fills it is a cancel") {
  rig r;
  kite_order_row no = row("REJECTED");
  no.status_message = "Insufficient funds";
  CHECK(r.pushed(no) == "rejected (Insufficient funds)");
  CHECK(r.pushed(no).empty());
  rig part;
  part.placed();
  CHECK(part.pushed(row("REJECTED", 10)).empty());
  CHECK(part.trades({trade("1", 10)}) == "filled 10 K1:1, cancelled (REJECTED)");
}

TEST_CASE("a row older than what is known changes nothing, an impossible end is told") {
  rig r;
  r.placed();
  r.pushed(row("OPEN", 60));
  CHECK(r.pushed(row("OPEN", 40)).empty());
  CHECK(r.pushed(row("CANCELLED", 40)).find("{Kite's order K1 is CANCELLED with 40 filled, and had 60 before") == 0);
  CHECK(r.pushed(row("COMPLETE", 60)).find("{Kite's order K1 is COMPLETE with 60 of 100 filled") == 0);
  CHECK_FALSE(r.tracker.has_ended(client_order_id{"a"}));
}

TEST_CASE("unknown statuses are live") {
  rig r;
  CHECK(r.pushed(row("SOMETHING NEW")) == "accepted K1");
  CHECK(r.pushed(row("UPDATE", 10)).empty());
  CHECK(r.tracker.missing_trades().size() == 1);
}

TEST_CASE("a stop order is triggered when it is open or filled, not while a modification passes") {
  rig r{stop("a")};
  CHECK(r.book({priced(row("TRIGGER PENDING"), rupees(100), rupees(99))}) == "accepted K1");
  r.tracker.modifying(client_order_id{"a"}, {.qty = 100, .limit_price = rupees(101), .trigger_price = rupees(99)});
  CHECK(r.pushed(priced(row("OPEN"), rupees(100), rupees(99))).empty());
  CHECK(r.book({priced(row("TRIGGER PENDING"), rupees(101), rupees(99))}) == "modified 100 101.00");
  CHECK(r.pushed(priced(row("OPEN"), rupees(101), rupees(99))) == "triggered");
  CHECK(r.pushed(priced(row("OPEN", 10), rupees(101), rupees(99))).empty());
  rig jump{stop("a")};
  CHECK(jump.pushed(priced(row("COMPLETE", 100), rupees(100), rupees(99))) == "accepted K1, triggered");
}

TEST_CASE("fills beyond the known quantity wait until the book explains them") {
  rig r;
  r.placed();
  CHECK(r.trades({trade("1", 100), trade("2", 20)}) == "filled 100 K1:1");
  CHECK(r.book({row("COMPLETE", 150, 150)}) == "modified 150 0.00 (changed at Kite), filled 20 K1:2");
  CHECK(r.trades({trade("3", 30)}) == "filled 30 K1:3");
}

TEST_CASE("an order made smaller to what is filled ends") {
  rig r;
  r.placed();
  r.trades({trade("1", 40)});
  CHECK(r.book({row("COMPLETE", 40, 40)}) == "cancelled (made smaller at Kite, to what is filled)");
}

TEST_CASE("what was open, or filled in part, stays so beside an emptied book, and is as before when the book is back") {
  rig r;
  CHECK(r.book({row("OPEN", 40)}) == "accepted K1");
  CHECK(r.trades({trade("1", 40)}) == "filled 40 K1:1");
  for (std::int64_t ms = 5000; ms < 30'000; ms += 5000) CHECK(r.book({}, ms).empty());
  CHECK(r.trades({}).empty());
  CHECK(r.book({}, 40'000, at(15, 40)).empty());
  CHECK_FALSE(r.tracker.has_ended(client_order_id{"a"}));
  CHECK(r.book({row("OPEN", 60)}, 50'000).empty());
  CHECK(r.trades({trade("1", 40), trade("2", 20)}) == "filled 20 K1:2");
}

TEST_CASE("an order that did not leave may be sent later, once") {
  rig r;
  const client_order_id a{"a"};
  const std::vector book{of_day("2022-01-03 09:20:00")};
  CHECK(r.tracker.sending(a));
  r.tracker.not_sent(a);
  CHECK(r.book(book, 5000).empty());
  CHECK(r.book(book, 9000).empty());
  CHECK(r.tracker.sending(a));
  CHECK(r.placed() == "accepted K1");
  CHECK_FALSE(r.tracker.sending(a));
}

TEST_CASE("an ended order is forgotten half a day after its session") {
  rig r;
  r.placed();
  r.pushed(row("CANCELLED"));
  r.book({row("CANCELLED")}, 0, at(23, 0));
  CHECK(r.tracker.at_kite(client_order_id{"a"}).str() == "K1");
  r.book({}, 0, at(15, 30) + seconds(12 * 3600));
  CHECK(r.tracker.at_kite(client_order_id{"a"}).empty());
}

TEST_CASE("however rows and trades are repeated, mixed and delayed, the order manager ends with the truth") {
  CHECK(rc::check([] {
    // The truth: fills of one order, then its end.
    const auto sizes = *rc::gen::container<std::vector<int>>(*rc::gen::inRange(0, 6), rc::gen::inRange(1, 30));
    const quantity done = std::accumulate(sizes.begin(), sizes.end(), quantity{0});
    const bool is_complete = done > 0 && *rc::gen::arbitrary<bool>();
    const quantity qty = is_complete ? done : done + *rc::gen::inRange(1, 50);
    std::vector<kite_order_row> rows{row("OPEN PENDING", 0, qty), row("OPEN", 0, qty)};
    std::vector<kite_trade_row> trades;
    quantity so_far = 0;
    for (const int n : sizes) {
      so_far += n;
      trades.push_back(trade(std::to_string(trades.size() + 1).c_str(), n));
      rows.push_back(row("OPEN", so_far, qty));
    }
    rows.push_back(row(is_complete ? "COMPLETE" : "CANCELLED", done, qty));

    order_manager manager{{.placing_enabled = true}, instruments()};
    manager.submit(approve_all({market("a", side::buy, qty)}), at(10, 0), 1);
    kite_tracker tracker;
    tracker.watch(*manager.find(client_order_id{"a"}), on());
    std::size_t refused = 0;
    const auto tell = [&](const kite_findings& f) {
      RC_ASSERT(f.notices.empty());
      for (const event_body& e : manager.on_updates(f.updates, at(10, 1))) {
        refused += std::holds_alternative<broker_update_refused>(e) ? 1 : 0;
      }
    };
    std::size_t now = 0;  // how much of the truth has happened: a book shows the newest row, a push any
    for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000))) {
      now = std::max(now, *rc::gen::inRange<std::size_t>(0, rows.size()));
      const std::size_t any = static_cast<std::size_t>(step) % (now + 1);
      if (step % 3 == 0) tell(tracker.on_pushed(rows[any]));
      if (step % 3 == 1) tell(tracker.on_book(std::vector{rows[now]}, {.wall = at(10, 1)}));
      if (step % 3 == 2) {
        const std::size_t known = std::min(any, trades.size());
        tell(tracker.on_trades(std::span{trades}.first(known)));
      }
    }
    tell(tracker.on_book(std::vector{rows.back()}, {.wall = at(10, 2)}));
    tell(tracker.on_trades(trades));

    const order& o = *manager.find(client_order_id{"a"});
    RC_ASSERT(refused == 0U);
    RC_ASSERT(o.filled == done);
    RC_ASSERT(o.fill_count == sizes.size());
    RC_ASSERT(o.status == (is_complete ? order_status::filled : order_status::cancelled));
    RC_ASSERT(o.broker_order_id.str() == "K1");
    RC_ASSERT(tracker.missing_trades().empty());
  }));
}
