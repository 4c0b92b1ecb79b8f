// Exits, reservations and their ends, decisions that see each other, and what comes twice.
#include "domain/risk_fixture.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::test {
namespace {

TEST_CASE_FIXTURE(risk_fixture, "an approval carries everything that the order needs") {
  const signal s = at_limit(buy(10), {9'950'000});
  const order_request r = approved(s);
  CHECK(r.client_order_id == derive_client_order_id(s.id, 0));
  CHECK(r.signal_id == s.id);
  CHECK(r.strategy == strategy_id{"ema"});
  CHECK(r.instrument == nifty);
  CHECK(r.side == side::buy);
  CHECK(r.type == order_type::limit);
  CHECK(r.qty == 10);
  CHECK(r.limit_price == price{9'950'000});
  CHECK(r.reference_price == last);
  CHECK_FALSE(r.reduces);
  CHECK(r.expires_at == at(15, 30, 0));
}

TEST_CASE_FIXTURE(risk_fixture, "a rejection names its signal, strategy and instrument") {
  const signal s = buy(101);
  const signal_rejected r = rejected(s);
  CHECK(r.signal_id == s.id);
  CHECK(r.strategy == s.strategy);
  CHECK(r.instrument == s.instrument);
}

TEST_CASE_FIXTURE(risk_fixture, "an exit is cut down to what its strategy holds") {
  hold(side::buy, 70);
  const order_request r = approved(exit_long(100));
  CHECK(r.qty == 70);
  CHECK(r.reduces);
}

TEST_CASE_FIXTURE(risk_fixture, "an exit of less than is held stays as it is") {
  hold(side::sell, 70);
  CHECK(approved(exit_short(30)).qty == 30);
}

TEST_CASE_FIXTURE(risk_fixture, "an exit has nothing to exit on the wrong side, when flat, or twice") {
  check_refused(rejected(exit_long(5)), "nothing_to_exit", "0", "5", "units");
  hold(side::buy, 10);
  check_refused(rejected(exit_short(5)), "nothing_to_exit", "0", "5", "units");
  approved(exit_long(10));
  check_refused(rejected(exit_long(10)), "nothing_to_exit", "0", "10", "units");
}

TEST_CASE_FIXTURE(risk_fixture, "an exit gets what the working exits leave, and what their end gives back") {
  hold(side::buy, 100);
  const order_request first = placed(exit_long(60));
  CHECK(approved(exit_long(100)).qty == 40);
  CHECK(rejected(exit_long(1)).rule == "nothing_to_exit");
  fill(first, 20);
  CHECK(engine.held(strategy_id{"ema"}, nifty) == 80);
  CHECK(rejected(exit_long(1)).rule == "nothing_to_exit");
  apply(order_cancelled{first.client_order_id, 20, "by the exchange"});
  CHECK(approved(exit_long(100)).qty == 40);
}

TEST_CASE_FIXTURE(risk_fixture, "an exit never touches what another strategy holds in the same instrument") {
  hold(side::buy, 100, "ema");
  hold(side::buy, 50, "mean");
  CHECK(approved(exit_long(1000, "mean")).qty == 50);
  CHECK(rejected(exit_long(1, "mean")).rule == "nothing_to_exit");
  CHECK(rejected(exit_long(1, "demo")).rule == "nothing_to_exit");
  CHECK(approved(exit_long(1000, "ema")).qty == 100);
}

TEST_CASE_FIXTURE(risk_fixture, "two strategies on opposite sides each keep their own position") {
  hold(side::buy, 100, "ema");
  hold(side::sell, 100, "mean");
  CHECK(engine.held(strategy_id{"ema"}, nifty) == 100);
  CHECK(engine.held(strategy_id{"mean"}, nifty) == -100);
  CHECK(approved(exit_long(500, "ema")).qty == 100);
  CHECK(approved(exit_short(500, "mean")).qty == 100);
}

TEST_CASE_FIXTURE(risk_fixture, "an exit first asks to cancel its strategy's opposite entries, oldest first") {
  hold(side::buy, 10);
  const order_request resting = placed(at_limit(buy(20), {9'950'000}));
  const order_request open = placed(at_limit(buy(21), {9'940'000}));
  apply(order_accepted{open.client_order_id, broker_order_id{"P1"}});
  const order_request partial = placed(at_limit(buy(22), {9'930'000}));
  apply(order_accepted{partial.client_order_id, broker_order_id{"P2"}});
  fill(partial, 2);
  const signal s = exit_long(100);
  const auto bodies = decide({s});
  REQUIRE(bodies.size() == 4);
  CHECK(cancels(bodies) == std::vector{resting.client_order_id, open.client_order_id, partial.client_order_id});
  CHECK(std::get<order_cancel_requested>(bodies.front()).reason == "exit " + s.id.str());
  CHECK(std::get<signal_validated>(bodies.back()).order->qty == 12);
  CHECK(cancels(decide({exit_long(1)})).empty());  // already asked
}

TEST_CASE_FIXTURE(risk_fixture, "an exit leaves alone what it has no business to cancel") {
  hold(side::buy, 10);
  placed(sell(1));                         // entry on the exit's own side
  placed(at_limit(buy(5, "mean"), last));  // another strategy's
  signal elsewhere = buy(5);
  elsewhere.instrument = bank;
  placed(elsewhere);
  const order_request lost = placed(buy(5));
  apply(order_unknown{lost.client_order_id, "timeout"});
  const order_request done = placed(buy(5));
  apply(order_cancelled{done.client_order_id, 0, ""});
  const auto bodies = decide({exit_long(10)});
  CHECK(bodies.size() == 2);
  CHECK(cancels(bodies) == std::vector{lost.client_order_id});  // kept until the broker shows the order
  CHECK(cancels(decide({exit_short(10)})).size() == 1);         // the entry SELL; the exits at work stay
}

TEST_CASE_FIXTURE(risk_fixture, "an exit that is refused asks for the cancels all the same") {
  const order_request resting = placed(at_limit(buy(20), {9'950'000}));
  apply(kill_latched{{}, "halt", "operator", "drill"});
  const auto bodies = decide({exit_long(20)});
  REQUIRE(bodies.size() == 2);
  CHECK(cancels(bodies) == std::vector{resting.client_order_id});
  CHECK(std::get<signal_rejected>(bodies.back()).rule == "kill_latch");
}

TEST_CASE_FIXTURE(risk_fixture, "an entry approved in the same frame is not cancelled: its intent does not exist yet") {
  const auto bodies = decide({buy(20), exit_long(20)});
  REQUIRE(bodies.size() == 2);
  const order_request entry = std::get<signal_validated>(bodies.front()).order.get();
  CHECK(std::get<signal_rejected>(bodies.back()).rule == "nothing_to_exit");
  apply(order_submitted{entry});
  pass(seconds(1));
  CHECK(cancels(decide({exit_long(20)})) == std::vector{entry.client_order_id});
}

TEST_CASE_FIXTURE(risk_fixture, "decisions of one frame see the ones before them") {
  const auto bodies = decide({buy(100), buy(100), buy(100), buy(50)});
  REQUIRE(bodies.size() == 4);
  CHECK(std::holds_alternative<signal_validated>(bodies[1]));
  check_refused(std::get<signal_rejected>(bodies[2]), "position", "250", "300", "units");
  CHECK(std::get<signal_validated>(bodies[3]).order->qty == 50);
}

TEST_CASE_FIXTURE(risk_fixture, "a storm of orders in one frame never passes the position limit") {
  limits = {.max_order_quantity = 100,
            .max_order_value = {10'000'000 * money_scale},
            .max_position_quantity = 1000,
            .max_orders_per_second = 1000};
  restart();
  std::vector<signal> storm;
  for (int i = 0; i < 120; ++i) storm.push_back(buy(100));
  quantity total = 0;
  for (const event_body& body : decide(storm)) {
    if (const auto* v = std::get_if<signal_validated>(&body)) total += v->order->qty;
  }
  CHECK(total == 1000);
}

TEST_CASE_FIXTURE(risk_fixture, "a reservation ends with the order, whichever way it ends") {
  limits.max_position_quantity = 100;
  restart();
  const auto still_blocked = [&] { return rejected(buy(1)).rule == "position"; };
  const auto next = [&] {
    pass(seconds(1));
    return placed(buy(100));
  };
  order_request r = next();
  CHECK(still_blocked());
  apply(order_cancelled{r.client_order_id, 0, ""});
  r = next();
  CHECK(still_blocked());
  apply(order_expired{r.client_order_id, 0});
  r = next();
  CHECK(still_blocked());
  apply(order_rejected{r.client_order_id, "by the gate"});
  pass(seconds(1));
  r = approved(buy(100));
  CHECK(still_blocked());
  apply(order_withheld{r.client_order_id, "placing is off"});
  r = next();
  CHECK(still_blocked());
  fill(r, 100);
  CHECK(still_blocked());  // now held
  CHECK(engine.held(strategy_id{"ema"}, nifty) == 100);
}

TEST_CASE_FIXTURE(risk_fixture, "what was part filled is held, and only the rest is given back") {
  const order_request r = placed(buy(100));
  fill(r, 30);
  apply(order_cancelled{r.client_order_id, 30, ""});
  placed(buy(100));
  placed(buy(100));
  check_refused(rejected(buy(21)), "position", "250", "251", "units");
  CHECK(approved(buy(20)).qty == 20);
}

TEST_CASE_FIXTURE(risk_fixture, "an order reserved twice is reserved once") {
  const order_request r = approved(buy(100));
  risk::exposure exposure;
  exposure.reserve(r);
  exposure.reserve(r);
  CHECK(exposure.working(nifty, side::buy) == 100);
  exposure.release(r.client_order_id);
  CHECK(exposure.working(nifty, side::buy) == 0);
}

TEST_CASE_FIXTURE(risk_fixture, "unknown and pending_cancel orders stay reserved at their worst case") {
  const order_request lost = placed(buy(100));
  const order_request cancelled = placed(buy(100));
  apply(order_unknown{lost.client_order_id, "timeout"});
  apply(order_cancel_requested{cancelled.client_order_id, "operator"});
  check_refused(rejected(buy(51)), "position", "250", "251", "units");
  apply(order_accepted{lost.client_order_id, broker_order_id{"P1"}});
  check_refused(rejected(buy(51)), "position", "250", "251", "units");
}

TEST_CASE_FIXTURE(risk_fixture, "a fill that arrives after the order's end is held") {
  const order_request r = placed(buy(100));
  apply(order_cancelled{r.client_order_id, 0, ""});
  fill(r, 100);
  CHECK(engine.held(strategy_id{"ema"}, nifty) == 100);
  CHECK(approved(exit_long(500)).qty == 100);
}

TEST_CASE_FIXTURE(risk_fixture, "a signal that was decided yields nothing, approved or rejected") {
  const signal good = buy(10);
  const signal bad = buy(101);
  CHECK(decide({good, bad}).size() == 2);
  CHECK(decide({good, bad}).empty());
  const nlohmann::json before = engine.snapshot();
  pass(seconds(5));
  CHECK(decide({buy(1)}).size() == 1);
  CHECK(decide({good, bad}).empty());  // an older frame
  CHECK(before["decided"]["ids"].size() == 2);
  CHECK(engine.snapshot()["decided"]["ids"].size() == 1);
}

TEST_CASE_FIXTURE(risk_fixture, "own decisions that come back sequenced change nothing") {
  const order_request entry = placed(buy(100));
  pass(seconds(1));
  decide({exit_long(1), buy(101), buy(20)});
  nlohmann::json before = engine.snapshot();
  for (const event& e : std::vector<event>{journal}) engine.apply(e);
  nlohmann::json after = engine.snapshot();
  before.erase("seq");
  after.erase("seq");
  CHECK(before == after);
  CHECK(before["exposure"]["orders"].size() == 2);
  CHECK(before["exposure"]["orders"][0]["request"]["client_order_id"] == entry.client_order_id.str());
}

TEST_CASE_FIXTURE(risk_fixture, "an event delivered again changes nothing") {
  const order_request r = placed(buy(100));
  fill(r, 30);
  const nlohmann::json before = engine.snapshot();
  for (const event& e : std::vector<event>{journal}) engine.apply(e);
  CHECK(engine.snapshot() == before);
  CHECK(engine.held(strategy_id{"ema"}, nifty) == 30);
}

}  // namespace
}  // namespace bulkhead::test
