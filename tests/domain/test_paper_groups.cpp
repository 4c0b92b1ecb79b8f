// One cancels the other, modifications and their races, and the way out at the close.
#include "domain/paper_fixture.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// A long of 100 from 100: stop at 95, target at 110.
void protect(paper_venue& x) {
  x.submit(in_group(stop_market("stop", rupees(95), side::sell), "F1"));
  x.submit(in_group(limit("target", rupees(110), side::sell), "F1"));
}

paper_settings latency_of(std::int64_t ms) {
  paper_settings s;
  s.latency_min_ms = ms;
  s.latency_max_ms = ms;
  return s;
}

constexpr duration ms(std::int64_t n) { return {n * 1'000'000}; }

}  // namespace

TEST_CASE("a filled target cancels the stop, a filled stop cancels the target") {
  paper_venue up;
  protect(up);
  CHECK(up.tick_at(at(10, 1), rupees(100)) == "accepted stop Pstop, accepted target Ptarget");
  CHECK(up.tick_at(at(10, 2), rupees(111)) ==
        "filled target 100@110.00 Ptarget-1, cancelled stop (one cancels the other)");
  CHECK(up.tick_at(at(10, 3), rupees(90)).empty());

  paper_venue down;
  protect(down);
  CHECK(down.tick_at(at(10, 1), rupees(94)) ==
        "accepted stop Pstop, triggered stop, filled stop 100@94.00 Pstop-1, cancelled target (one cancels the other)");
}

TEST_CASE("each part of a fill takes as much from the others of the group") {
  paper_settings in_parts;
  in_parts.partial_fill_percent = 100;
  paper_venue x{in_parts};
  x.submit(in_group(limit("b", rupees(110), side::sell), "F1"));  // two parts
  x.submit(in_group(stop_market("d", rupees(95), side::sell), "F1"));
  x.submit(in_group(stop_market("z", rupees(95), side::sell), "F2"));
  CHECK(x.tick_at(at(10, 1), rupees(111)) ==
        "accepted b Pb, filled b 50@111.00 Pb-1, modified d 50/0.00/95.00 (one cancels the other), "
        "accepted d Pd, accepted z Pz");
  CHECK(x.tick_at(at(10, 2), rupees(110)) == "filled b 50@110.00 Pb-2, cancelled d (one cancels the other)");
  CHECK(x.known("z").remaining() == 100);
}

TEST_CASE("the exits of a group never fill more than the group's quantity, whoever is first") {
  paper_venue x;
  protect(x);
  x.submit(in_group(market("exit", side::sell, 40), "F1", order_origin::signal));
  CHECK(x.tick_at(at(10, 1), rupees(94)) ==
        "accepted stop Pstop, triggered stop, filled stop 100@94.00 Pstop-1, "
        "cancelled target (one cancels the other), cancelled exit (one cancels the other)");

  paper_venue y;
  protect(y);
  y.submit(in_group(market("exit", side::sell, 40), "F1", order_origin::signal));
  CHECK(y.tick_at(at(10, 1), rupees(100)) ==
        "accepted stop Pstop, accepted target Ptarget, accepted exit Pexit, filled exit 40@100.00 Pexit-1, "
        "modified stop 60/0.00/95.00 (one cancels the other), modified target 60/110.00/0.00 (one cancels the other)");
  CHECK(y.tick_at(at(10, 2), rupees(110)) ==
        "filled target 60@110.00 Ptarget-1, cancelled stop (one cancels the other)");
}

TEST_CASE("the IOC rest of an order ends before its fill takes from the group") {
  paper_settings in_parts;
  in_parts.partial_fill_percent = 100;
  paper_venue x{in_parts};
  x.submit(in_group(stop_market("d", rupees(95), side::sell), "F1"));
  x.submit(in_group(ioc(market("c", side::sell)), "F1", order_origin::signal));
  CHECK(x.tick_at(at(10, 1), rupees(100)) ==
        "accepted d Pd, accepted c Pc, filled c 25@100.00 Pc-1, cancelled c (IOC), "
        "modified d 75/0.00/95.00 (one cancels the other)");
}

TEST_CASE("a modification gives new terms, and the order arrives anew with them") {
  paper_venue x;
  x.submit(limit("a", rupees(90)));
  CHECK(x.tick_at(at(10, 1), rupees(100)) == "accepted a Pa");
  x.modify("a", {50, rupees(101), {}});
  CHECK(x.tick_at(at(10, 2), rupees(99)) == "modified a 50/101.00/0.00 (as requested), filled a 50@99.00 Pa-1");
}

TEST_CASE("a modification that the exchange meets with the order itself is accept, then modify") {
  paper_venue x;
  x.submit(stop_market("a", rupees(105), side::buy));
  x.modify("a", {100, {}, rupees(99)});
  CHECK(x.tick_at(at(10, 1), rupees(100)) ==
        "accepted a Pa, modified a 100/0.00/99.00 (as requested), triggered a, filled a 100@100.00 Pa-1");
}

TEST_CASE("a modification to no more than what has filled meanwhile is rejected, and the order goes on") {
  paper_settings in_parts;
  in_parts.partial_fill_percent = 100;
  paper_venue x{in_parts};
  x.submit(market("b"));
  CHECK(x.tick_at(at(10, 1), rupees(100)) == "accepted b Pb, filled b 50@100.00 Pb-1");
  x.modify("b", {50, {}, {}});
  CHECK(x.tick_at(at(10, 2), rupees(101)) ==
        "modify rejected b (50 units asked for, 50 are filled), filled b 50@101.00 Pb-2");
}

TEST_CASE("a fill on the way of a cancel or a modification wins") {
  paper_venue x{latency_of(500)};
  x.submit(limit("a", rupees(90)));
  x.submit(limit("b", rupees(80)));
  CHECK(x.tick_at(at(10, 0, 1), rupees(100)) == "accepted a Pa, accepted b Pb");
  x.cancel("a");
  x.modify("b", {100, rupees(70), {}});
  CHECK(x.tick_at(at(10, 0, 1) + ms(499), rupees(79)) == "filled a 100@90.00 Pa-1, filled b 100@80.00 Pb-1");
  CHECK(x.tick_at(at(10, 0, 3), rupees(60)).empty());
}

TEST_CASE("a cancel and a modification take the order's latency") {
  paper_venue x{latency_of(500)};
  x.submit(limit("a", rupees(90)));
  x.submit(limit("b", rupees(90)));
  CHECK(x.tick_at(at(10, 0, 1), rupees(100)) == "accepted a Pa, accepted b Pb");
  x.cancel("a");
  x.modify("b", {100, rupees(95), {}});
  CHECK(x.tick_at(at(10, 0, 1) + ms(499), rupees(99)).empty());
  CHECK(x.tick_at(at(10, 0, 1) + ms(500), rupees(99)) ==
        "cancelled a (cancel requested), modified b 100/95.00/0.00 (as requested)");
}

TEST_CASE("of two modifications on their way the newer counts, and a cancel goes before both") {
  paper_venue x{latency_of(500)};
  x.submit(limit("a", rupees(90)));
  CHECK(x.tick_at(at(10, 0, 1), rupees(100)) == "accepted a Pa");
  x.modify("a", {100, rupees(95), {}});
  CHECK(x.tick_at(at(10, 0, 1) + ms(400), rupees(100)).empty());
  x.modify("a", {100, rupees(96), {}});
  CHECK(x.tick_at(at(10, 0, 1) + ms(800), rupees(100)).empty());
  CHECK(x.tick_at(at(10, 0, 1) + ms(900), rupees(100)) == "modified a 100/96.00/0.00 (as requested)");
  x.modify("a", {100, rupees(97), {}});
  x.cancel("a");
  CHECK(x.tick_at(at(10, 0, 4), rupees(96)) == "cancelled a (cancel requested)");
}

TEST_CASE("what a group takes from an order voids a modification on its way to it") {
  paper_venue x;
  protect(x);
  CHECK(x.tick_at(at(10, 1), rupees(100)) == "accepted stop Pstop, accepted target Ptarget");
  x.modify("target", {100, rupees(105), {}});
  x.submit(in_group(market("exit", side::sell, 40, banknifty), "F1"));
  CHECK(x.tick_at(at(10, 2), rupees(50), banknifty) ==
        "accepted exit Pexit, filled exit 40@50.00 Pexit-1, modified stop 60/0.00/95.00 (one cancels the other), "
        "modified target 60/110.00/0.00 (one cancels the other)");
  CHECK(x.tick_at(at(10, 3), rupees(106)).empty());
}

TEST_CASE("at the close square-off and safety orders fill whole at their reference price, the others expire") {
  paper_venue x{latency_of(600'000)};
  x.now = at(15, 25);
  order_request square = market("square", side::sell, 70);
  square.origin = order_origin::square_off;
  order_request other = market("other", side::sell, 30);
  x.submit(in_group(stop_market("stop", rupees(95), side::sell), "F1"));
  x.submit(in_group(limit("target", rupees(110), side::sell), "F1"));
  x.submit(in_group(market("safety", side::sell, 60), "F1", order_origin::safety));
  x.submit(other);
  x.submit(square);
  CHECK(x.tick_at(at(15, 29), rupees(98)).empty());
  CHECK(x.close() ==
        "accepted safety Psafety, filled safety 60@100.00 Psafety-1, "
        "modified stop 40/0.00/95.00 (one cancels the other), modified target 40/110.00/0.00 (one cancels the other), "
        "accepted square Psquare, filled square 70@100.00 Psquare-1, "
        "expired stop, expired target, expired other");
}

TEST_CASE("at the close an order in parts gives what is left in one, and protection of its group gives way") {
  paper_settings in_parts;
  in_parts.partial_fill_percent = 100;
  paper_venue x{in_parts};
  x.submit(in_group(market("b", side::sell), "F1", order_origin::square_off));
  x.submit(in_group(limit("target", rupees(110), side::sell, 50), "F1", order_origin::bracket));
  CHECK(x.tick_at(at(15, 29), rupees(98)) ==
        "accepted b Pb, filled b 50@98.00 Pb-1, cancelled target (one cancels the other)");
  x.submit(in_group(limit("again", rupees(110), side::sell, 50), "F1", order_origin::bracket));
  CHECK(x.close() == "filled b 50@100.00 Pb-2, cancelled again (one cancels the other)");
}

TEST_CASE("two exits of one group share what it holds: the fill of one takes nothing from the other") {
  paper_venue x;
  x.submit(in_group(market("seven", side::sell, 7), "F1", order_origin::signal));
  x.submit(in_group(market("three", side::sell, 3), "F1", order_origin::signal));
  CHECK(x.tick_at(at(10, 1), rupees(98)) ==
        "accepted seven Pseven, filled seven 7@98.00 Pseven-1, accepted three Pthree, filled three 3@98.00 Pthree-1");
}

TEST_CASE("without a session close a square-off order expires like any other") {
  paper_venue x;
  order_request square = market("square", side::sell);
  square.origin = order_origin::square_off;
  x.submit(square);
  CHECK(x.tick_at(at(15, 30), rupees(98)) == "expired square");
}
