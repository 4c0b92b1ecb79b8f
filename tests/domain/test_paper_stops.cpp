// SL, SL-M and IOC.
#include "domain/paper_fixture.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

TEST_CASE("an SL-M waits for its trigger, then fills at the market price of the tick that reached it") {
  paper_venue x;
  x.submit(stop_market("b", rupees(105), side::buy));
  x.submit(stop_market("s", rupees(95), side::sell));
  CHECK(x.tick_at(at(10, 1), rupees(100)) == "accepted b Pb, accepted s Ps");
  CHECK(x.tick_at(at(10, 2), rupees(104, 95)).empty());
  CHECK(x.tick_at(at(10, 3), rupees(105)) == "triggered b, filled b 100@105.00 Pb-1");
  CHECK(x.tick_at(at(10, 4), rupees(95, 5)).empty());
  CHECK(x.tick_at(at(10, 5), rupees(91)) == "triggered s, filled s 100@91.00 Ps-1");
}

TEST_CASE("a stop whose trigger is reached on arrival triggers on arrival") {
  paper_venue x;
  x.submit(stop_market("s", rupees(95), side::sell));
  CHECK(x.tick_at(at(10, 1), rupees(94)) == "accepted s Ps, triggered s, filled s 100@94.00 Ps-1");
}

TEST_CASE("an SL is a limit order that arrives with the tick that triggers it") {
  paper_venue x;
  x.submit(stop_limit("b", rupees(105), rupees(106)));
  CHECK(x.tick_at(at(10, 1), rupees(100)) == "accepted b Pb");
  CHECK(x.tick_at(at(10, 2), rupees(105, 50)) == "triggered b, filled b 100@105.50 Pb-1");
}

TEST_CASE("an SL that the price jumped over rests at its limit and fills there") {
  paper_venue x;
  x.submit(stop_limit("s", rupees(95), rupees(94), side::sell));
  CHECK(x.tick_at(at(10, 1), rupees(100)) == "accepted s Ps");
  CHECK(x.tick_at(at(10, 2), rupees(90)) == "triggered s");
  CHECK(x.known("s").triggered);
  CHECK(x.tick_at(at(10, 3), rupees(93, 95)).empty());
  CHECK(x.tick_at(at(10, 4), rupees(97)) == "filled s 100@94.00 Ps-1");
}

TEST_CASE("mistake 2: a triggered stop becomes an order and is never lost, not by a restart either") {
  paper_settings in_parts;
  in_parts.partial_fill_percent = 100;
  paper_venue x{in_parts};
  x.submit(stop_market("a", rupees(95), side::sell));
  CHECK(x.tick_at(at(10, 1), rupees(95)) == "accepted a Pa, triggered a, filled a 34@95.00 Pa-1");
  CHECK(x.tick_at(at(10, 2), rupees(99)) == "filled a 34@99.00 Pa-2");
  x.restart();
  CHECK(x.tick_at(at(10, 3), rupees(101)) == "filled a 32@101.00 Pa-3");
  CHECK(x.known("a").status == order_status::filled);
}

TEST_CASE("a stop that never triggers expires") {
  paper_venue x;
  x.submit(stop_market("s", rupees(95), side::sell));
  CHECK(x.tick_at(at(10, 1), rupees(96)) == "accepted s Ps");
  CHECK(x.close() == "expired s");
}

TEST_CASE("an IOC order fills on arrival or not at all") {
  paper_venue x;
  x.submit(ioc(market("m")));
  x.submit(ioc(limit("met", rupees(100))));
  x.submit(ioc(limit("not", rupees(99, 95))));
  CHECK(x.tick_at(at(10, 1), rupees(100)) ==
        "accepted m Pm, filled m 100@100.00 Pm-1, accepted met Pmet, filled met 100@100.00 Pmet-1, "
        "accepted not Pnot, cancelled not (IOC)");
  CHECK(x.tick_at(at(10, 2), rupees(90)).empty());
}

TEST_CASE("an IOC stop that does not trigger on arrival is cancelled, and one that does fills") {
  paper_venue x;
  x.submit(ioc(stop_market("a", rupees(105), side::buy)));
  x.submit(ioc(stop_market("b", rupees(100), side::buy)));
  x.submit(ioc(stop_limit("c", rupees(100), rupees(99), side::buy)));
  CHECK(x.tick_at(at(10, 1), rupees(100)) ==
        "accepted a Pa, cancelled a (IOC), accepted b Pb, triggered b, filled b 100@100.00 Pb-1, "
        "accepted c Pc, triggered c, cancelled c (IOC)");
}

TEST_CASE("of an IOC order in parts one part fills and the rest is cancelled") {
  paper_settings in_parts;
  in_parts.partial_fill_percent = 100;
  paper_venue x{in_parts};
  x.submit(ioc(market("c")));  // four parts
  CHECK(x.tick_at(at(10, 1), rupees(100)) == "accepted c Pc, filled c 25@100.00 Pc-1, cancelled c (IOC)");
  CHECK(x.known("c").status == order_status::cancelled);
  CHECK(x.known("c").filled == 25);
}
