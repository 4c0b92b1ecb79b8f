// The rules that came with paper trading: at the limit, one above, for the broker and for a strategy alone.
#include "domain/risk_fixture.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::test {
namespace {

constexpr money rupees(std::int64_t r) { return {r * money_scale}; }

struct limits_fixture : risk_fixture {
  limits_fixture() { open({}); }
  /// A broker with these limits alone.
  void open(const risk_limits& broker) {
    limits = broker;
    restart();
  }
  /// A broker without limits, and `ema` with these.
  void open_for_ema(const risk_limits& ema) {
    settings.by_strategy = {{strategy_id{"ema"}, ema}};
    open({});
  }
  static signal as(signal s, product p) {
    s.product = p;
    return s;
  }
  static signal stop(signal s, price trigger, price limit = {}) {
    s.type = limit.raw == 0 ? order_type::stop_market : order_type::stop_limit;
    s.trigger_price = trigger;
    s.limit_price = limit;
    return s;
  }
  signal modify(quantity qty, price limit, const char* strategy = "ema") {
    return at_limit(make(signal_action::modify, side::buy, qty, strategy), limit);
  }
  instrument_id fut = instruments.add(
      {.key = "NFO:FUT", .tick_size = {500}, .lot_size = 50, .segment = "NFO-FUT", .freeze_quantity = 1800});
};

TEST_CASE_FIXTURE(limits_fixture, "a limit of 0 does not limit") {
  CHECK(approved(buy(1'000'000)).qty == 1'000'000);
  check_refused(rejected(buy(0)), "order_quantity", "1", "0", "units");
}

TEST_CASE_FIXTURE(limits_fixture, "instrument refuses entries of what is not listed and lets exits out") {
  hold(side::buy, 5);
  settings.instruments = {fut, bank};
  const nlohmann::json state = engine.snapshot();
  engine = fresh();
  engine.restore(state);
  check_refused(rejected(buy(1)), "instrument", "trading.<broker>.instruments", "NSE:NIFTY", "instrument");
  signal listed = buy(1);
  listed.instrument = bank;
  approved(listed);
  CHECK(approved(exit_long(5)).qty == 5);
}

TEST_CASE_FIXTURE(limits_fixture, "product refuses what CNC, MIS and a bracket do not allow") {
  settings.square_off = seconds(15 * 3600 + 15 * 60);
  restart();
  check_refused(rejected(as(sell(1), product::cnc)), "product", "BUY", "SELL", "CNC side");
  const auto bracketed = [this](price stop_loss, price target) {
    signal made = buy(1);
    made.stop_loss_offset = stop_loss;
    made.target_offset = target;
    return made;
  };
  check_refused(rejected(as(bracketed(at_rupees(5), {}), product::cnc)), "product", "0.00", "5.00",
                "CNC bracket offset");
  check_refused(rejected(bracketed(at_rupees(5), at_rupees(1000))), "product", "1000.00", "1000.00", "bracket offset");
  CHECK(approved(bracketed(at_rupees(5), {9'999'500})).target_offset == price{9'999'500});
  now = at(15, 15, 0) - duration{1};
  approved(buy(1));
  now = at(15, 15, 0);
  check_refused(rejected(buy(1)), "product", "15:15:00", "15:15:00", "IST");
  approved(as(buy(1), product::cnc));
}

TEST_CASE_FIXTURE(limits_fixture, "signal_age and stale_price measure event time to the millisecond") {
  open({.max_price_age_ms = 1000, .max_signal_age_ms = 500});
  signal old = buy(1);
  old.ts = now - duration{500'000'000};
  approved(old);
  old = buy(1);
  old.ts = now - duration{500'000'001};
  check_refused(rejected(old), "signal_age", "500", "501", "ms");
  const quote stale{nifty, last, now - duration{1'000'000'001}};
  const auto entry = engine.decide(std::vector{buy(1)}, {&stale, 1}, now, feed);
  check_refused(std::get<signal_rejected>(entry.at(0)), "stale_price", "1000", "1001", "ms");
}

TEST_CASE_FIXTURE(limits_fixture, "lot, tick and freeze are the instrument's own") {
  const auto of_fut = [this](signal s) {
    s.instrument = fut;
    return s;
  };
  const auto decide_fut = [&](const signal& s) {
    const quote q{fut, last, now};
    return engine.decide(std::vector{s}, {&q, 1}, now, feed).back();
  };
  const auto refusal = [&](const signal& s) { return std::get<signal_rejected>(decide_fut(s)); };
  check_refused(refusal(of_fut(buy(75))), "lot_size", "50", "75", "units");
  check_refused(refusal(of_fut(at_limit(buy(50), {9'999'600}))), "tick_size", "0.05", "999.96", "rupees");
  check_refused(refusal(of_fut(stop(buy(50), {10'000'100}))), "tick_size", "0.05", "1000.01", "rupees");
  check_refused(refusal(of_fut(buy(1850))), "freeze_quantity", "1800", "1850", "units");
  CHECK(std::holds_alternative<signal_validated>(decide_fut(of_fut(buy(1800)))));
}

TEST_CASE_FIXTURE(limits_fixture, "trigger wants a stop beyond the last price and its limit beyond the trigger") {
  check_refused(rejected(stop(buy(1), at_rupees(1000))), "trigger", "1000.00", "1000.00", "rupees");
  check_refused(rejected(stop(sell(1), at_rupees(1000))), "trigger", "1000.00", "1000.00", "rupees");
  approved(stop(buy(1), {10'000'500}));
  check_refused(rejected(stop(buy(1), at_rupees(1010), at_rupees(1009))), "trigger", "1010.00", "1009.00", "rupees");
  check_refused(rejected(stop(sell(1), at_rupees(990), at_rupees(991))), "trigger", "990.00", "991.00", "rupees");
  const order_request sl = approved(stop(sell(1), at_rupees(990), at_rupees(990)));
  CHECK(sl.trigger_price == at_rupees(990));
  CHECK(sl.limit_price == at_rupees(990));
}

TEST_CASE_FIXTURE(limits_fixture, "price_collar holds triggers too") {
  open({.price_collar_bps = 100});
  approved(stop(buy(1), at_rupees(1010)));
  check_refused(rejected(stop(buy(1), {10'100'500})), "price_collar", "100", "100.50", "bps");
}

TEST_CASE_FIXTURE(limits_fixture, "duplicate refuses the same entry within the window, and only the same") {
  open({.duplicate_window_ms = 2000});
  approved(at_limit(buy(10), at_rupees(990)));
  pass({1'999'999'999});
  check_refused(rejected(at_limit(buy(10), at_rupees(990))), "duplicate", "2000", "2000", "ms");
  approved(at_limit(buy(11), at_rupees(990)));
  approved(at_limit(buy(10), at_rupees(991)));
  approved(at_limit(buy(10, "mean"), at_rupees(990)));
  approved(at_limit(sell(10), at_rupees(990)));
  pass({1});
  approved(at_limit(buy(10), at_rupees(990)));
}

TEST_CASE_FIXTURE(limits_fixture, "open_orders counts exits, and a strategy's limit only its own") {
  open({.max_open_orders = 2});
  hold(side::buy, 10);
  placed(exit_long(10));
  const order_request second = placed(buy(1));
  check_refused(rejected(buy(1)), "open_orders", "2", "3", "orders");
  apply(order_cancelled{second.client_order_id, 0, ""});
  approved(buy(1));
  open_for_ema({.max_open_orders = 1});
  approved(buy(1));
  check_refused(rejected(buy(1)), "open_orders", "1", "2", "orders");
  approved(buy(1, "mean"));
}

TEST_CASE_FIXTURE(limits_fixture, "open_order_value adds working entries at their own prices") {
  open({.max_open_order_value = rupees(20'000)});
  const order_request resting = placed(at_limit(buy(10), at_rupees(990)));  // 9900
  approved(buy(10));                                                        // 10000
  check_refused(rejected(at_limit(buy(1), {1'000'500})), "open_order_value", "20000.00", "20000.05", "rupees");
  CHECK(approved(at_limit(buy(1), at_rupees(100))).qty == 1);
  fill(resting, 9);  // 990 of it still works: 990 + 10000 + 100
  check_refused(rejected(at_limit(buy(9), at_rupees(991))), "open_order_value", "20000.00", "20009.00", "rupees");
}

TEST_CASE_FIXTURE(limits_fixture, "position of a strategy is its own over all products") {
  open_for_ema({.max_position_quantity = 100});
  hold(side::buy, 500, "mean");
  fill(placed(as(buy(60), product::nrml)), 60);
  placed(buy(30));
  check_refused(rejected(buy(11)), "position", "100", "101", "units");
  CHECK(approved(buy(10)).qty == 10);
}

TEST_CASE_FIXTURE(limits_fixture, "gross_exposure is held at its mark plus entries, long and short added up") {
  open({.max_gross_exposure = rupees(50'000)});
  hold(side::buy, 10, "ema");    // 10000
  hold(side::sell, 10, "mean");  // 10000
  placed(at_limit(buy(10), at_rupees(900)));
  check_refused(rejected(buy(22)), "gross_exposure", "50000.00", "51000.00", "rupees");
  apply(portfolio_snapshot{.equity = capital, .positions = {{.instrument = nifty, .last = at_rupees(1100)}}});
  check_refused(rejected(buy(20)), "gross_exposure", "50000.00", "51000.00", "rupees");  // held: 22000
  approved(buy(19));
}

TEST_CASE_FIXTURE(limits_fixture, "margin binds by product, and what is held or works is not free") {
  capital = rupees(10'000);
  restart();
  check_refused(rejected(as(buy(11), product::cnc)), "margin", "10000.00", "11000.00", "rupees");
  fill(placed(buy(20)), 20);                   // 20000 * 20 %
  placed(at_limit(buy(10), at_rupees(1000)));  // 2000
  check_refused(rejected(buy(21)), "margin", "4000.00", "4200.00", "rupees");
  approved(buy(20));
}

TEST_CASE_FIXTURE(limits_fixture, "margin follows the equity of the last snapshot") {
  capital = rupees(10'000);
  restart();
  apply(portfolio_snapshot{.equity = rupees(999)});
  check_refused(rejected(as(buy(1), product::cnc)), "margin", "999.00", "1000.00", "rupees");
}

TEST_CASE_FIXTURE(limits_fixture, "self_trade refuses an entry that another strategy's order could meet") {
  open({.allow_self_trade = false});
  placed(at_limit(sell(5, "mean"), at_rupees(1005)));
  approved(at_limit(buy(5), at_rupees(1004)));
  check_refused(rejected(at_limit(buy(5), at_rupees(1005))), "self_trade", "1005.00", "1005.00", "rupees");
  check_refused(rejected(buy(5)), "self_trade", "1005.00", "MARKET", "rupees");
  approved(at_limit(buy(5, "mean"), at_rupees(1006)));  // its own: the exchange's business
  check_refused(rejected(sell(5, "demo")), "self_trade", "1006.00", "MARKET", "rupees");
}

TEST_CASE_FIXTURE(limits_fixture, "self_trade takes a MARKET order and an SL-M for what they can reach") {
  open({.allow_self_trade = false});
  const order_request stopped = placed(stop(sell(5, "mean"), at_rupees(990)));
  check_refused(rejected(at_limit(buy(5), at_rupees(900))), "self_trade", "MARKET", "900.00", "rupees");
  apply(order_cancelled{stopped.client_order_id, 0, ""});
  approved(at_limit(buy(5), at_rupees(900)));
}

TEST_CASE_FIXTURE(limits_fixture,
                  "orders_per_day refuses entries of a date, never exits, and starts anew the next day") {
  open({.max_orders_per_day = 3});
  hold(side::buy, 3);
  approved(buy(1));
  approved(buy(1));
  check_refused(rejected(buy(1)), "orders_per_day", "3", "4", "orders/day");
  CHECK(approved(exit_long(1)).qty == 1);
  now = at(9, 15, 0, 20220104);
  ++feed;
  approved(buy(1));
}

TEST_CASE_FIXTURE(limits_fixture, "a throttle never admits more than its limit, and keeps its reserve for exits") {
  open({.max_orders_per_minute = 5, .exit_reserve_per_minute = 2});
  hold(side::buy, 10);
  approved(buy(1));
  approved(buy(1));
  check_refused(rejected(buy(1)), "orders_per_minute", "3", "4", "orders/min");
  approved(exit_long(1));
  approved(exit_long(1));
  check_refused(rejected(exit_long(1)), "orders_per_minute", "5", "6", "orders/min");
}

TEST_CASE_FIXTURE(limits_fixture, "a throttle that bites blocks no cancel") {
  const order_request resting = placed(at_limit(buy(5), at_rupees(990)));
  limits.max_orders_per_second = 1;
  const nlohmann::json state = engine.snapshot();
  engine = fresh();
  engine.restore(state);
  CHECK(rejected(buy(1)).rule == "orders_per_second");
  apply(kill_latched{{}, "halt", "operator", ""});
  CHECK(cancels(decide({make(signal_action::cancel, side::buy, 1)})) == std::vector{resting.client_order_id});
}

TEST_CASE_FIXTURE(limits_fixture, "a strategy's own throttle leaves the others alone") {
  open_for_ema({.max_orders_per_second = 1});
  approved(buy(1));
  check_refused(rejected(buy(1)), "orders_per_second", "1", "2", "orders/s");
  approved(buy(1, "mean"));
}

TEST_CASE_FIXTURE(limits_fixture, "a cancel asks for its own side once; with nothing to cancel it is rejected") {
  const order_request a = placed(at_limit(buy(5), at_rupees(990)));
  placed(at_limit(sell(5), at_rupees(1010)));
  const signal s = make(signal_action::cancel, side::buy, 1);
  CHECK(cancels(decide({s})) == std::vector{a.client_order_id});
  CHECK(decide({s}).empty());
  check_refused(rejected(make(signal_action::cancel, side::buy, 1)), "nothing_to_cancel", "1", "0", "orders");
}

TEST_CASE_FIXTURE(limits_fixture, "a modification is decided as an entry, and only its increase is added") {
  open({.max_position_quantity = 100, .max_open_orders = 2});
  placed(at_limit(buy(50), at_rupees(980)));
  const order_request newest = placed(at_limit(buy(30), at_rupees(990)));
  check_refused(rejected(modify(51, at_rupees(990))), "position", "100", "101", "units");
  const auto asked = std::get<order_modify_requested>(decide_one(modify(50, at_rupees(991))));
  CHECK(asked.client_order_id == newest.client_order_id);
  CHECK(asked.terms == order_terms{50, at_rupees(991), {}});
  check_refused(rejected(modify(40, at_rupees(991))), "nothing_to_modify", "0", "1", "modifications on their way");
  apply(order_modify_rejected{newest.client_order_id, ""});
  CHECK(std::holds_alternative<order_modify_requested>(decide_one(modify(20, at_rupees(990)))));
  CHECK(rejected(modify(60, at_rupees(990))).rule == "nothing_to_modify");
}

TEST_CASE_FIXTURE(limits_fixture,
                  "a modification reserves the larger quantity until it is settled, then what it became") {
  open({.max_position_quantity = 100});
  const order_request r = placed(at_limit(buy(80), at_rupees(990)));
  decide({modify(20, at_rupees(990))});
  check_refused(rejected(buy(21)), "position", "100", "101", "units");
  apply(order_modified{r.client_order_id, {20, at_rupees(990), {}}, ""});
  CHECK(approved(buy(80)).qty == 80);
}

TEST_CASE_FIXTURE(limits_fixture, "a modification needs an order of its type with room above its fills") {
  check_refused(rejected(modify(5, at_rupees(990))), "nothing_to_modify", "1", "0", "orders");
  fill(placed(at_limit(buy(10), at_rupees(990))), 4);
  check_refused(rejected(modify(4, at_rupees(990))), "nothing_to_modify", "4", "4", "units");
  check_refused(rejected(make(signal_action::modify, side::buy, 8)), "nothing_to_modify", "LIMIT", "MARKET",
                "order type");
}

}  // namespace
}  // namespace bulkhead::test
