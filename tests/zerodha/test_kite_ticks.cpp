// The decoder of tick frames, against literal bytes, and that a damaged frame is refused whole.
#include "runtime/brokers/zerodha/kite_ticks.hpp"
#include "zerodha/kite_frames.hpp"

#include <string>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

kite_frame decoded(const bytes& frame) {
  kite_frame out;
  const auto why = decode_frame(frame, out);
  REQUIRE_MESSAGE(!why, why.value_or(""));
  return out;
}

std::string refusal_of(const bytes& frame) {
  kite_frame out;
  out.ticks.resize(3);
  const auto why = decode_frame(frame, out);
  REQUIRE(why);
  CHECK(out.ticks.empty());
  CHECK(out.skipped == 0);
  return *why;
}

price rupees(std::int64_t r, std::int64_t paise) { return {r * money_scale + paise * paisa}; }

/// 184 bytes straight from the published example, so that the builder above is no part of this proof.
constexpr std::string_view infy_full_hex =
    "00063a01 000266ba 00000007 0002656d 00123217 0003e9bb 00058a01 000264f3 0002673c 000261c9 0002646c 60e2947f"
    "00000000 00000000 00000000 60e2947f"
    "00000005 0002669c 00010000 0000008c 00026674 00020000 00000002 0002666f 00010000 000000db 0002666a 00070000"
    "00000032 00026665 00010000"
    "000000ac 000266ba 00030000 0000002c 000266bf 00030000 0000012e 000266c9 00030000 0000008d 000266ce 00020000"
    "000002d4 000266d3 00050000";

}  // namespace

TEST_CASE("the builder of frames writes the published bytes") { CHECK(infy_full() == from_hex(infy_full_hex)); }

TEST_CASE("a full packet has quote, times, open interest and five levels a side") {
  const kite_frame f = decoded(frame({from_hex(infy_full_hex)}));
  REQUIRE(f.ticks.size() == 1);
  const kite_tick& t = f.ticks[0];
  CHECK(t.token == 408065);
  CHECK(t.mode == kite_mode::full);
  CHECK_FALSE(t.is_index);
  CHECK(t.last == rupees(1573, 70));
  CHECK(t.last_quantity == 7);
  CHECK(t.average == rupees(1570, 37));
  CHECK(t.volume == 1192471);
  CHECK(t.buy_quantity == 256443);
  CHECK(t.sell_quantity == 363009);
  CHECK(t.open == rupees(1569, 15));
  CHECK(t.high == rupees(1575, 0));
  CHECK(t.low == rupees(1561, 5));
  CHECK(t.close == rupees(1567, 80));
  CHECK(t.last_trade_time == 1625461887);
  CHECK(t.exchange_time == 1625461887);
  CHECK(t.open_interest == 0);
  const std::array<kite_level, 5> bids{{{rupees(1573, 40), 5, 1},
                                        {rupees(1573, 0), 140, 2},
                                        {rupees(1572, 95), 2, 1},
                                        {rupees(1572, 90), 219, 7},
                                        {rupees(1572, 85), 50, 1}}};
  const std::array<kite_level, 5> offers{{{rupees(1573, 70), 172, 3},
                                          {rupees(1573, 75), 44, 3},
                                          {rupees(1573, 85), 302, 3},
                                          {rupees(1573, 90), 141, 2},
                                          {rupees(1573, 95), 724, 5}}};
  CHECK(t.bids == bids);
  CHECK(t.offers == offers);
}

TEST_CASE("open interest is three numbers in a full packet") {
  bytes p = infy_full();
  const bytes interest = packet({1001, 1002, 1003});
  std::ranges::copy(interest, p.begin() + 48);
  const kite_tick t = decoded(frame({p})).ticks.at(0);
  CHECK(t.open_interest == 1001);
  CHECK(t.open_interest_high == 1002);
  CHECK(t.open_interest_low == 1003);
}

TEST_CASE("a quote packet has no times and no depth") {
  const kite_tick t = decoded(frame({infy_quote()})).ticks.at(0);
  CHECK(t.mode == kite_mode::quote);
  CHECK(t.last == rupees(1573, 15));
  CHECK(t.last_quantity == 1);
  CHECK(t.average == rupees(1570, 33));
  CHECK(t.volume == 1175986);
  CHECK(t.buy_quantity == 256511);
  CHECK(t.sell_quantity == 360503);
  CHECK(t.close == rupees(1567, 80));
  CHECK(t.exchange_time == 0);
  CHECK(t.bids == std::array<kite_level, 5>{});
}

TEST_CASE("an index packet orders its prices otherwise, and its change has a sign") {
  const kite_tick quote = decoded(frame({nifty_quote()})).ticks.at(0);
  CHECK(quote.token == 256265);
  CHECK(quote.is_index);
  CHECK(quote.mode == kite_mode::quote);
  CHECK(quote.last == rupees(9126, 85));
  CHECK(quote.high == rupees(9167, 60));
  CHECK(quote.low == rupees(9116, 30));
  CHECK(quote.open == rupees(9166, 95));
  CHECK(quote.close == rupees(9126, 85));
  CHECK(quote.change.raw == -3600);
  CHECK(quote.exchange_time == 0);

  bytes full = nifty_quote();
  put32(full, 1625461887);
  const kite_tick t = decoded(frame({full})).ticks.at(0);
  CHECK(t.is_index);
  CHECK(t.mode == kite_mode::full);
  CHECK(t.exchange_time == 1625461887);
}

TEST_CASE("one frame mixes modes, and keeps its order") {
  const kite_frame f = decoded(frame({packet({256265, 912685}), infy_full(), nifty_quote(), infy_quote()}));
  REQUIRE(f.ticks.size() == 4);
  CHECK(f.ticks[0].mode == kite_mode::ltp);
  CHECK(f.ticks[0].last == rupees(9126, 85));
  CHECK(f.ticks[1].mode == kite_mode::full);
  CHECK(f.ticks[2].is_index);
  CHECK(f.ticks[3].mode == kite_mode::quote);
}

TEST_CASE("the segment says how prices are divided") {
  const auto last_of = [](std::uint32_t segment, std::uint32_t raw) {
    return decoded(frame({packet({256 * 1000 + segment, raw})})).ticks.at(0).last.raw;
  };
  for (const std::uint32_t segment : {1U, 2U, 4U, 5U, 7U, 8U, 9U, 10U, 11U, 13U, 255U}) {
    CHECK(last_of(segment, 8325) == 832500);
  }
  CHECK(last_of(3, 832'525'000) == 832525);  // CDS: 83.2525
  CHECK(last_of(6, 832'525) == 832525);      // BCD
  CHECK(last_of(12, 832'525) == 832525);     // NCO
}

TEST_CASE("a price finer than four decimals is rounded half up, and counted") {
  const kite_frame f = decoded(frame({packet({3, 832'525'499}), packet({3, 832'525'500}), packet({3, 832'525'000})}));
  CHECK(f.ticks[0].last.raw == 832525);
  CHECK(f.ticks[1].last.raw == 832526);
  CHECK(f.rounded == 2);
}

TEST_CASE("a heartbeat is one byte of any value, and an empty frame holds nothing") {
  for (const std::uint8_t value : {0, 1, 255}) {
    const kite_frame f = decoded({value});
    CHECK(f.is_heartbeat);
    CHECK(f.ticks.empty());
  }
  CHECK_FALSE(decoded({0, 0}).is_heartbeat);
  CHECK(decoded({0, 0}).ticks.empty());
}

TEST_CASE("packets of an unknown length are skipped and counted") {
  const kite_frame f =
      decoded(frame({bytes(12, 0xff), infy_quote(), bytes{}, bytes(500, 1), packet({256265, 912685})}));
  CHECK(f.skipped == 3);
  REQUIRE(f.ticks.size() == 2);
  CHECK(f.ticks[0].token == 408065);
  CHECK(f.ticks[1].token == 256265);
}

TEST_CASE("a frame that does not add up is refused whole, with the reason") {
  CHECK(refusal_of({}) == "tick frame of 0 bytes refused: no byte in it");
  CHECK(refusal_of({0, 1}) == "tick frame of 2 bytes refused: ends before packet 1 of 1");
  CHECK(refusal_of({0, 2, 0, 8, 0, 3, 233, 9, 0, 0, 0, 1}) ==
        "tick frame of 12 bytes refused: ends before packet 2 of 2");
  bytes cut = frame({infy_quote(), infy_full()});
  cut.pop_back();
  CHECK(refusal_of(cut) == "tick frame of 233 bytes refused: packet 2 of 2: 184 bytes announced, 183 there");
  bytes longer = frame({infy_quote()});
  longer.push_back(0);
  CHECK(refusal_of(longer) == "tick frame of 49 bytes refused: 1 bytes follow its 1 packets");
}

TEST_CASE("a packet whose price is none is left out alone, and its instrument named") {
  const kite_frame f =
      decoded(frame({packet({256265, 1'000'000'001}), infy_quote(), packet({408065, 0xffff'ffff}), nifty_quote()}));
  REQUIRE(f.ticks.size() == 2);
  CHECK(f.ticks[0].token == 408065);
  CHECK(f.ticks[1].token == 256265);
  CHECK(f.ticks[1].is_index);
  CHECK(f.skipped == 2);
  CHECK(f.odd_token == 256265);
  const kite_frame highest = decoded(frame({packet({408065, 1'000'000'000})}));
  CHECK(highest.ticks.at(0).last == price::max());
  CHECK(highest.skipped == 0);
  CHECK(highest.odd_token == 0);
  for (const std::size_t best : {68U, 128U}) {  // the best bid's price, the best offer's
    bytes odd = infy_full();
    odd[best] = 0xff;
    CHECK(decoded(frame({odd})).odd_token == 408065);
  }
}

TEST_CASE("prices that nobody trades by are taken as they are: an odd one costs no tick") {
  bytes odd = infy_full();
  for (const std::size_t unused : {12U, 28U, 32U, 36U, 40U, 80U, 116U, 140U, 176U}) odd[unused] = 0xff;
  const kite_frame f = decoded(frame({odd}));
  CHECK(f.skipped == 0);
  REQUIRE(f.ticks.size() == 1);
  CHECK(f.ticks[0].last == rupees(1573, 70));
  CHECK(f.ticks[0].average.raw < 0);  // int32, as documented
  CHECK(f.ticks[0].bids[0].price == rupees(1573, 40));
  CHECK(f.ticks[0].offers[0].price == rupees(1573, 70));
}

TEST_CASE("every prefix of a frame is refused, and a reused frame holds nothing of the one before") {
  const bytes whole = frame({infy_full(), nifty_quote(), packet({256265, 912685})});
  kite_frame f;
  for (std::size_t size = 2; size < whole.size(); ++size) {
    REQUIRE_FALSE(decode_frame(whole, f));
    CHECK(f.ticks.size() == 3);
    CHECK(decode_frame(std::span{whole}.first(size), f));
    CHECK(f.ticks.empty());
  }
  REQUIRE_FALSE(decode_frame(bytes{1}, f));
  CHECK(f.ticks.empty());
}

TEST_CASE("any bytes are decoded or refused, and what is decoded adds up") {
  CHECK(rc::check([](const std::vector<std::uint8_t>& any) {
    kite_frame f;
    if (decode_frame(any, f)) {
      RC_ASSERT(f.ticks.empty());
    } else if (!f.is_heartbeat) {
      RC_ASSERT(f.ticks.size() + f.skipped == static_cast<std::size_t>(any[0] << 8U | any[1]));
    }
  }));
}
