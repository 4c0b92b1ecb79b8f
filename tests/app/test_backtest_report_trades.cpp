// Round trips: worked figures, and that they add up to the portfolio whatever the fills.
#include "app/backtest_fixture.hpp"
#include "runtime/domain/portfolio.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace bulkhead::test {
namespace {

TEST_CASE("no fills make no trades") { CHECK(round_trips({}, {}, at(15, 30)).empty()); }

TEST_CASE("a long trade runs from its first buy to the sell that makes it flat, at average prices") {
  const std::vector fills{fill_at(at(10, 0), side::buy, 10, rupees(100), inr(1)),
                          fill_at(at(10, 5), side::buy, 30, rupees(104), inr(2)),
                          fill_at(at(10, 10), side::sell, 20, rupees(110), inr(3)),
                          fill_at(at(10, 20), side::sell, 20, rupees(112), inr(4), order_origin::bracket)};
  const auto trades = round_trips(fills, {}, at(15, 30));
  REQUIRE(trades.size() == 1);
  const round_trip& t = trades[0];
  CHECK(t.side == side::buy);
  CHECK(t.qty == 40);
  CHECK(t.entered == at(10, 0));
  CHECK(t.exited == at(10, 20));
  CHECK(t.entry == rupees(103));
  CHECK(t.exit == rupees(111));
  CHECK(t.gross == inr(320));
  CHECK(t.charges == inr(10));
  CHECK(t.net() == inr(310));
  CHECK(t.held() == seconds(1200));
  CHECK(t.exit_reason() == "bracket");
}

TEST_CASE("a short trade gains when it is bought back lower") {
  const std::vector fills{fill_at(at(10, 0), side::sell, 10, rupees(100)),
                          fill_at(at(15, 20), side::buy, 10, rupees(97), {}, order_origin::square_off)};
  const auto trades = round_trips(fills, {}, at(15, 30));
  REQUIRE(trades.size() == 1);
  CHECK(trades[0].side == side::sell);
  CHECK(trades[0].gross == inr(30));
  CHECK(trades[0].exit_reason() == "square_off");
}

TEST_CASE("a fill through zero ends one trade and begins the next, its charges shared by quantity") {
  const std::vector fills{fill_at(at(10, 0), side::buy, 10, rupees(100), inr(1)),
                          fill_at(at(10, 5), side::sell, 25, rupees(110), inr(5)),
                          fill_at(at(10, 9), side::buy, 15, rupees(105), inr(1))};
  const auto trades = round_trips(fills, {}, at(15, 30));
  REQUIRE(trades.size() == 2);
  CHECK(trades[0].gross == inr(100));
  CHECK(trades[0].charges == inr(3));
  CHECK(trades[1].side == side::sell);
  CHECK(trades[1].qty == 15);
  CHECK(trades[1].entered == at(10, 5));
  CHECK(trades[1].entry == rupees(110));
  CHECK(trades[1].gross == inr(75));
  CHECK(trades[1].charges == inr(4));
}

TEST_CASE("what is open at the end is marked at the last price and comes after the closed trades") {
  const std::vector fills{fill_at(at(10, 0), side::buy, 10, rupees(100), inr(1)),
                          fill_at(at(10, 1), side::sell, 4, rupees(101), inr(1)),
                          fill_at(at(10, 2), side::sell, 5, rupees(50), {}, order_origin::signal, "other"),
                          fill_at(at(10, 3), side::buy, 5, rupees(51), {}, order_origin::signal, "other")};
  const std::vector lines{line_at(rupees(106)), line_at(rupees(106), "other")};
  const auto trades = round_trips(fills, lines, at(15, 30));
  REQUIRE(trades.size() == 2);
  CHECK(trades[0].gross == -inr(5));
  const round_trip& open = trades[1];
  CHECK(open.open);
  CHECK(open.exit_reason() == "open");
  CHECK(open.qty == 10);
  CHECK(open.exit == rupees(104));  // (4 * 101 + 6 * 106) / 10
  CHECK(open.gross == inr(40));
  CHECK(open.charges == inr(2));
  CHECK(open.exited == at(15, 30));
}

TEST_CASE("strategies, instruments and products do not share a trade") {
  std::vector fills{fill_at(at(10, 0), side::buy, 5, rupees(100)),
                    fill_at(at(10, 1), side::sell, 5, rupees(101), {}, order_origin::signal, "other"),
                    fill_at(at(10, 2), side::sell, 5, rupees(102), {}, order_origin::signal, "demo", banknifty),
                    fill_at(at(10, 3), side::sell, 5, rupees(103))};
  fills[3].fill.product = product::nrml;
  std::vector lines{line_at(rupees(100)), line_at(rupees(100), "other"), line_at(rupees(100), "demo", banknifty),
                    line_at(rupees(100))};
  lines[3].product = product::nrml;
  const auto trades = round_trips(fills, lines, at(15, 30));
  REQUIRE(trades.size() == 4);
  for (const round_trip& t : trades) CHECK(t.open);
}

TEST_CASE("gross, charges and net of the trades add up to the portfolio's figures") {
  CHECK(rc::check([](const std::vector<std::pair<int, std::uint8_t>>& moves) {
    portfolio book{instruments(), {}};
    std::vector<fill_fact> fills;
    std::uint64_t seq = 0;
    for (const auto& [size, paise] : moves) {
      const quantity qty = std::abs(size % 7) + 1;
      fill_fact f = fill_at(at(10, 0) + seconds(fills.size()), size < 0 ? side::sell : side::buy, qty,
                            rupees(100, paise), {paise + 1});
      f.fill.fill_id = fill_id{std::to_string(++seq)};
      book.apply({.seq = seq, .ts = f.ts, .body = f.fill});
      fills.push_back(std::move(f));
    }
    const std::vector quotes{quote{nifty, rupees(101), at(15, 30)}};
    const portfolio_snapshot mark = book.mark(quotes, at(15, 30));
    money gross;
    money charges;
    for (const round_trip& t : round_trips(fills, mark.positions, at(15, 30))) {
      gross += t.gross;
      charges += t.charges;
    }
    RC_ASSERT(gross == mark.realised + mark.unrealised);
    RC_ASSERT(charges == mark.charges);
  }));
}

}  // namespace
}  // namespace bulkhead::test
