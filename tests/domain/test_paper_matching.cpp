// MARKET and LIMIT, DAY: arrival, price, expiry, cancels, and who is served first.
#include "domain/paper_fixture.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

TEST_CASE("a market order is accepted and filled whole on the next tick of its instrument") {
  paper_venue x;
  x.submit(market("a"));
  CHECK(x.tick_at(at(10, 0), rupees(500), banknifty).empty());
  CHECK(x.tick_at(at(10, 0, 20), rupees(99, 50)) == "accepted a Pa, filled a 100@99.50 Pa-1");
  CHECK(x.tick_at(at(10, 0, 40), rupees(99)).empty());
}

TEST_CASE("an order never meets the frame that caused it") {
  paper_venue x;
  x.submit(market("a"));
  const tick t{.instrument = nifty, .last = rupees(100)};
  CHECK(x.book.on_frame({10, at(10, 0), frame_kind::ticks, {&t, 1}}).empty());
  CHECK(x.tick_at(at(10, 0, 20), rupees(101)) == "accepted a Pa, filled a 100@101.00 Pa-1");
}

TEST_CASE("a limit that is marketable on arrival fills at the better last price") {
  paper_venue x;
  x.submit(limit("b", rupees(100)));
  x.submit(limit("s", rupees(90), side::sell));
  CHECK(x.tick_at(at(10, 0), rupees(99)) ==
        "accepted b Pb, filled b 100@99.00 Pb-1, accepted s Ps, filled s 100@99.00 Ps-1");
}

TEST_CASE("a limit that the first tick touches fills at once") {
  paper_venue x;
  x.submit(limit("b", rupees(100)));
  CHECK(x.tick_at(at(10, 0), rupees(100)) == "accepted b Pb, filled b 100@100.00 Pb-1");
}

TEST_CASE("a resting limit fills at its limit when the price touches or crosses it") {
  paper_venue x;
  x.submit(limit("b", rupees(100)));
  x.submit(limit("s", rupees(105), side::sell));
  CHECK(x.tick_at(at(10, 0), rupees(102)) == "accepted b Pb, accepted s Ps");
  CHECK(x.tick_at(at(10, 1), rupees(100, 5)).empty());
  CHECK(x.tick_at(at(10, 2), rupees(97)) == "filled b 100@100.00 Pb-1");
  CHECK(x.tick_at(at(10, 3), rupees(105)) == "filled s 100@105.00 Ps-1");
}

TEST_CASE("mistake 3: a DAY limit that does not cross emits no fill, and expires at the close") {
  paper_venue x;
  x.submit(limit("b", rupees(90)));
  std::string all;
  for (int minute = 0; minute < 60; ++minute) all += x.tick_at(at(14, minute), rupees(100));
  CHECK(all == "accepted b Pb");
  CHECK(x.close() == "expired b");
  CHECK(x.known("b").fill_count == 0);
  CHECK(x.tick_at(at(15, 30), rupees(80)).empty());
}

TEST_CASE("orders expire ahead of all else, whether accepted or not") {
  paper_venue x;
  x.submit(limit("a", rupees(90)));
  CHECK(x.tick_at(at(15, 29), rupees(100)) == "accepted a Pa");
  x.submit(market("b"));
  order_request tomorrow = market("c");
  tomorrow.expires_at = tomorrow.expires_at + seconds(86'400);
  x.submit(tomorrow);
  CHECK(x.tick_at(at(9, 15) + seconds(86'400), rupees(80)) ==
        "expired a, expired b, accepted c Pc, filled c 100@80.00 Pc-1");
}

TEST_CASE("orders expire in the order they were submitted, across instruments") {
  paper_venue x;
  for (const char* id : {"z", "m", "a"}) {
    x.submit(market(id, side::buy, 1, id[0] == 'm' ? banknifty : nifty));
  }
  CHECK(x.close() == "expired z, expired m, expired a");
}

TEST_CASE("nothing matches outside the session") {
  paper_venue x;
  x.submit(market("a"));
  CHECK(x.tick_at(at(9, 14, 59), rupees(100)).empty());
  x.now = at(9, 0);
  x.submit(market("b"));
  CHECK(x.tick_at(at(9, 15), rupees(101)) == "accepted b Pb, filled b 100@101.00 Pb-1");
}

TEST_CASE("a requested cancel wins over a fill in the next frame") {
  paper_venue x;
  x.submit(limit("a", rupees(90)));
  CHECK(x.tick_at(at(10, 0), rupees(100)) == "accepted a Pa");
  x.cancel("a");
  CHECK(x.tick_at(at(10, 1), rupees(400), banknifty).empty());
  CHECK(x.tick_at(at(10, 2), rupees(80)) == "cancelled a (cancel requested)");
  CHECK(x.tick_at(at(10, 3), rupees(80)).empty());
}

TEST_CASE("a cancel of an order that the exchange has not seen is accept, then cancel") {
  paper_venue x;
  x.submit(market("a"));
  x.cancel("a");
  CHECK(x.tick_at(at(10, 0), rupees(100)) == "accepted a Pa, cancelled a (cancel requested)");
}

TEST_CASE("a cancel or a modification of an order that is not in the book has no effect") {
  paper_venue x;
  x.book.cancel(submitted(market("a"), 10));
  x.book.modify(submitted(market("a"), 10));
  x.submit(market("a"));
  CHECK(x.tick_at(at(10, 0), rupees(100)) == "accepted a Pa, filled a 100@100.00 Pa-1");
}

TEST_CASE("an order placed twice fills once, also when placed again after its fill") {
  paper_venue x;
  x.submit(market("a"));
  x.book.place(submitted(market("a"), 10));
  CHECK(x.tick_at(at(10, 0), rupees(100)) == "accepted a Pa, filled a 100@100.00 Pa-1");
  x.book.place(submitted(market("a"), 10));
  CHECK(x.tick_at(at(10, 1), rupees(100)).empty());
}

TEST_CASE("first submitted, first served, whatever the ids and the order of the ticks") {
  paper_venue x;
  x.submit(market("z"));
  x.submit(market("a", side::sell, 7, banknifty));
  x.submit(market("m"));
  CHECK(x.ticks(at(10, 0), {{.instrument = banknifty, .last = rupees(50)}, {.instrument = nifty, .last = rupees(9)}}) ==
        "accepted z Pz, filled z 100@9.00 Pz-1, accepted a Pa, filled a 7@50.00 Pa-1, "
        "accepted m Pm, filled m 100@9.00 Pm-1");
}

TEST_CASE("orders go by their place among the submitted ones, also where they were placed in another order") {
  paper_matching book{{}, trading_session{}, instruments()};
  book.place(submitted(market("late"), 10, 2));
  book.place(submitted(market("early"), 10, 1));
  const tick t{.instrument = nifty, .last = rupees(100)};
  CHECK(story(book.on_frame({11, at(10, 1), frame_kind::ticks, {&t, 1}})) ==
        "accepted early Pearly, filled early 100@100.00 Pearly-1, accepted late Plate, filled late 100@100.00 Plate-1");
}

TEST_CASE("in recovery an accepted order rests, a pending cancel goes on, an ended order stays away") {
  paper_matching book{{}, trading_session{}, instruments()};
  order resting = submitted(limit("a", rupees(100)), 3);
  resting.status = order_status::open;
  order cancelling = submitted(limit("b", rupees(100)), 3);
  cancelling.status = order_status::pending_cancel;
  cancelling.broker_order_id = broker_order_id{"Pb"};
  order unseen = submitted(limit("c", rupees(100)), 3);
  unseen.status = order_status::pending_cancel;
  order ended = submitted(market("d"), 3);
  ended.status = order_status::filled;
  for (const order& o : {resting, cancelling, unseen, ended}) book.place(o);
  const tick t{.instrument = nifty, .last = rupees(95)};
  CHECK(story(book.on_frame({11, at(10, 0), frame_kind::ticks, {&t, 1}})) ==
        "filled a 100@100.00 Pa-1, cancelled b (cancel requested), accepted c Pc, cancelled c (cancel requested)");
}
