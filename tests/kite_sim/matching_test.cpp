#include "kite_sim/kite_fixture.hpp"
#include "tools/kite_sim/core/resting_orders.hpp"

#include <map>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::kite_sim;
using namespace bulkhead::kite_sim::test;

namespace {

ladder levels(std::vector<std::pair<double, quantity>> given) {
  ladder out{};
  for (std::size_t i = 0; i < given.size(); ++i) out[i] = {rs(given[i].first), given[i].second};
  return out;
}

}  // namespace

TEST_CASE("kite_sim: an incoming order takes the best price first, level after level, up to its limit") {
  resting_orders book;
  const auto done = book.meet({0, order_side::buy, rs(100.10), 25}, levels({{100.05, 10}, {100.10, 20}, {100.15, 30}}));
  REQUIRE(done.size() == 2);
  CHECK(done[0].at_price == rs(100.05));
  CHECK(done[0].units == 10);
  CHECK(done[1].at_price == rs(100.10));
  CHECK(done[1].units == 15);
  CHECK(book.meet({1, order_side::buy, rs(100.00), 25}, levels({{100.05, 10}})).empty());
  CHECK(book.meet({1, order_side::sell, rs(100.00), 25}, levels({{99.95, 10}})).empty());
}

TEST_CASE("kite_sim: at a price the order that rests longer goes first, and rests before the market's level") {
  resting_orders book;
  book.add(order_side::sell, rs(100.05), 2, 7, 5);
  book.add(order_side::sell, rs(100.05), 1, 8, 5);
  book.add(order_side::sell, rs(100.00), 3, 9, 5);
  const auto done = book.meet({1, order_side::buy, rs(100.05), 18}, levels({{100.05, 10}}));
  REQUIRE(done.size() == 4);
  CHECK(done[0].other == 9U);
  CHECK(done[0].at_price == rs(100.00));
  CHECK(done[1].other == 8U);
  CHECK(done[2].other == 7U);
  CHECK(done[3].level == 0U);
  CHECK(done[3].units == 3);
  CHECK(book.empty());
}

TEST_CASE("kite_sim: when the market moves through a resting order it gives the order's own price, best order first") {
  resting_orders book;
  book.add(order_side::buy, rs(99.00), 1, 1, 10);
  book.add(order_side::buy, rs(99.50), 2, 2, 10);
  const auto done = book.meet_market(order_side::buy, levels({{98.90, 15}, {98.95, 2}, {99.10, 100}}));
  REQUIRE(done.size() == 3);
  CHECK(done[0].order == 2);
  CHECK(done[0].at_price == rs(99.50));
  CHECK(done[0].units == 10);
  CHECK(done[1].order == 1);
  CHECK(done[1].at_price == rs(99.00));
  CHECK(done[1].units == 5);
  CHECK(done[2].units == 2);  // the rest of 99.00 stays: the next level costs more
  CHECK_FALSE(book.empty());
  book.remove(order_side::buy, rs(99.00), 1, 1);
  CHECK(book.empty());
}

TEST_CASE("kite_sim: whatever is traded, units, cash and positions add up and no two resting orders cross") {
  CHECK(rc::check("random orders and ticks", [] {
    floor_of market;
    const int steps = *rc::gen::inRange(1, 40);
    std::vector<std::string> ids;
    for (int i = 0; i < steps; ++i) {
      const int what = *rc::gen::inRange(0, 10);
      const double near = 99.0 + *rc::gen::inRange(0, 40) * 0.05;
      const std::string limit = to_string(price{rs(near).raw / 500 * 500});
      const int units = *rc::gen::inRange(1, 60);
      if (what < 3) ids.push_back(market.buy(units, limit.c_str()));
      if (what >= 3 && what < 6) ids.push_back(market.sell(units, limit.c_str()));
      if (what >= 6 && what < 8) market.move(at(9, 16, i), {{infy, near}});
      if (what == 8 && !ids.empty()) {
        const std::string& id = ids[static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(ids.size())))];
        if (is_resting(market.order(id).now().stage)) market.venue.cancel("AB1234", id, market.wall);
      }
    }
    money cash{};
    std::map<std::string, quantity> filled;
    quantity net = 0;
    for (const sim_trade& trade : market.venue.trades()) {
      const bool buy = trade.side == order_side::buy;
      RC_ASSERT(trade.units > 0);
      cash += buy ? -(trade.at_price * trade.units) : trade.at_price * trade.units;
      net += buy ? trade.units : -trade.units;
      filled[trade.order_id] += trade.units;
    }
    RC_ASSERT(market.mine().traded == cash);
    RC_ASSERT(market.mine().positions.of(infy, "MIS").net() == net);
    price best_bid{};
    price best_ask = price::max();
    for (const sim_order& order : market.venue.orders()) {
      const order_state& now = order.now();
      RC_ASSERT(now.filled == filled[order.id]);
      RC_ASSERT(now.filled <= now.terms.units);
      RC_ASSERT((now.stage == order_stage::complete) == (now.filled == now.terms.units));
      if (now.stage != order_stage::open) continue;
      if (order.side == order_side::buy) best_bid = std::max(best_bid, now.terms.limit);
      if (order.side == order_side::sell) best_ask = std::min(best_ask, now.terms.limit);
    }
    RC_ASSERT(best_bid < best_ask);
  }));
}
