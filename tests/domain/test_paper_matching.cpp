#include "runtime/domain/paper_matching.hpp"
#include "support/order_fixtures.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using kind = broker_update::kind;

namespace {

struct exchange {
  paper_matching book{trading_session{}};
  feed_seq seq = 10;

  std::vector<broker_update> ticks(timestamp ts, std::vector<tick> of) {
    return book.on_frame({++seq, ts, frame_kind::ticks, of});
  }
  std::vector<broker_update> tick_at(timestamp ts, price last, instrument_id on = nifty) {
    return ticks(ts, {{.instrument = on, .last = last}});
  }
};

/// "accepted a", "filled a 100@99.50 Pa-1", "cancelled a", "expired a"
std::string story(const std::vector<broker_update>& updates) {
  std::string out;
  for (const broker_update& u : updates) {
    if (!out.empty()) out += ", ";
    const std::string& id = u.client_order_id.str();
    if (u.what == kind::accepted) out += "accepted " + id + " " + u.broker_order_id.str();
    if (u.what == kind::filled) {
      out += "filled " + id + " " + std::to_string(u.qty) + "@" + to_string(u.price) + " " + u.fill_id.str();
    }
    if (u.what == kind::cancelled) out += "cancelled " + id;
    if (u.what == kind::expired) out += "expired " + id;
  }
  return out;
}

}  // namespace

TEST_CASE("a market order is accepted and filled whole on the next tick of its instrument") {
  exchange x;
  x.book.place(submitted(market("a"), 10));
  CHECK(story(x.tick_at(at(10, 0), rupees(500), banknifty)).empty());
  CHECK(story(x.tick_at(at(10, 0, 20), rupees(99, 50))) == "accepted a Pa, filled a 100@99.50 Pa-1");
  CHECK(story(x.tick_at(at(10, 0, 40), rupees(99))).empty());
}

TEST_CASE("an order never meets the frame that caused it") {
  exchange x;
  x.book.place(submitted(market("a"), 11));
  CHECK(story(x.tick_at(at(10, 0), rupees(100))).empty());
  CHECK(story(x.tick_at(at(10, 0, 20), rupees(101))) == "accepted a Pa, filled a 100@101.00 Pa-1");
}

TEST_CASE("a limit that is marketable on arrival fills at the better last price") {
  exchange x;
  x.book.place(submitted(limit("b", rupees(100)), 10));
  x.book.place(submitted(limit("s", rupees(90), side::sell), 10));
  CHECK(story(x.tick_at(at(10, 0), rupees(99))) ==
        "accepted b Pb, filled b 100@99.00 Pb-1, accepted s Ps, filled s 100@99.00 Ps-1");
}

TEST_CASE("a limit that the first tick touches fills at once") {
  exchange x;
  x.book.place(submitted(limit("b", rupees(100)), 10));
  CHECK(story(x.tick_at(at(10, 0), rupees(100))) == "accepted b Pb, filled b 100@100.00 Pb-1");
}

TEST_CASE("a resting limit fills at its limit when the price touches or crosses it") {
  exchange x;
  x.book.place(submitted(limit("b", rupees(100)), 10));
  x.book.place(submitted(limit("s", rupees(105), side::sell), 10));
  CHECK(story(x.tick_at(at(10, 0), rupees(102))) == "accepted b Pb, accepted s Ps");
  CHECK(story(x.tick_at(at(10, 1), rupees(100, 5))).empty());
  CHECK(story(x.tick_at(at(10, 2), rupees(97))) == "filled b 100@100.00 Pb-1");
  CHECK(story(x.tick_at(at(10, 3), rupees(105))) == "filled s 100@105.00 Ps-1");
}

TEST_CASE("a DAY limit that never crosses emits no fill and expires at the close") {
  exchange x;
  x.book.place(submitted(limit("b", rupees(90)), 10));
  std::vector<broker_update> all;
  for (int minute = 0; minute < 60; ++minute) {
    for (auto& u : x.tick_at(at(14, minute), rupees(100))) all.push_back(u);
  }
  CHECK(story(all) == "accepted b Pb");
  CHECK(story(x.book.on_frame({++x.seq, at(15, 30), frame_kind::session_close, {}})) == "expired b");
  CHECK(story(x.tick_at(at(15, 30), rupees(80))).empty());
}

TEST_CASE("orders expire ahead of all else, whether accepted or not") {
  exchange x;
  x.book.place(submitted(limit("a", rupees(90)), 10));
  CHECK(story(x.tick_at(at(15, 29), rupees(100))) == "accepted a Pa");
  x.book.place(submitted(market("b"), 11));
  order tomorrow = submitted(market("c"), 11);
  tomorrow.request.expires_at = tomorrow.request.expires_at + seconds(86'400);
  x.book.place(tomorrow);
  CHECK(story(x.tick_at(at(9, 15) + seconds(86'400), rupees(80))) ==
        "expired a, expired b, accepted c Pc, filled c 100@80.00 Pc-1");
}

TEST_CASE("nothing matches outside the session") {
  exchange x;
  x.book.place(submitted(market("a"), 10));
  CHECK(story(x.tick_at(at(9, 14, 59), rupees(100))).empty());
  CHECK(story(x.tick_at(at(9, 15), rupees(101))) == "accepted a Pa, filled a 100@101.00 Pa-1");
}

TEST_CASE("a requested cancel wins over a fill in the next frame") {
  exchange x;
  x.book.place(submitted(limit("a", rupees(90)), 10));
  CHECK(story(x.tick_at(at(10, 0), rupees(100))) == "accepted a Pa");
  x.book.cancel(client_order_id{"a"});
  CHECK(story(x.tick_at(at(10, 1), rupees(400), banknifty)).empty());
  CHECK(story(x.tick_at(at(10, 2), rupees(80))) == "cancelled a");
  CHECK(story(x.tick_at(at(10, 3), rupees(80))).empty());
}

TEST_CASE("a cancel of an order that the exchange has not seen is accept, then cancel") {
  exchange x;
  x.book.place(submitted(market("a"), 10));
  x.book.cancel(client_order_id{"a"});
  CHECK(story(x.tick_at(at(10, 0), rupees(100))) == "accepted a Pa, cancelled a");
}

TEST_CASE("a cancel of an order that is not in the book has no effect") {
  exchange x;
  x.book.cancel(client_order_id{"a"});
  x.book.place(submitted(market("a"), 10));
  CHECK(story(x.tick_at(at(10, 0), rupees(100))) == "accepted a Pa, filled a 100@100.00 Pa-1");
}

TEST_CASE("an order placed twice fills once, also when placed again after its fill") {
  exchange x;
  x.book.place(submitted(market("a"), 10));
  x.book.place(submitted(market("a"), 10));
  CHECK(story(x.tick_at(at(10, 0), rupees(100))) == "accepted a Pa, filled a 100@100.00 Pa-1");
  x.book.place(submitted(market("a"), 10));
  CHECK(story(x.tick_at(at(10, 1), rupees(100))).empty());
}

TEST_CASE("first placed, first served, whatever the ids and the order of the ticks") {
  exchange x;
  x.book.place(submitted(market("z"), 10));
  x.book.place(submitted(market("a", side::sell, 7, banknifty), 10));
  x.book.place(submitted(market("m"), 10));
  CHECK(story(x.ticks(at(10, 0),
                      {{.instrument = banknifty, .last = rupees(50)}, {.instrument = nifty, .last = rupees(9)}})) ==
        "accepted z Pz, filled z 100@9.00 Pz-1, accepted a Pa, filled a 7@50.00 Pa-1, "
        "accepted m Pm, filled m 100@9.00 Pm-1");
}

TEST_CASE("in recovery an accepted order rests, a pending cancel goes on, an ended order stays away") {
  exchange x;
  order resting = submitted(limit("a", rupees(100)), 3);
  resting.status = order_status::open;
  order cancelling = submitted(limit("b", rupees(100)), 3);
  cancelling.status = order_status::pending_cancel;
  cancelling.broker_order_id = broker_order_id{"Pb"};
  order unseen = submitted(limit("c", rupees(100)), 3);
  unseen.status = order_status::pending_cancel;
  order ended = submitted(market("d"), 3);
  ended.status = order_status::filled;
  for (const order& o : {resting, cancelling, unseen, ended}) x.book.place(o);
  CHECK(story(x.tick_at(at(10, 0), rupees(95))) == "filled a 100@100.00 Pa-1, cancelled b, accepted c Pc, cancelled c");
}
