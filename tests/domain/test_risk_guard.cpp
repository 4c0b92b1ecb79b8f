// The limits that latch, the operator's commands, and what a restart must not forget.
#include "domain/risk_fixture.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::test {
namespace {

constexpr money rupees(std::int64_t r) { return {r * money_scale}; }

struct guard_fixture : risk_fixture {
  guard_fixture() { limits = {}; }
  void snapshot_at(money net, money ema = {}) {
    portfolio_snapshot s{.realised = net, .equity = capital};
    s.strategies.push_back({.strategy = strategy_id{"ema"}, .realised = ema});
    apply(s);
  }
  std::vector<event_body> guard() {
    auto bodies = engine.guard(now);
    for (const event_body& body : bodies) sequence(body);
    return bodies;
  }
  std::vector<event_body> command(const operator_command& c) {
    auto bodies = engine.command({&c, 1}, now);
    for (const event_body& body : bodies) sequence(body);
    return bodies;
  }
  void recover() {
    const nlohmann::json state = engine.snapshot();
    engine = fresh();
    engine.restore(nlohmann::json::parse(state.dump()));
  }
};

TEST_CASE_FIXTURE(guard_fixture, "the day's loss latches at its limit, cancels entries, and lets exits through") {
  limits.max_day_loss = rupees(1000);
  restart();
  hold(side::buy, 10);
  const order_request resting = placed(at_limit(buy(5), {9'900'000}));
  snapshot_at(rupees(-1000) + money{1});
  CHECK(guard().empty());
  snapshot_at(rupees(-1000));
  const auto bodies = guard();
  REQUIRE(bodies.size() == 2);
  const auto latched = std::get<kill_latched>(bodies[0]);
  CHECK(latched.strategy.empty());
  CHECK(latched.mode == "reduce-only");
  CHECK(latched.cause == "day_loss");
  CHECK(latched.reason == "the day's loss is 1000.00, max_day_loss is 1000.00");
  CHECK(cancels(bodies) == std::vector{resting.client_order_id});
  CHECK(guard().empty());
  check_refused(rejected(buy(1)), "kill_latch", "reduce-only", "ENTRY", "kill mode");
  CHECK(approved(exit_long(10)).qty == 10);
}

TEST_CASE_FIXTURE(guard_fixture, "the day's loss counts from the last snapshot of an earlier date") {
  limits.max_day_loss = rupees(1000);
  restart();
  snapshot_at(rupees(500));
  now = at(9, 20, 0, 20220104);
  snapshot_at(rupees(-499));
  CHECK(guard().empty());
  snapshot_at(rupees(-500));
  CHECK(guard().size() == 1);
}

TEST_CASE_FIXTURE(guard_fixture, "the day-loss stop does not forget itself at a restart") {
  limits.max_day_loss = rupees(1000);
  restart();
  snapshot_at(rupees(-600));
  recover();
  snapshot_at(rupees(-1000));
  CHECK(guard().size() == 1);
  recover();
  CHECK(engine.kill() == kill_mode::reduce_only);
  CHECK(rejected(buy(1)).rule == "kill_latch");
  risk_engine replayed = fresh();
  for (const event& e : journal) replayed.apply(e);
  CHECK(replayed.kill() == kill_mode::reduce_only);
}

TEST_CASE_FIXTURE(guard_fixture, "the drawdown counts from the peak, which is at least 0") {
  limits.max_drawdown = rupees(300);
  restart();
  snapshot_at(rupees(-299));
  CHECK(guard().empty());
  snapshot_at(rupees(200));
  snapshot_at(rupees(-99));
  CHECK(guard().empty());
  snapshot_at(rupees(-100));
  CHECK(std::get<kill_latched>(guard().at(0)).cause == "drawdown");
}

TEST_CASE_FIXTURE(guard_fixture, "a release counts loss, peak and rejects anew") {
  limits.max_day_loss = rupees(1000);
  limits.max_drawdown = rupees(1500);
  restart();
  snapshot_at(rupees(-1000));
  guard();
  CHECK(std::holds_alternative<kill_released>(command({.what = operator_command::kind::release}).at(0)));
  CHECK(guard().empty());
  snapshot_at(rupees(-1999));
  CHECK(guard().empty());
  snapshot_at(rupees(-2000));
  CHECK(guard().size() == 1);
}

TEST_CASE_FIXTURE(guard_fixture, "a strategy's own limit latches that strategy and no other") {
  settings.by_strategy = {{strategy_id{"ema"}, {.max_day_loss = rupees(100)}}};
  restart();
  const order_request own = placed(at_limit(buy(5), {9'900'000}));
  placed(at_limit(buy(5, "mean"), {9'900'000}));
  snapshot_at(rupees(0), rupees(-100));
  const auto bodies = guard();
  CHECK(std::get<kill_latched>(bodies.at(0)).strategy == strategy_id{"ema"});
  CHECK(cancels(bodies) == std::vector{own.client_order_id});
  CHECK(engine.kill() == kill_mode::off);
  CHECK(rejected(buy(1)).rule == "kill_latch");
  approved(buy(1, "mean"));
  recover();
  CHECK(engine.kill(strategy_id{"ema"}) == kill_mode::reduce_only);
}

TEST_CASE_FIXTURE(guard_fixture,
                  "rejects in a row latch; an acceptance ends the row and the gate's refusals do not count") {
  limits.max_consecutive_rejects = 2;
  restart();
  const auto refuse = [&](bool at_gate) { apply(order_rejected{placed(buy(1)).client_order_id, "RMS", at_gate}); };
  refuse(false);
  refuse(true);
  CHECK(guard().empty());
  apply(order_accepted{placed(buy(1)).client_order_id, broker_order_id{"P"}});
  refuse(false);
  CHECK(guard().empty());
  recover();
  refuse(false);
  CHECK(std::get<kill_latched>(guard().at(0)).cause == "consecutive_rejects");
  command({.what = operator_command::kind::release});
  CHECK(guard().empty());
}

TEST_CASE_FIXTURE(guard_fixture, "no orders continue after the kill switch, and working entries are called off") {
  restart();
  hold(side::buy, 10);
  placed(exit_long(4));
  const order_request resting = placed(at_limit(buy(5), {9'900'000}));
  const auto bodies = command({.what = operator_command::kind::kill, .mode = kill_mode::halt, .reason = "drill"});
  CHECK(std::get<kill_latched>(bodies.at(0)).cause == "operator");
  CHECK(cancels(bodies) == std::vector{resting.client_order_id});
  CHECK(rejected(buy(1)).rule == "kill_latch");
  CHECK(rejected(exit_long(1)).rule == "kill_latch");
  const auto again = command({.what = operator_command::kind::kill, .mode = kill_mode::reduce_only});
  REQUIRE(again.size() == 1);
  CHECK(engine.kill() == kill_mode::reduce_only);
  CHECK(approved(exit_long(6)).qty == 6);
}

TEST_CASE_FIXTURE(guard_fixture, "a kill of one strategy stops that one alone until its own release") {
  restart();
  const strategy_id ema{"ema"};
  command({.what = operator_command::kind::kill, .mode = kill_mode::halt, .strategy = ema});
  check_refused(rejected(buy(1)), "kill_latch", "halt", "ENTRY", "kill mode");
  approved(buy(1, "mean"));
  CHECK(std::holds_alternative<command_refused>(command({.what = operator_command::kind::release}).at(0)));
  command({.what = operator_command::kind::release, .strategy = ema});
  approved(buy(2));
}

TEST_CASE_FIXTURE(guard_fixture, "an operator cancels one order or all; what cannot be cancelled is refused with why") {
  restart();
  const order_request a = placed(at_limit(buy(5), {9'900'000}));
  const order_request b = placed(at_limit(sell(5, "mean"), {10'100'000}));
  using kind = operator_command::kind;
  CHECK(cancels(command({.what = kind::cancel_order, .order = a.client_order_id})) == std::vector{a.client_order_id});
  const auto twice = std::get<command_refused>(command({.what = kind::cancel_order, .order = a.client_order_id}).at(0));
  CHECK(twice.command == "cancel " + a.client_order_id.str());
  CHECK(twice.reason == "a cancel is on its way already");
  CHECK(cancels(command({.what = kind::cancel_all, .strategy = strategy_id{"ema"}})).empty());
  CHECK(cancels(command({.what = kind::cancel_all})) == std::vector{b.client_order_id});
  apply(order_cancelled{a.client_order_id, 0, ""});
  const auto ended = std::get<command_refused>(command({.what = kind::cancel_order, .order = a.client_order_id}).at(0));
  CHECK(ended.reason == "no order with this id is working: it has ended or never was");
}

}  // namespace
}  // namespace bulkhead::test
