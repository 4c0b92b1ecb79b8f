// Exit planning, brackets, safety exits and square-off, with worked figures.
#include "domain/risk_flow.hpp"
#include "runtime/domain/risk/bracket.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::test {
namespace {

struct exits_fixture : risk_fixture {
  exits_fixture() {
    limits = {};
    settings.square_off = seconds(15 * 3600 + 15 * 60);
    restart();
  }
  signal bracketed(quantity qty, price stop, price target, const char* strategy = "ema") {
    signal s = buy(qty, strategy);
    s.stop_loss_offset = stop;
    s.target_offset = target;
    return s;
  }
  /// The bracket orders of an entry that fills whole, submitted.
  std::vector<order_request> bracket_of(const signal& s) {
    const order_request entry = placed(s);
    fill(entry, entry.qty);
    auto orders = approvals(decide({}));
    for (const order_request& o : orders) apply(order_submitted{o});
    return orders;
  }
};

TEST_CASE("an exit is taken from what no group covers, then from the groups, oldest first, in freeze pieces") {
  const risk::exit_room room{.held = 100, .outside = 10, .covers = {{"a", 40, 5}, {"b", 30, 0}}};
  const auto text = [&](quantity asked, quantity freeze) {
    const risk::exit_plan plan = risk::plan_exit(room, asked, freeze);
    std::string out = fmt::format("{}:", plan.qty);
    for (const auto& p : plan.pieces) out += fmt::format(" {}{}", p.qty, p.group);
    for (const auto& g : plan.whole_groups) out += " !" + g;
    return out;
  };
  CHECK(text(20, 0) == "20: 20");  // 100 - 10 - 40 - 30 = 20 are free
  CHECK(text(21, 0) == "21: 20 1a");
  CHECK(text(55, 0) == "55: 20 35a !a");
  CHECK(text(1000, 0) == "85: 20 35a 30b !a !b");
  CHECK(text(1000, 18) == "85: 18 2 18a 17a 18b 12b !a !b");
  CHECK(text(0, 0) == "0:");
  CHECK(risk::plan_exit({.held = -5}, 5, 0).pieces.empty());
}

TEST_CASE("a bracket's prices are rounded away from the fill, and one that is no price is not made") {
  const auto of = [](side s, price stop, price target) {
    return risk::prices_of_bracket(s, {10'000'200}, stop, target, {500});
  };
  CHECK(of(side::buy, at_rupees(10), at_rupees(20)).stop == price{9'900'000});
  CHECK(of(side::buy, at_rupees(10), at_rupees(20)).target == price{10'200'500});
  CHECK(of(side::sell, at_rupees(10), at_rupees(20)).stop == price{10'100'500});
  CHECK(of(side::sell, at_rupees(10), at_rupees(20)).target == price{9'800'000});
  CHECK_FALSE(of(side::sell, {}, {10'000'000}).target);  // 0.02 is below one tick
  CHECK_FALSE(of(side::buy, {}, {}).stop);
}

TEST_CASE_FIXTURE(exits_fixture, "each fill of a bracketed entry gets a stop and a target of its own") {
  const signal s = bracketed(100, at_rupees(10), at_rupees(20));
  const order_request entry = placed(s);
  fill(entry, 60);
  const std::string first_fill = std::get<order_filled>(journal.back().body).fill_id.str();
  const auto first = approvals(decide({}));
  REQUIRE(first.size() == 2);
  CHECK(first[0].client_order_id == derive_client_order_id(s.id, 1));
  CHECK(first[0].type == order_type::stop_market);
  CHECK(first[0].side == side::sell);
  CHECK(first[0].trigger_price == at_rupees(990));
  CHECK(first[0].qty == 60);
  CHECK(first[0].group == first_fill);
  CHECK(first[0].origin == order_origin::bracket);
  CHECK(first[0].reduces);
  CHECK(first[1].client_order_id == derive_client_order_id(s.id, 2));
  CHECK(first[1].type == order_type::limit);
  CHECK(first[1].limit_price == at_rupees(1020));
  CHECK(decide({}).empty());
  pass(seconds(1));
  fill(entry, 40);
  const auto second = approvals(decide({}));
  REQUIRE(second.size() == 2);
  CHECK(second[0].client_order_id == derive_client_order_id(s.id, 3));
  CHECK(second[1].qty == 40);
  CHECK(second[1].group != first_fill);
}

TEST_CASE_FIXTURE(exits_fixture, "stop and target of one fill count once in the worst case") {
  limits.max_position_quantity = 100;
  restart();
  bracket_of(bracketed(100, at_rupees(10), at_rupees(20)));
  CHECK(approved(sell(100)).qty == 100);  // -(100 - 100 - 100) = 100
  check_refused(rejected(sell(1)), "position", "100", "101", "units");
}

TEST_CASE_FIXTURE(exits_fixture, "under halt the bracket stays owed, and is made after the release") {
  const order_request entry = placed(bracketed(10, at_rupees(10), {}));
  fill(entry, 10);
  apply(kill_latched{{}, "halt", "operator", ""});
  CHECK(decide({}).empty());
  const nlohmann::json state = engine.snapshot();
  engine = fresh();
  engine.restore(state);
  apply(kill_released{{}, ""});
  CHECK(approvals(decide({})).size() == 1);
}

TEST_CASE_FIXTURE(exits_fixture, "an exit of a bracketed position goes into its group and calls the bracket off") {
  const auto bracket = bracket_of(bracketed(100, at_rupees(10), at_rupees(20)));
  fill(placed(buy(20)), 20);
  const auto part = approvals(decide({exit_long(50)}));
  REQUIRE(part.size() == 2);
  CHECK(part[0].qty == 20);
  CHECK(part[0].group.empty());
  CHECK(part[1].qty == 30);
  CHECK(part[1].group == bracket[0].group);
  const auto bodies = decide({exit_long(1000)});
  CHECK(cancels(bodies) == std::vector{bracket[0].client_order_id, bracket[1].client_order_id});
  CHECK(approvals(bodies).at(0).qty == 70);
  CHECK(rejected(exit_long(1)).rule == "nothing_to_exit");
}

TEST_CASE_FIXTURE(exits_fixture, "a stop that filled leaves nothing for an exit in the same frame") {
  const auto bracket = bracket_of(bracketed(100, at_rupees(10), at_rupees(20)));
  fill(bracket[0], 100);
  check_refused(rejected(exit_long(100)), "nothing_to_exit", "0", "100", "units");
  apply(order_cancelled{bracket[1].client_order_id, 0, "one cancels the other"});
  CHECK(engine.held(strategy_id{"ema"}, nifty) == 0);
  CHECK(engine.snapshot()["exposure"]["groups"].empty());
}

TEST_CASE_FIXTURE(exits_fixture, "at a venue that knows no groups the other order of a bracket is called back") {
  const auto bracket = bracket_of(bracketed(100, at_rupees(10), at_rupees(20)));
  for (const order_request& o : bracket) apply(order_accepted{o.client_order_id, broker_order_id{"K"}});
  CHECK(decide({}).empty());
  SUBCASE("whole: cancelled, once, under halt too") {
    apply(kill_latched{.mode = "halt"});
    fill(bracket[0], 100);
    CHECK(cancels(decide({})) == std::vector{bracket[1].client_order_id});
    CHECK(decide({}).empty());
  }
  SUBCASE("in part: made as small as what is left") {
    fill(bracket[1], 30);
    const auto bodies = decide({});
    REQUIRE(bodies.size() == 1);
    const auto& asked = std::get<order_modify_requested>(bodies[0]);
    CHECK(asked.client_order_id == bracket[0].client_order_id);
    CHECK(asked.terms == order_terms{70, {}, bracket[0].trigger_price});
    CHECK(decide({}).empty());
    fill(bracket[1], 70);
    CHECK(cancels(decide({})) == std::vector{bracket[0].client_order_id});  // overtakes the modification
    apply(order_modify_rejected{bracket[0].client_order_id, "no"});
    CHECK(decide({}).empty());
  }
}

TEST_CASE_FIXTURE(exits_fixture, "a bracket order of unknown fate is called back, once") {
  const auto bracket = bracket_of(bracketed(100, at_rupees(10), at_rupees(20)));
  apply(order_unknown{bracket[0].client_order_id, "timed out"});
  fill(bracket[1], 100);
  CHECK(cancels(decide({})) == std::vector{bracket[0].client_order_id});
  apply(order_accepted{bracket[0].client_order_id, broker_order_id{"K"}});
  CHECK(decide({}).empty());
}

TEST_CASE_FIXTURE(exits_fixture, "an exit in the frame in which the bracket is made joins its group") {
  const order_request entry = placed(bracketed(100, at_rupees(10), at_rupees(20)));
  fill(entry, 100);
  const auto orders = approvals(decide({exit_long(100)}));
  REQUIRE(orders.size() == 3);
  CHECK(orders[2].origin == order_origin::signal);
  CHECK(orders[2].group == orders[0].group);
}

TEST_CASE_FIXTURE(exits_fixture, "one strategy's exit never closes another's, nor another product's position") {
  hold(side::buy, 100, "ema");
  hold(side::buy, 50, "mean");
  signal carried = buy(30);
  carried.product = product::cnc;
  fill(placed(carried), 30);
  const order_request exit = placed(exit_long(1000));
  CHECK(exit.qty == 100);
  fill(exit, 100);
  CHECK(engine.held(strategy_id{"mean"}, nifty) == 50);
  CHECK(engine.held(strategy_id{"ema"}, nifty, product::cnc) == 30);
}

TEST_CASE_FIXTURE(exits_fixture, "an exit above the freeze quantity becomes several orders of one signal") {
  const instrument_id fut = instruments.add({.key = "NFO:FUT", .freeze_quantity = 40});
  for (int i = 0; i < 3; ++i) {
    signal s = buy(30 + i);
    s.instrument = fut;
    const quote q{fut, last, now};
    const auto order = approvals(engine.decide(std::vector{s}, {&q, 1}, now, feed)).at(0);
    fill(order, order.qty);
  }
  signal exit = exit_long(1000);  // 93 held
  exit.instrument = fut;
  const quote q{fut, last, now};
  const auto orders = approvals(engine.decide(std::vector{exit}, {&q, 1}, now, feed));
  REQUIRE(orders.size() == 3);
  CHECK(orders[2].qty == 13);
  CHECK(orders[2].client_order_id == derive_client_order_id(exit.id, 2));
  CHECK(engine.decide(std::vector{exit}, {&q, 1}, now, feed).empty());
  for (const order_request& o : orders) fill(o, o.qty);
  CHECK(engine.held(strategy_id{"ema"}, fut) == 0);
}

TEST_CASE_FIXTURE(exits_fixture, "a stop that the broker refused is replaced by a market exit, once") {
  const signal s = bracketed(100, at_rupees(10), at_rupees(20));
  const auto bracket = bracket_of(s);
  apply(order_rejected{bracket[0].client_order_id, "RMS"});
  const auto bodies = decide({});
  CHECK(cancels(bodies) == std::vector{bracket[1].client_order_id});
  const auto orders = approvals(bodies);
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].client_order_id == derive_client_order_id(s.id, 1'000'001));
  CHECK(orders[0].type == order_type::market);
  CHECK(orders[0].origin == order_origin::safety);
  CHECK(orders[0].group == bracket[0].group);
  CHECK(orders[0].qty == 100);
  apply(order_submitted{orders[0]});
  apply(order_rejected{bracket[1].client_order_id, "RMS"});
  CHECK(decide({}).empty());  // the exit for all of it works already
}

TEST_CASE_FIXTURE(exits_fixture, "a bracket order that the effect gate refused owes a safety exit too") {
  const auto bracket = bracket_of(bracketed(100, at_rupees(10), at_rupees(20)));
  apply(order_rejected{bracket[0].client_order_id, "effect gate: kill switch", true});
  const auto bodies = decide({});
  CHECK(!bodies.empty());
  CHECK(std::ranges::any_of(bodies, [](const event_body& b) {
    const auto* v = std::get_if<signal_validated>(&b);
    return v != nullptr && v->order->origin == order_origin::safety && v->order->qty == 100;
  }));
}

TEST_CASE_FIXTURE(exits_fixture, "square-off takes every MIS line out, cancels its entries and leaves CNC alone") {
  hold(side::sell, 40, "mean");
  hold(side::buy, 100, "ema");
  signal carried = buy(30);
  carried.product = product::cnc;
  fill(placed(carried), 30);
  const order_request resting = placed(at_limit(buy(5, "demo"), at_rupees(990)));
  now = at(15, 15, 0) - duration{1};
  CHECK(decide({}).empty());
  now = at(15, 15, 0);
  ++feed;
  const auto bodies = decide({});
  CHECK(cancels(bodies) == std::vector{resting.client_order_id});
  const auto orders = approvals(bodies);
  REQUIRE(orders.size() == 2);
  const signal_id id{derive_id(fmt::format("square_off|ema|NSE:NIFTY|{}", feed))};
  CHECK(orders[0].client_order_id == derive_client_order_id(id, 0));
  CHECK(orders[0].strategy == strategy_id{"ema"});
  CHECK(orders[0].qty == 100);
  CHECK(orders[0].side == side::sell);
  CHECK(orders[0].origin == order_origin::square_off);
  CHECK(orders[1].strategy == strategy_id{"mean"});
  CHECK(orders[1].side == side::buy);
  CHECK(orders[1].qty == 40);
  CHECK(decide({}).empty());
}

TEST_CASE_FIXTURE(exits_fixture, "square-off tries again in the next minute for what is left, not before") {
  hold(side::buy, 100);
  now = at(15, 15, 0);
  const auto first = approvals(decide({}));
  REQUIRE(first.size() == 1);
  apply(order_submitted{first[0]});
  apply(order_rejected{first[0].client_order_id, "circuit"});
  pass(seconds(59));
  const nlohmann::json state = engine.snapshot();
  engine = fresh();
  engine.restore(state);
  CHECK(decide({}).empty());
  pass(seconds(1));
  CHECK(approvals(decide({})).at(0).qty == 100);
  pass(seconds(60));
  CHECK(decide({}).empty());  // that one still works
}

TEST_CASE_FIXTURE(exits_fixture, "square-off is never refused: not by rates, not by reduce-only") {
  hold(side::buy, 100);
  limits.max_orders_per_day = 1;
  limits.max_orders_per_second = 1;
  const nlohmann::json state = engine.snapshot();
  engine = fresh();
  engine.restore(state);
  apply(kill_latched{{}, "reduce-only", "operator", ""});
  now = at(15, 20, 0);
  CHECK(approvals(decide({})).size() == 1);
}

TEST_CASE("asked again in the same frame, the engine owes nothing more in any flow") {
  CHECK(rc::check("idempotence", [] {
    risk_flow flow{true};
    for (const flow_step& step : *flow_steps()) {
      flow.take(step);
      flow.decide({});
      RC_ASSERT(flow.decide({}).empty());
    }
  }));
}

}  // namespace
}  // namespace bulkhead::test
