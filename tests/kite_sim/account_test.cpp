#include "tools/kite_sim/core/account.hpp"

#include "kite_sim/kite_fixture.hpp"
#include "tools/kite_sim/core/portfolio_json.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::kite_sim;
using namespace bulkhead::kite_sim::test;

TEST_CASE("kite_sim: a position's row follows Kite's arithmetic") {
  floor_of market;
  (void)market.buy(10, "100.05");
  market.move(at(9, 16), {{infy, 102.0}});
  (void)market.sell(4, "101.95");
  const auto row = positions_json(market.mine().positions, market.venue.market()).at("net").at(0);
  CHECK(row.size() == 29);
  CHECK(row.at("quantity") == 6);
  CHECK(row.at("buy_value") == 1000.5);
  CHECK(row.at("sell_value") == 407.8);
  CHECK(row.at("value").get<double>() == doctest::Approx(-592.7));
  CHECK(row.at("pnl").get<double>() == doctest::Approx(-592.7 + 6 * 102.0));
  CHECK(row.at("average_price") == 100.05);
  CHECK(row.at("sell_price") == 101.95);
  CHECK(row.at("unrealised") == row.at("pnl"));
  CHECK(row.at("realised") == 0);
  CHECK(row.at("quantity").is_number_integer());
}

TEST_CASE("kite_sim: the night makes an overnight part, valued at the close, and turns CNC into holdings") {
  floor_of market;
  (void)market.buy(10, "100.05");
  (void)market.place({{"tradingsymbol", "TCS"}, {"product", "CNC"}, {"price", "100.05"}, {"quantity", "5"}});
  market.move(at(15, 29), {{infy, 103.0}, {tcs, 104.0}});
  market.move(at(9, 15, 0, 1), {{infy, 104.0}, {tcs, 105.0}});
  const auto rows = positions_json(market.mine().positions, market.venue.market());
  REQUIRE(rows.at("net").size() == 1);
  CHECK(rows.at("day").empty());
  const auto row = rows.at("net").at(0);
  CHECK(row.at("overnight_quantity") == 10);
  CHECK(row.at("close_price") == 103.0);
  CHECK(row.at("pnl").get<double>() == doctest::Approx(10 * (104.0 - 100.05)));
  CHECK(row.at("m2m").get<double>() == doctest::Approx(10 * (104.0 - 103.0)));
  const auto held = holdings_json(market.mine(), market.venue.market()).at(0);
  CHECK(held.at("tradingsymbol") == "TCS");
  CHECK(held.at("quantity") == 0);  // not delivered yet
  CHECK(held.at("t1_quantity") == 5);
  CHECK(held.at("opening_quantity") == 5);
  CHECK(held.at("pnl").get<double>() == doctest::Approx(5 * (105.0 - 100.05)));
  CHECK(held.at("day_change").get<double>() == doctest::Approx(1.0));
}

TEST_CASE("kite_sim: converting moves units to another product and keeps the cash") {
  floor_of market;
  (void)market.buy(10, "100.05");
  const money before = market.mine().traded;
  CHECK_FALSE(market.venue.convert("AB1234", {infy, "MIS", "NRML", order_side::buy, 11}));
  CHECK_FALSE(market.venue.convert("AB1234", {infy, "MIS", "NRML", order_side::sell, 1}));
  CHECK(market.venue.convert("AB1234", {infy, "MIS", "NRML", order_side::buy, 4}));
  CHECK(market.mine().positions.of(infy, "MIS").net() == 6);
  CHECK(market.mine().positions.of(infy, "NRML").net() == 4);
  CHECK(open_price(market.mine().positions.of(infy, "NRML")) == rs(100.05));
  CHECK(market.mine().traded == before);
}

TEST_CASE("kite_sim: funds: CNC blocks its value, MIS a fifth of its worst case, a round trip settles") {
  floor_of market;
  const auto funds_now = [&] { return market.venue.funds_of_user("AB1234"); };
  (void)market.place({{"tradingsymbol", "TCS"}, {"product", "CNC"}, {"price", "90.00"}, {"quantity", "10"}});
  CHECK(funds_now().delivery == rs(90) * 10);
  (void)market.buy(10, "90.00");
  CHECK(funds_now().exposure == rs(20) * 10);  // a fifth of the last price, which is above the limit
  (void)market.sell(10, "110.00");             // the other side adds nothing while both are open
  CHECK(funds_now().exposure == rs(22) * 10);  // but the worst case is valued at the highest price
  floor_of trip;
  (void)trip.buy(10, "100.05");
  (void)trip.sell(10, "99.95");
  const funds after = trip.venue.funds_of_user("AB1234");
  CHECK(after.realised == -(rs(0.10) * 10));
  CHECK(after.exposure == money{});
  CHECK(after.net() == money{1'000'000 * money_scale} - rs(0.10) * 10);
  CHECK(after.net() == trip.mine().opening + trip.mine().traded);
}
