// Every rule at its limit, one above, and the text of its refusal, through the engine as a whole.
#include "domain/risk_fixture.hpp"

namespace bulkhead::test {
namespace {

TEST_CASE_FIXTURE(risk_fixture, "order_quantity lets 100 of 100 pass and refuses 101") {
  CHECK(approved(buy(100)).qty == 100);
  check_refused(rejected(buy(101)), "order_quantity", "100", "101", "units");
}

TEST_CASE_FIXTURE(risk_fixture, "order_quantity refuses quantities below one unit") {
  check_refused(rejected(buy(0)), "order_quantity", "1", "0", "units");
  check_refused(rejected(sell(-5)), "order_quantity", "1", "-5", "units");
}

TEST_CASE_FIXTURE(risk_fixture, "order_quantity does not hold an exit back") {
  hold(side::buy, 200);
  CHECK(approved(exit_long(200)).qty == 200);
}

TEST_CASE_FIXTURE(risk_fixture, "order_value counts a MARKET order at the last price") {
  last = {20'000 * money_scale};
  CHECK(approved(buy(5)).qty == 5);  // 100000.00, exactly the limit
  check_refused(rejected(buy(6)), "order_value", "100000.00", "120000.00", "rupees");
  last = {1'000'000'001};  // 100000.0001
  check_refused(rejected(buy(1)), "order_value", "100000.00", "100000.0001", "rupees");
}

TEST_CASE_FIXTURE(risk_fixture, "order_value counts a LIMIT order at its limit price") {
  last = {20'000 * money_scale};
  check_refused(rejected(at_limit(buy(5), {200'000'500})), "order_value", "100000.00", "100000.25", "rupees");
  CHECK(approved(at_limit(buy(5), {199'999'500})).limit_price == price{199'999'500});
}

TEST_CASE_FIXTURE(risk_fixture, "order_value does not hold an exit back") {
  hold(side::buy, 100);
  last = {20'000 * money_scale};
  CHECK(approved(exit_long(100)).qty == 100);
}

TEST_CASE_FIXTURE(risk_fixture, "position counts what is held, what works on the same side, and the order") {
  hold(side::buy, 100);
  placed(buy(100));
  check_refused(rejected(buy(51)), "position", "250", "251", "units");
  CHECK(approved(buy(50)).qty == 50);
  check_refused(rejected(buy(1)), "position", "250", "251", "units");
}

TEST_CASE_FIXTURE(risk_fixture, "position of the short side is the mirror image") {
  hold(side::sell, 100);
  placed(sell(100));
  check_refused(rejected(sell(51)), "position", "250", "251", "units");
  CHECK(approved(sell(50)).qty == 50);
}

TEST_CASE_FIXTURE(risk_fixture, "position does not trust the other side's orders to fill") {
  hold(side::buy, 200);
  placed(sell(100));
  check_refused(rejected(buy(51)), "position", "250", "251", "units");
}

TEST_CASE_FIXTURE(risk_fixture, "position is the sum over strategies, per instrument") {
  hold(side::buy, 100, "ema");
  hold(side::buy, 100, "mean");
  check_refused(rejected(buy(51, "demo")), "position", "250", "251", "units");
  signal other = buy(51, "demo");
  other.instrument = bank;
  CHECK(approved(other).instrument == bank);
}

TEST_CASE_FIXTURE(risk_fixture, "position lets an order through the zero line up to the limit on the other side") {
  limits = {.max_order_quantity = 1000,
            .max_order_value = {10'000'000 * money_scale},
            .max_position_quantity = 250,
            .max_orders_per_second = 10};
  restart();
  hold(side::buy, 200);
  check_refused(rejected(sell(451)), "position", "250", "251", "units");
  CHECK(approved(sell(450)).qty == 450);
}

TEST_CASE_FIXTURE(risk_fixture, "price_collar lets exactly 100 bps pass on both sides and refuses one tick more") {
  CHECK(approved(at_limit(buy(1), {1010 * money_scale})).type == order_type::limit);
  CHECK(approved(at_limit(sell(1), {990 * money_scale})).type == order_type::limit);
  check_refused(rejected(at_limit(buy(1), {10'100'500})), "price_collar", "100", "100.50", "bps");
  check_refused(rejected(at_limit(sell(1), {9'899'500})), "price_collar", "100", "100.50", "bps");
}

TEST_CASE_FIXTURE(risk_fixture, "price_collar rounds what it observed up, so that it reads above the limit") {
  last = {30'000'000};  // 3000.00: one tick beyond 100 bps is 0.1666.. bps
  check_refused(rejected(at_limit(buy(1), {30'300'500})), "price_collar", "100", "100.1667", "bps");
}

TEST_CASE_FIXTURE(risk_fixture, "price_collar leaves MARKET orders alone and holds exits") {
  hold(side::buy, 10);
  signal market = buy(1);
  market.limit_price = {1};
  CHECK(approved(market).limit_price == price{0});
  check_refused(rejected(at_limit(exit_long(10), {1100 * money_scale})), "price_collar", "100", "1000.00", "bps");
}

TEST_CASE_FIXTURE(risk_fixture, "orders_per_second stops entries at the maximum less the exits' reserve") {
  for (int i = 0; i < 6; ++i) approved(buy(1));
  check_refused(rejected(buy(1)), "orders_per_second", "6", "7", "orders/s");
}

TEST_CASE_FIXTURE(risk_fixture, "orders_per_second lets exits use the reserve, and no more than the whole") {
  hold(side::buy, 100);
  for (int i = 0; i < 6; ++i) approved(buy(1));
  for (int i = 0; i < 4; ++i) approved(exit_long(1));
  check_refused(rejected(exit_long(1)), "orders_per_second", "10", "11", "orders/s");
}

TEST_CASE_FIXTURE(risk_fixture, "orders_per_second forgets an approval after exactly one second") {
  for (int i = 0; i < 6; ++i) approved(buy(1));
  pass({999'999'999});
  check_refused(rejected(buy(1)), "orders_per_second", "6", "7", "orders/s");
  pass({1});
  approved(buy(1));
}

TEST_CASE_FIXTURE(risk_fixture, "orders_per_second counts approvals only") {
  for (int i = 0; i < 20; ++i) rejected(buy(101));
  approved(buy(1));
}

TEST_CASE_FIXTURE(risk_fixture, "session refuses before 09:15:00 and from 15:30:00 on, exits too") {
  now = at(9, 7, 0);
  check_refused(rejected(buy(1)), "session", "09:15:00-15:30:00", "09:07:00", "IST");
  now = at(9, 15, 0);
  const order_request early = placed(buy(1));
  CHECK(early.expires_at == at(15, 30, 0));
  fill(early, 1);
  now = at(15, 30, 0) - duration{1};
  approved(buy(1));
  now = at(15, 30, 0);
  check_refused(rejected(exit_long(1)), "session", "09:15:00-15:30:00", "15:30:00", "IST");
}

TEST_CASE_FIXTURE(risk_fixture, "session names the fraction of a second and the day of a weekend") {
  now = at(9, 15, 0) - duration{1'000'000};
  check_refused(rejected(buy(1)), "session", "09:15:00-15:30:00", "09:14:59.999", "IST");
  now = at(10, 0, 0, 20220108);
  check_refused(rejected(buy(1)), "session", "09:15:00-15:30:00", "Sat 10:00:00", "IST");
  now = at(10, 0, 0, 20220109);
  check_refused(rejected(buy(1)), "session", "09:15:00-15:30:00", "Sun 10:00:00", "IST");
}

TEST_CASE_FIXTURE(risk_fixture, "no_price refuses an instrument without a tick") {
  const quote other{bank, last, now};
  auto bodies = engine.decide(std::vector{buy(1)}, {&other, 1}, now, feed);
  check_refused(std::get<signal_rejected>(bodies.at(0)), "no_price", "1", "0", "ticks");
  last = {0};
  check_refused(rejected(at_limit(buy(1), {1})), "no_price", "1", "0", "ticks");
}

TEST_CASE_FIXTURE(risk_fixture, "kill_latch in reduce-only refuses entries and lets exits pass") {
  hold(side::buy, 10);
  apply(kill_latched{{}, "reduce-only", "operator", "drill"});
  CHECK(engine.kill() == kill_mode::reduce_only);
  check_refused(rejected(buy(1)), "kill_latch", "reduce-only", "ENTRY", "kill mode");
  CHECK(approved(exit_long(10)).qty == 10);
}

TEST_CASE_FIXTURE(risk_fixture, "kill_latch in halt refuses everything until it is released") {
  hold(side::buy, 10);
  apply(kill_latched{{}, "halt", "operator", "drill"});
  check_refused(rejected(buy(1)), "kill_latch", "halt", "ENTRY", "kill mode");
  check_refused(rejected(exit_long(10)), "kill_latch", "halt", "EXIT", "kill mode");
  apply(kill_released{{}, "drill over"});
  CHECK(engine.kill() == kill_mode::off);
  approved(buy(1));
}

TEST_CASE_FIXTURE(risk_fixture, "kill_latch halts on a mode that it does not know") {
  apply(kill_latched{{}, "reduce only", "operator", "misspelt"});
  CHECK(engine.kill() == kill_mode::halt);
}

TEST_CASE_FIXTURE(risk_fixture, "the first rule that fails gives the rejection") {
  last = {20'000 * money_scale};
  signal everything = at_limit(buy(300), {40'000 * money_scale});
  CHECK(rejected(everything).rule == "order_quantity");
  now = at(8, 0, 0);
  CHECK(rejected(at_limit(buy(300), {40'000 * money_scale})).rule == "session");
  CHECK(rejected(exit_long(1)).rule == "session");
  apply(kill_latched{{}, "halt", "operator", ""});
  CHECK(rejected(exit_long(1)).rule == "kill_latch");
  apply(kill_released{{}, ""});
  now = at(10, 0, 0);
  last = {0};
  CHECK(rejected(exit_long(1)).rule == "nothing_to_exit");
  CHECK(rejected(buy(300)).rule == "no_price");
}

}  // namespace
}  // namespace bulkhead::test
