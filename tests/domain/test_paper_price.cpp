// Slippage, parts, latency and refusals: worked figures.
#include "domain/paper_fixture.hpp"
#include "runtime/domain/paper_price.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

paper_settings slipping(slippage_mode mode, std::int64_t by = 0) {
  paper_settings s;
  s.slippage = mode;
  s.slippage_bps = by;
  s.slippage_ticks = by;
  return s;
}

constexpr price five_paise{500};

price slipped(side s, price last, const paper_settings& settings) {
  return slipped_price(s, {.instrument = nifty, .last = last}, five_paise, settings);
}

constexpr duration ms(std::int64_t n) { return {n * 1'000'000}; }

}  // namespace

TEST_CASE("without slippage the price is the last one, on the tick size or not") {
  CHECK(slipped(side::buy, {1'000'001}, slipping(slippage_mode::none)) == price{1'000'001});
  CHECK(slipped(side::sell, {100}, slipping(slippage_mode::none)) == price{100});
}

TEST_CASE("bps slippage is rounded, then goes to the tick size against the trader") {
  const paper_settings five = slipping(slippage_mode::bps, 5);
  // 17450.55 * 5 / 10000 = 8.725275, rounded 8.7253: 17459.2753 and 17441.8247
  CHECK(slipped(side::buy, rupees(17'450, 55), five) == rupees(17'459, 30));
  CHECK(slipped(side::sell, rupees(17'450, 55), five) == rupees(17'441, 80));
  // exactly on a tick: 100 * 5 / 10000 = 0.05
  CHECK(slipped(side::buy, rupees(100), five) == rupees(100, 5));
  CHECK(slipped(side::sell, rupees(100), five) == rupees(99, 95));
  // 0.05 * 1 / 10000 rounds to 0: nothing to round up
  CHECK(slipped(side::buy, five_paise, slipping(slippage_mode::bps, 1)) == five_paise);
  CHECK(slipped(side::buy, {1'000'001}, slipping(slippage_mode::bps, 0)) == rupees(100, 5));
}

TEST_CASE("tick slippage is so many tick sizes") {
  const paper_settings three = slipping(slippage_mode::ticks, 3);
  CHECK(slipped(side::buy, rupees(100), three) == rupees(100, 15));
  CHECK(slipped(side::sell, rupees(100), three) == rupees(99, 85));
}

TEST_CASE("a slipped price stays above 0 and within the largest price") {
  CHECK(slipped(side::sell, rupees(0, 10), slipping(slippage_mode::ticks, 9)) == five_paise);
  CHECK(slipped(side::sell, rupees(0, 5), slipping(slippage_mode::bps, 1'000)) == five_paise);
  CHECK(slipped(side::buy, price::max(), slipping(slippage_mode::ticks, 1)) == price::max());
  CHECK(slipped(side::buy, price::max(), slipping(slippage_mode::bps, 1)) == price::max());
}

TEST_CASE("depth slippage buys at the ask and sells at the bid, at last where there is no depth") {
  const paper_settings depth = slipping(slippage_mode::depth);
  const tick quoted{.instrument = nifty, .last = rupees(100), .bid = rupees(99, 90), .ask = rupees(100, 10)};
  CHECK(slipped_price(side::buy, quoted, five_paise, depth) == rupees(100, 10));
  CHECK(slipped_price(side::sell, quoted, five_paise, depth) == rupees(99, 90));
  CHECK(slipped(side::buy, rupees(100), depth) == rupees(100));
  CHECK(slipped(side::sell, rupees(100), depth) == rupees(100));
}

TEST_CASE("a limit that arrives slips no further than its limit, and one that rests does not slip") {
  paper_venue x{slipping(slippage_mode::ticks, 4)};
  x.submit(market("m"));
  x.submit(limit("far", rupees(101)));
  x.submit(limit("near", rupees(100, 10)));
  x.submit(limit("rests", rupees(99)));
  x.submit(limit("sells", rupees(99, 90), side::sell));
  CHECK(x.tick_at(at(10, 1), rupees(100)) ==
        "accepted m Pm, filled m 100@100.20 Pm-1, accepted far Pfar, filled far 100@100.20 Pfar-1, "
        "accepted near Pnear, filled near 100@100.10 Pnear-1, accepted rests Prests, "
        "accepted sells Psells, filled sells 100@99.90 Psells-1");
  CHECK(x.tick_at(at(10, 2), rupees(98)) == "filled rests 100@99.00 Prests-1");
}

TEST_CASE("draws are the first eight bytes of BLAKE2b-128 over seed, order and question") {
  // hashlib.blake2b(b"paper|1|a|latency", digest_size=16), and so on
  CHECK(paper_draw(1, client_order_id{"a"}, "latency") == 1'336'698'348'648'967'140U);
  CHECK(paper_draw(1, client_order_id{"b"}, "latency") == 12'006'578'127'743'966'666U);
  CHECK(paper_draw(1, client_order_id{"f"}, "latency") == 18'166'239'319'233'281'222U);
  CHECK(paper_draw(2, client_order_id{"a"}, "latency") != paper_draw(1, client_order_id{"a"}, "latency"));
}

TEST_CASE("an order arrives on the first tick that is its latency after its submission") {
  paper_settings s;
  s.latency_min_ms = 100;
  s.latency_max_ms = 500;  // a: 100 + 249, b: 100 + 68
  paper_venue x{s};
  x.submit(market("a"));
  x.submit(market("b"));
  CHECK(x.tick_at(at(10, 0) + ms(167), rupees(100)).empty());
  CHECK(x.tick_at(at(10, 0) + ms(168), rupees(101)) == "accepted b Pb, filled b 100@101.00 Pb-1");
  CHECK(x.tick_at(at(10, 0) + ms(348), rupees(102)).empty());
  CHECK(x.tick_at(at(10, 0) + ms(349), rupees(103)) == "accepted a Pa, filled a 100@103.00 Pa-1");
}

TEST_CASE("orders are refused by the draw, never those that take a position out") {
  paper_settings s;
  s.reject_percent = 5;  // a draws 5, f draws 15
  paper_venue five{s};
  five.submit(market("a"));
  CHECK(five.tick_at(at(10, 1), rupees(100)) == "accepted a Pa, filled a 100@100.00 Pa-1");

  s.reject_percent = 6;
  paper_venue six{s};
  order_request square = market("a");
  square.origin = order_origin::square_off;
  six.submit(market("f"));
  six.submit(square);
  CHECK(six.tick_at(at(10, 1), rupees(100)) ==
        "accepted f Pf, filled f 100@100.00 Pf-1, accepted a Pa, filled a 100@100.00 Pa-1");
  s.reject_percent = 100;
  paper_venue all{s};
  all.submit(market("a"));
  all.submit(in_group(limit("bracket", rupees(90)), "F1"));
  all.submit(in_group(market("safety"), "F1", order_origin::safety));
  all.cancel("a");
  CHECK(all.tick_at(at(10, 1), rupees(100)) ==
        "rejected a, rejected bracket, accepted safety Psafety, filled safety 100@100.00 Psafety-1");
}

TEST_CASE("an order in parts takes one part a tick; a resting limit only where the price reaches it") {
  paper_settings s;
  s.partial_fill_percent = 39;  // d draws 38 and two parts, b draws 48: whole
  paper_venue x{s};
  x.submit(limit("d", rupees(100), side::buy, 7));
  x.submit(market("b", side::buy, 7));
  CHECK(x.tick_at(at(10, 1), rupees(99)) ==
        "accepted d Pd, filled d 4@99.00 Pd-1, accepted b Pb, filled b 7@99.00 Pb-1");
  CHECK(x.tick_at(at(10, 2), rupees(101)).empty());
  CHECK(x.tick_at(at(10, 3), rupees(98)) == "filled d 3@100.00 Pd-2");
}

TEST_CASE("a part is whole lots") {
  CHECK(part_of(100, 1, 1) == 100);
  CHECK(part_of(100, 3, 1) == 34);
  CHECK(part_of(100, 3, 25) == 50);
  CHECK(part_of(75, 3, 25) == 25);
  CHECK(part_of(10, 4, 25) == 25);

  instrument_table table;
  table.add({.key = "NFO:NIFTYFUT", .tick_size = {500}, .lot_size = 25, .segment = "NFO-FUT"});
  paper_settings s;
  s.partial_fill_percent = 100;
  paper_venue x{s, table};
  x.submit(market("a"));  // three parts
  CHECK(x.tick_at(at(10, 1), rupees(100)) == "accepted a Pa, filled a 50@100.00 Pa-1");
  CHECK(x.tick_at(at(10, 2), rupees(100)) == "filled a 50@100.00 Pa-2");
}
