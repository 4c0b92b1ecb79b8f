// What proves that an order never arrived, and what does not.
#include "zerodha/tracker_rig.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using std::chrono::milliseconds;
using rig = tracker_rig;

TEST_CASE("an order whose answer was lost is found by its tag") {
  rig r;
  r.tracker.answer_lost(client_order_id{"a"}, milliseconds{0});
  CHECK(r.book({}, 2000).empty());
  CHECK(r.book({row("OPEN", 40)}, 3000) == "accepted K1");
  CHECK(r.book({}, 9000).empty());
  CHECK(r.book({}, 10000).empty());
}

TEST_CASE("an order that is absent twice never arrived") {
  rig r;
  const std::vector book{of_day("2022-01-03 09:20:00")};
  r.tracker.answer_lost(client_order_id{"a"}, milliseconds{100});
  CHECK(r.book(book, 1099).empty());  // too early to prove anything
  CHECK(r.book(book, 1100).empty());
  CHECK(r.book(book, 1599).empty());  // too close to the first
  CHECK(r.book(book, 1600) == "rejected (it never arrived: absent in two reads of Kite's order book)");
  CHECK(r.book(book, 9000).empty());
  CHECK_FALSE(r.tracker.sending(client_order_id{"a"}));
}

TEST_CASE("a book without an order of ours of that day proves no absence, whatever the hour") {
  for (const auto& book : {std::vector<kite_order_row>{}, std::vector{of_day("2022-01-03 09:20:00", "byhand")},
                           std::vector{of_day("")}, std::vector{of_day("2022-01-02 15:00:00")}}) {
    rig r;
    r.tracker.answer_lost(client_order_id{"a"}, milliseconds{0});
    CHECK(r.book(book, 5000).empty());
    CHECK(r.book(book, 9000).empty());
    CHECK(r.tracker.lost() == 1);
  }
  // The feed still stands at Friday's close, Kite is at Monday: its book says nothing about Friday's order.
  rig monday;
  monday.tracker.answer_lost(client_order_id{"a"}, milliseconds{0});
  CHECK(monday.book({of_day("2022-01-06 09:16:00")}, 5000, at(15, 29)).empty());
  CHECK(monday.book({of_day("2022-01-06 09:16:00")}, 9000, at(15, 29)).empty());
}

TEST_CASE("what had ended before a restart has to be in the book, too, before that proves an absence") {
  rig r;
  r.tracker.witness(broker_order_id{"K9"}, at(15, 30));
  r.tracker.witness(broker_order_id{"K8"}, at(15, 30) - seconds(24 * 3600));  // of another day
  r.tracker.found_again(client_order_id{"a"}, milliseconds{0});
  const std::vector lagging{of_day("2022-01-03 09:20:00")};
  CHECK(r.book(lagging, 5000).empty());
  CHECK(r.book(lagging, 9000).empty());
  std::vector whole = lagging;
  whole.push_back(of_day("2022-01-03 09:21:00"));
  whole.back().broker_order_id = broker_order_id{"K9"};
  CHECK(r.book(whole, 9500).empty());
  CHECK(r.tracker.foreign() == 1);
  CHECK(r.book(whole, 10'000).starts_with("rejected (it never arrived"));
}

TEST_CASE("absence proves nothing while it is being sent, after its day, or in a book that lost what it had") {
  rig sending;
  CHECK(sending.tracker.sending(client_order_id{"a"}));
  CHECK_FALSE(sending.tracker.sending(client_order_id{"a"}));
  sending.tracker.found_again(client_order_id{"a"}, milliseconds{0});
  const std::vector book{of_day("2022-01-03 09:20:00")};
  CHECK(sending.book(book, 5000).empty());
  CHECK(sending.book(book, 9000).empty());

  rig late;
  late.tracker.answer_lost(client_order_id{"a"}, milliseconds{0});
  CHECK(late.book({}, 5000, at(15, 30)).empty());
  CHECK(late.book({}, 9000, at(15, 31)).empty());
  CHECK(late.book({of_day("2022-01-02 15:00:00")}, 12000, at(15, 32)).empty());
  CHECK(late.book({of_day("2022-01-03 15:00:00", "")}, 15000, at(15, 33)).empty());
  CHECK(late.book({of_day("2022-01-03 15:00:00", "")}, 18000, at(15, 34)).empty());

  rig emptied;
  emptied.tracker.watch(submitted(market("b"), 1, 2), on());
  CHECK(emptied.book({row("OPEN", 0, 100, "b", "K2")}) == "accepted K2");
  emptied.tracker.answer_lost(client_order_id{"a"}, milliseconds{0});
  CHECK(emptied.book({}, 5000).empty());
  CHECK(emptied.book({}, 9000).empty());

  // Kite has named an order that the book does not have yet: it lags, whatever else it lacks.
  rig lagging;
  lagging.tracker.watch(submitted(market("b"), 1, 2), on());
  CHECK(rig::text(lagging.tracker.placed(client_order_id{"b"}, broker_order_id{"K2"})) == "accepted K2");
  lagging.tracker.answer_lost(client_order_id{"a"}, milliseconds{0});
  CHECK(lagging.book(book, 5000).empty());
  CHECK(lagging.book(book, 9000).empty());
  kite_order_row late_one = row("OPEN", 0, 100, "b", "K2");
  late_one.order_timestamp = "2022-01-03 09:21:00";
  CHECK(lagging.book({late_one}, 9500).empty());
  CHECK(lagging.book({late_one}, 10'000).starts_with("rejected"));
}

TEST_CASE("after the session a book that still has orders of ours of that day proves absence") {
  rig r;
  r.tracker.answer_lost(client_order_id{"a"}, milliseconds{0});
  CHECK(r.book({of_day("2022-01-03 15:29:00")}, 5000, at(15, 30)).empty());
  CHECK(r.book({of_day("2022-01-03 15:29:00")}, 9000, at(15, 31)) ==
        "rejected (it never arrived: absent in two reads of Kite's order book)");
}

TEST_CASE("an order that was taken for absent and turns up is told, with its fills") {
  rig r;
  r.tracker.answer_lost(client_order_id{"a"}, milliseconds{0});
  r.book({of_day("2022-01-03 09:20:00")}, 2000);
  r.book({of_day("2022-01-03 09:20:00")}, 9000);
  CHECK(r.book({row("COMPLETE", 100)}, 9500) ==
        "accepted K1{order a was taken for refused or absent, and is COMPLETE at Kite as K1: look at it}");
  CHECK(r.tracker.missing_trades().size() == 1);
  CHECK(r.trades({trade("1", 100)}).find("filled 100 K1:1") == 0);
}
