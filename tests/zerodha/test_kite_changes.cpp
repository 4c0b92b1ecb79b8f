// Modifications: what settles them, what refuses them, and what proves that they took no effect.
#include "zerodha/tracker_rig.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using std::chrono::milliseconds;
using rig = tracker_rig;

TEST_CASE("a modification is settled by the book alone") {
  rig r{limit("a", rupees(100))};
  r.placed();
  const order_terms asked{.qty = 150, .limit_price = rupees(101)};
  r.tracker.modifying(client_order_id{"a"}, asked);
  CHECK(r.book({priced(row("MODIFY PENDING"), rupees(100))}).empty());
  CHECK(r.book({priced(row("OPEN"), rupees(100))}).empty());  // the book lags
  CHECK(r.pushed(priced(row("OPEN", 0, 150), rupees(101))).empty());
  CHECK(r.book({priced(row("OPEN", 0, 150), rupees(101))}) == "modified 150 101.00");
  CHECK(r.pushed(priced(row("OPEN"), rupees(100))).empty());  // late news do not turn it back
  CHECK(r.book({priced(row("OPEN", 0, 150), rupees(101))}).empty());
}

TEST_CASE("a refused modification has Kite's reason, one by hand is told as such") {
  rig r{limit("a", rupees(100))};
  r.placed();
  r.tracker.modifying(client_order_id{"a"}, {.qty = 100, .limit_price = rupees(101)});
  kite_order_row no = priced(row("OPEN"), rupees(100));
  no.status_message = "price out of range";
  CHECK(r.book({no}).empty());  // its request is still under way
  r.tracker.modify_ended(client_order_id{"a"}, milliseconds{0});
  CHECK(r.book({no}) == "not modified (price out of range)");
  CHECK(r.book({no}).empty());
  CHECK(r.book({priced(row("OPEN"), rupees(99))}) == "modified 100 99.00 (changed at Kite)");
}

TEST_CASE("what Kite said of an earlier modification ends no later one, nor does a book from before its answer") {
  rig r{limit("a", rupees(100))};
  r.placed();
  const client_order_id a{"a"};
  kite_order_row no = priced(row("OPEN"), rupees(100));
  no.status_message = "price out of range";
  r.tracker.modifying(a, {.qty = 100, .limit_price = rupees(101)});
  r.tracker.modify_ended(a, milliseconds{100});
  CHECK(r.book({no}, 99).empty());
  CHECK(r.book({no}, 100) == "not modified (price out of range)");
  const order_terms larger{.qty = 150, .limit_price = rupees(100)};
  r.tracker.modifying(a, larger);
  CHECK(r.book({no}, 150).empty());
  r.tracker.modify_ended(a, milliseconds{200});
  CHECK(r.book({no}, 199).empty());
  CHECK(r.book({no}, 200).empty());
  CHECK(r.book({priced(row("OPEN"), rupees(99))}, 150).empty());  // a read that began earlier comes late
  kite_order_row other = no;
  other.status_message = "too large";
  CHECK(r.book({other}, 300) == "not modified (too large)");
  r.tracker.modifying(a, larger);
  CHECK(r.book({priced(row("OPEN", 0, 150), rupees(100))}, 400) == "modified 150 100.00");

  // From before a restart: nobody knows what Kite had said before it.
  order_request request = limit("b", rupees(100));
  order o = submitted(request, 1, 2);
  o.broker_order_id = broker_order_id{"K2"};
  o.asked_terms = larger;
  r.tracker.watch(o, on());
  r.tracker.modify_found_again(client_order_id{"b"}, milliseconds{500});
  kite_order_row found = row("OPEN", 0, 100, "b", "K2");
  found.limit_price = rupees(100);
  found.status_message = "price out of range";
  CHECK(r.book({found}, 600) == "accepted K2");
  found.status_message = "too large";
  CHECK(r.book({found}, 700) == "not modified (too large)");
}

TEST_CASE("a modification that two reads of the book do not show has not taken effect") {
  rig r{limit("a", rupees(100))};
  r.placed();
  const client_order_id a{"a"};
  const auto dated = [](kite_order_row row) {
    row.order_timestamp = "2022-01-03 09:20:00";
    return row;
  };
  const kite_order_row old = dated(priced(row("OPEN"), rupees(100)));
  const kite_order_row moving = dated(priced(row("MODIFY PENDING"), rupees(100)));
  r.tracker.modifying(a, {.qty = 50, .limit_price = rupees(100)});
  CHECK(r.book({old}, 5'000).empty());
  CHECK(r.book({old}, 9'000).empty());  // its request is still under way
  r.tracker.modify_found_again(a, milliseconds{0});
  CHECK(r.book({old}, 9'600).empty());
  r.tracker.modify_ended(a, milliseconds{10'000});
  CHECK(r.book({old}, 10'999).empty());  // too early
  CHECK(r.book({old}, 11'000).empty());
  CHECK(r.book({old}, 11'499).empty());     // too close to the first
  CHECK(r.book({moving}, 11'600).empty());  // something is under way: from the start
  CHECK(r.book({old}, 11'700).empty());
  CHECK(r.book({old}, 12'199).empty());
  CHECK(r.book({old}, 12'200) == "not modified (it took no effect: two reads of Kite's order book have the old terms)");
  CHECK(r.book({old}, 13'000).empty());
  CHECK(r.book({dated(priced(row("OPEN", 0, 50), rupees(100)))}, 14'000) == "modified 50 100.00 (changed at Kite)");
}

TEST_CASE("a book that lags does not prove that a modification took no effect") {
  rig r{limit("a", rupees(100))};
  r.placed();
  r.tracker.witness(broker_order_id{"K9"}, at(15, 30));
  r.tracker.modifying(client_order_id{"a"}, {.qty = 50, .limit_price = rupees(100)});
  r.tracker.modify_ended(client_order_id{"a"}, milliseconds{0});
  kite_order_row old = priced(row("OPEN"), rupees(100));
  old.order_timestamp = "2022-01-03 09:20:00";
  CHECK(r.book({old}, 5'000).empty());
  CHECK(r.book({old}, 9'000).empty());
}
