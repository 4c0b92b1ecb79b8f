// Worked figures of positions, cash, P&L, drawdown and margin; what comes twice; what a restart keeps.
#include "domain/portfolio_fixture.hpp"

#include <doctest/doctest.h>

namespace bulkhead::test {
namespace {

void check(const position& p, quantity qty, money cost, money realised) {
  CHECK(p.qty == qty);
  CHECK(to_string(p.cost) == to_string(cost));
  CHECK(to_string(p.realised) == to_string(realised));
}

TEST_CASE("fills on the position's own side add their signed value to the cost") {
  position p;
  p.fill(side::buy, 10, at(100));
  p.fill(side::buy, 5, at(103));
  check(p, 15, rupees(1515), rupees(0));
  position s;
  s.fill(side::sell, 10, at(100));
  s.fill(side::sell, 5, at(103));
  check(s, -15, rupees(-1515), rupees(0));
}

TEST_CASE("a closing fill takes its share of the cost and realises the difference") {
  position p;
  p.fill(side::buy, 15, at(101));
  p.fill(side::sell, 5, at(111));
  check(p, 10, rupees(1010), rupees(50));
  p.fill(side::sell, 10, at(91));
  check(p, 0, rupees(0), rupees(-50));
}

TEST_CASE("a short position realises what it was sold for above what it costs to buy back") {
  position p;
  p.fill(side::sell, 10, at(100));
  p.fill(side::buy, 4, at(90));
  check(p, -6, rupees(-600), rupees(40));
  p.fill(side::buy, 6, at(110));
  check(p, 0, rupees(0), rupees(-20));
}

TEST_CASE("a fill through zero closes first and opens the rest at its own price") {
  position p;
  p.fill(side::buy, 10, at(100));
  p.fill(side::sell, 25, at(110));
  check(p, -15, rupees(-1650), rupees(100));
  p.fill(side::buy, 20, at(105));
  check(p, 5, rupees(525), rupees(175));
}

TEST_CASE("the share of the cost is rounded half away from zero, and the last unit takes the rest") {
  position p;
  p.fill(side::buy, 1, {1});
  p.fill(side::buy, 1, {2});
  p.fill(side::sell, 1, {5});  // 3 * 1 / 2 = 1.5, rounded 2
  check(p, 1, {1}, {3});
  p.fill(side::sell, 1, {5});
  check(p, 0, {0}, {7});
  position s;
  s.fill(side::sell, 1, {1});
  s.fill(side::sell, 1, {2});
  s.fill(side::buy, 1, {5});
  check(s, -1, {-1}, {-3});
}

TEST_CASE_FIXTURE(portfolio_fixture, "cash pays for what is bought and for charges, and gets what is sold for") {
  take(account_opened{rupees(10'000)});
  order_filled bought = fill("1", side::buy, 10, at(100));
  bought.charges = {.brokerage = {3'000}, .stt = {200}, .exchange = {300}, .sebi = {400}, .gst = {500}, .stamp = {600}};
  take(bought);
  CHECK(to_string(book.cash()) == "8999.50");
  take(fill("2", side::sell, 10, at(103)));
  CHECK(to_string(book.cash()) == "10029.50");
  CHECK(book.capital() == rupees(10'000));
  CHECK(to_string(book.find(strategy_id{"ema"}, nifty, product::mis)->charges) == "0.50");
}

TEST_CASE_FIXTURE(portfolio_fixture, "strategies keep separate positions in one instrument") {
  take(fill("1", side::buy, 10, at(100), "ema"));
  take(fill("2", side::sell, 4, at(100), "mean"));
  check(*book.find(strategy_id{"ema"}, nifty, product::mis), 10, rupees(1000), rupees(0));
  check(*book.find(strategy_id{"mean"}, nifty, product::mis), -4, rupees(-400), rupees(0));
  CHECK(book.find(strategy_id{"ema"}, bank, product::mis) == nullptr);
  CHECK(book.find(strategy_id{"demo"}, nifty, product::mis) == nullptr);
}

TEST_CASE_FIXTURE(portfolio_fixture, "a mark values open positions at their quotes and sums up, flat ones included") {
  take(account_opened{rupees(10'000)});
  take(fill("1", side::buy, 10, at(100), "mean"));
  order_filled other = fill("2", side::sell, 2, at(500), "mean");
  other.instrument = bank;
  take(other);
  take(fill("3", side::buy, 1, at(100), "ema"));
  take(fill("4", side::sell, 1, at(107), "ema"));
  const quote quotes[] = {{nifty, at(110), now}, {bank, at(520), now}};
  const portfolio_snapshot m = book.mark(quotes, now);
  CHECK(m.cash == rupees(10'007));
  CHECK(m.realised == rupees(7));
  CHECK(m.unrealised == rupees(60));  // 10 * 10 - 2 * 20
  CHECK(m.equity == rupees(10'067));
  REQUIRE(m.positions.size() == 3);  // by strategy, then instrument key
  CHECK(m.positions[0].strategy == strategy_id{"ema"});
  CHECK(m.positions[0].qty == 0);
  CHECK(m.positions[0].realised == rupees(7));
  CHECK(m.positions[1].instrument == bank);
  CHECK(m.positions[1].last == at(520));
  CHECK(m.positions[1].cost == rupees(-1000));
  CHECK(m.positions[1].unrealised == rupees(-40));
  CHECK(m.positions[2].instrument == nifty);
  CHECK(m.positions[2].unrealised == rupees(100));
}

TEST_CASE_FIXTURE(portfolio_fixture, "a mark without a quote uses the last price known from fills") {
  take(fill("1", side::buy, 10, at(100), "ema"));
  take(fill("2", side::buy, 1, at(104), "mean"));
  const portfolio_snapshot m = book.mark({}, now);
  CHECK(m.positions.at(0).last == at(104));
  CHECK(m.unrealised == rupees(40));
}

TEST_CASE_FIXTURE(portfolio_fixture, "products of one instrument are separate lines, listed by product") {
  order_filled carried = fill("1", side::buy, 10, at(100));
  carried.product = product::nrml;
  take(carried);
  take(fill("2", side::sell, 4, at(110)));
  check(*book.find(strategy_id{"ema"}, nifty, product::nrml), 10, rupees(1000), rupees(0));
  check(*book.find(strategy_id{"ema"}, nifty, product::mis), -4, rupees(-440), rupees(0));
  CHECK(book.find(strategy_id{"ema"}, nifty, product::cnc) == nullptr);
  const portfolio_snapshot m = mark_at(120);
  REQUIRE(m.positions.size() == 2);
  CHECK(m.positions[0].product == product::mis);
  CHECK(m.positions[1].product == product::nrml);
  CHECK(m.positions[1].unrealised == rupees(200));
  REQUIRE(m.strategies.size() == 1);
  CHECK(m.strategies[0].unrealised == rupees(160));
}

TEST_CASE_FIXTURE(portfolio_fixture, "exposure and margin add up line by line, long and short, each rate rounded") {
  take(fill("1", side::buy, 10, at(100), "ema"));
  order_filled carried = fill("2", side::sell, 4, at(100), "mean");
  carried.product = product::nrml;
  take(carried);
  order_filled owned = fill("3", side::buy, 1, at(100), "mean");
  owned.product = product::cnc;
  take(owned);
  const quote quotes[] = {{nifty, {1'100'625}, now}};  // 110.0625
  const portfolio_snapshot m = book.mark(quotes, now);
  CHECK(m.performance.gross_exposure == money{16'509'375});               // 15 units
  CHECK(m.performance.margin == money{2'201'300 + 550'300 + 1'100'600});  // 220.125, 55.03125, 110.0625
  CHECK(m.strategies.at(0).performance.gross_exposure == money{11'006'250});
  CHECK(m.strategies.at(0).performance.margin == money{2'201'300});
  CHECK(m.strategies.at(1).performance.margin == money{1'650'900});
}

TEST_CASE_FIXTURE(portfolio_fixture, "an open position's P&L follows the price from mark to mark without any fill") {
  take(fill("1", side::buy, 10, at(100)));
  CHECK(mark_at(103).performance.net == rupees(30));
  CHECK(mark_at(96).performance.net == rupees(-40));
  const portfolio_snapshot m = mark_at(101);
  CHECK(m.unrealised == rupees(10));
  CHECK(m.performance.net == rupees(10));
  CHECK(m.performance.peak == rupees(30));
  CHECK(m.performance.drawdown == rupees(20));
}

TEST_CASE_FIXTURE(portfolio_fixture, "the peak is never below the beginning, so a loss from the start is drawdown") {
  take(fill("1", side::buy, 10, at(100)));
  const portfolio_snapshot m = mark_at(95);
  CHECK(m.performance.peak == rupees(0));
  CHECK(m.performance.drawdown == rupees(50));
}

TEST_CASE_FIXTURE(portfolio_fixture, "day P&L counts from the last mark of an earlier date, for account and strategy") {
  take(fill("1", side::buy, 10, at(100)));
  CHECK(mark_at(104).performance.day_pnl == rupees(40));
  CHECK(mark_at(103).performance.day_pnl == rupees(30));
  now = now + seconds(3 * 86'400);
  CHECK(mark_at(105).performance.day_pnl == rupees(20));
  take(fill("2", side::buy, 10, at(105), "mean"));
  const portfolio_snapshot m = mark_at(106);
  CHECK(m.performance.net == rupees(70));
  CHECK(m.performance.day_pnl == rupees(40));
  CHECK(m.strategies.at(0).performance.day_pnl == rupees(30));
  CHECK(m.strategies.at(1).performance.day_pnl == rupees(10));  // its first day
}

TEST_CASE_FIXTURE(portfolio_fixture, "charges are part of net") {
  order_filled bought = fill("1", side::buy, 10, at(100));
  bought.charges = {.brokerage = rupees(20), .dp = rupees(5)};
  take(bought);
  const portfolio_snapshot m = mark_at(103);
  CHECK(m.charges == rupees(25));
  CHECK(m.performance.net == rupees(5));
  CHECK(m.equity == rupees(5));
}

TEST_CASE_FIXTURE(portfolio_fixture, "the journaled mark, applied once more or after a restart, is the mark itself") {
  take(fill("1", side::buy, 10, at(100)));
  portfolio other{instruments, rates};
  other.apply({.seq = 1, .ts = now, .body = fill("1", side::buy, 10, at(100))});
  const event journaled = make(mark_at(104));
  const nlohmann::json lived = book.snapshot();
  book.apply(journaled);
  nlohmann::json again = book.snapshot();
  CHECK(again.at("seq") == journaled.seq);
  again["seq"] = lived.at("seq");
  CHECK(again == lived);
  other.apply(journaled);
  CHECK(other.snapshot() == book.snapshot());
}

TEST_CASE_FIXTURE(portfolio_fixture, "a restart in the day forgets neither the day's base nor the peak nor the price") {
  take(fill("1", side::buy, 10, at(100)));
  (void)mark_at(120);
  now = now + seconds(86'400);
  (void)mark_at(110);
  portfolio restarted{instruments, rates};
  restarted.restore(nlohmann::json::parse(book.snapshot().dump()));
  const portfolio_snapshot m = restarted.mark({}, now);
  CHECK(m.positions.at(0).last == at(110));
  CHECK(m.performance.net == rupees(100));
  CHECK(m.performance.day_pnl == rupees(-100));
  CHECK(m.performance.peak == rupees(200));
  CHECK(m.performance.drawdown == rupees(100));
}

TEST_CASE_FIXTURE(portfolio_fixture, "a fill counts once: under its seq, and under its id the next morning too") {
  const event first = make(fill("1", side::buy, 10, at(100)));
  book.apply(first);
  book.apply(first);
  take(fill("1", side::buy, 10, at(100)));
  now = now + seconds(86'400);
  take(fill("1", side::buy, 10, at(100)));
  take(fill("2", side::buy, 1, at(100)));
  CHECK(book.find(strategy_id{"ema"}, nifty, product::mis)->qty == 11);
}

TEST_CASE_FIXTURE(portfolio_fixture, "fill ids are kept for two dates, an old seq is refused for good") {
  const event first = make(fill("1", side::buy, 10, at(100)));
  book.apply(first);
  for (const char* id : {"2", "3", "4"}) {
    now = now + seconds(86'400);
    take(fill(id, side::buy, 1, at(100)));
  }
  CHECK(book.snapshot()["known_fills"].size() == 2);
  book.apply(first);
  CHECK(book.find(strategy_id{"ema"}, nifty, product::mis)->qty == 13);
}

TEST_CASE_FIXTURE(portfolio_fixture, "an account opened twice has its capital once") {
  take(account_opened{rupees(10'000)});
  take(fill("1", side::buy, 10, at(100)));
  take(account_opened{rupees(10'000)});
  CHECK(book.cash() == rupees(9'000));
}

TEST_CASE_FIXTURE(portfolio_fixture, "a snapshot that names an unknown instrument or date is refused whole") {
  take(fill("1", side::buy, 10, at(100)));
  const nlohmann::json good = book.snapshot();
  nlohmann::json bad = good;
  bad["holdings"][0]["instrument"] = "NSE:GONE";
  CHECK_THROWS_AS(book.restore(bad), std::invalid_argument);
  bad = good;
  bad["known_fills"]["yesterday"] = nlohmann::json::array();
  CHECK_THROWS_AS(book.restore(bad), std::invalid_argument);
  bad = good;
  bad["holdings"][0]["product"] = "BO";
  CHECK_THROWS_AS(book.restore(bad), std::invalid_argument);
  bad = good;
  bad["last_prices"] = nlohmann::json::object();
  CHECK_THROWS_AS(book.restore(bad), std::invalid_argument);
  bad = good;
  bad["strategies"] = {{"ema", {{"net", 0}}}};
  CHECK_THROWS_AS(book.restore(bad), nlohmann::json::exception);
  bad = good;
  bad.erase("cash");
  CHECK_THROWS_AS(book.restore(bad), nlohmann::json::exception);
  CHECK(book.snapshot() == good);
}

}  // namespace
}  // namespace bulkhead::test
