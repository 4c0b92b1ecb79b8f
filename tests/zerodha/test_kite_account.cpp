// When reads of Kite's account are one moment of it, and what they say then.
#include "runtime/brokers/zerodha/kite_account.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;

namespace {

kite_order_row row(const char* id, const char* status, quantity filled) {
  kite_order_row r;
  r.broker_order_id = broker_order_id{id};
  r.status = status;
  r.exchange = "NSE";
  r.tradingsymbol = "INFY";
  r.product = "MIS";
  r.qty = 10;
  r.filled = filled;
  return r;
}

kite_trade_row trade_of(const char* order_id, quantity qty) {
  kite_trade_row t;
  t.trade_id = "T1";
  t.broker_order_id = broker_order_id{order_id};
  t.exchange = "NSE";
  t.tradingsymbol = "INFY";
  t.product = "MIS";
  t.qty = qty;
  t.price = {15'000'000};
  return t;
}

kite_account_reads settled() {
  kite_account_reads r;
  r.before = {row("K1", "COMPLETE", 10), row("K2", "OPEN", 0)};
  r.after = {r.before[1], r.before[0]};
  r.trades = {trade_of("K1", 4), trade_of("K1", 6)};
  return r;
}

}  // namespace

TEST_CASE("reads are settled when the book stood still and its fills are those of the trades, in whatever order") {
  CHECK_FALSE(unsettled(settled()));
  CHECK_FALSE(unsettled({}));
}

TEST_CASE("reads are not settled while the book moves, or fills and trades do not fit") {
  auto moved = settled();
  moved.after[0].filled = 3;
  CHECK(unsettled(moved) == "the order book changed while the account was read");
  auto filled_since = settled();
  filled_since.after.push_back(row("K3", "COMPLETE", 10));
  CHECK(unsettled(filled_since) == "the order book changed while the account was read");
  auto lost = settled();
  lost.after.pop_back();
  CHECK(unsettled(lost) == "the order book changed while the account was read");
  auto late = settled();
  late.trades.pop_back();
  CHECK(unsettled(late) == "order K1 has 10 filled, its trades have 4");
  auto emptied = settled();
  emptied.before.clear();
  emptied.after.clear();
  CHECK(unsettled(emptied) == "trades of order K1, which the book does not have");
}

TEST_CASE("orders that come, change or go without a fill do not keep a busy account from being read") {
  auto busy = settled();
  busy.after[0].status = "CANCELLED";
  busy.after.push_back(row("K3", "OPEN", 0));
  CHECK_FALSE(unsettled(busy));
  const account_statement s = statement_of(busy, "timer", timestamp{7});
  REQUIRE(s.orders.size() == 3);
  CHECK_FALSE(s.orders[0].is_working);
}

TEST_CASE("a line is what was traded today and the holdings of before; shares in both lists count once") {
  kite_account_reads reads;
  const auto position = [&](const char* symbol, const char* product, quantity qty, quantity overnight) {
    kite_position_row p;
    p.exchange = "NSE";
    p.tradingsymbol = symbol;
    p.product = product;
    p.qty = qty;
    p.overnight_qty = overnight;
    reads.positions.net.push_back(p);
  };
  position("INFY", "CNC", -10, 0);  // sold out of the holdings
  position("INFY", "MIS", 7, 0);
  position("TCS", "CNC", 5, 5);  // not yet moved
  reads.holdings = {
      {"NSE", "INFY", "CNC", 110}, {"NSE", "TCS", "CNC", 5}, {"BSE", "SBIN", "CNC", 3}, {"NSE", "X", "CNC", 0}};
  const auto held = statement_of(reads, "start", timestamp{7}).positions;
  REQUIRE(held.size() == 4);
  CHECK(held[0].qty == 100);
  CHECK(held[0].overnight_qty == 110);
  CHECK(held[1].qty == 7);
  CHECK(held[2].qty == 5);
  CHECK(held[2].overnight_qty == 5);
  CHECK(held[3].symbol == "BSE:SBIN");
  CHECK(held[3].product == "CNC");
  CHECK(held[3].qty == 3);
}

TEST_CASE("a statement has every tag of an order, symbols with their exchange, and what is held") {
  auto reads = settled();
  reads.after[1].tag = "abcdefghij234567klmn";
  reads.after[1].tags = {"mktp"};
  kite_position_row p;
  p.exchange = "NSE";
  p.tradingsymbol = "INFY";
  p.product = "MIS";
  p.qty = 12;
  p.overnight_qty = 2;
  reads.positions.net = {p};
  reads.margins.equity = kite_margin{};
  reads.margins.equity->cash = {50'000};
  const account_statement s = statement_of(reads, "start", timestamp{7});
  CHECK(s.occasion == "start");
  CHECK(s.at.ns == 7);
  REQUIRE(s.orders.size() == 2);
  CHECK(s.orders[1].tags == std::vector<std::string>{"abcdefghij234567klmn", "mktp"});
  CHECK(s.orders[0].is_working);
  CHECK_FALSE(s.orders[1].is_working);
  CHECK(s.trades.at(0).symbol == "NSE:INFY");
  CHECK(s.positions.at(0).qty == 12);
  CHECK(s.positions.at(0).overnight_qty == 2);
  CHECK(s.cash == money{50'000});
}
