// Files as people get them wrong, one mistake a row, with the whole message each gives.
#include "tests/config/config_fixture.hpp"

#include <set>

#include <doctest/doctest.h>

namespace bulkhead::config {
namespace {

using strings = std::vector<std::string>;
using testing::folder;

const std::string options = "config/bulkhead.yaml";
const std::string strategy = "strategies/cross.yaml";
const std::string freeze = "config/freeze_quantities.csv";
const std::string charges = "config/charges.yaml";
const std::string instruments = "config/instruments.csv";
const std::string env = ".env";

struct mistake {
  const std::string& file;
  std::string from;  ///< text of the good file ...
  std::string to;    ///< ... and what a person wrote instead
  std::string message;
};

/// `text` among the keys of trading.paper, on line 8.
mistake paper(const std::string& text, const std::string& message) {
  return {options, "    risk:\n", "    " + text + "\n    risk:\n", options + ":8: trading.paper." + message};
}
/// `text` among the keys of trading.paper.risk, on line 9.
mistake risk(const std::string& text, const std::string& message) {
  return {options, "    risk:\n", "    risk:\n      " + text + "\n", options + ":9: trading.paper.risk." + message};
}
/// `text` in place of feed.speed, on line 19.
mistake feed(const std::string& text, const std::string& message) {
  return {options, "  speed: 0\n", "  " + text + "\n", options + ":19: feed." + message};
}
/// `text` as a section of its own, on line 30.
mistake section(const std::string& text, const std::string& message) {
  return {options, "log:\n", text + "\nlog:\n", options + ":30: " + message};
}
/// `text` among the keys of a strategy, on line 6.
mistake of_strategy(const std::string& text, const std::string& message) {
  return {strategy, "parameters:\n", text + "\nparameters:\n", strategy + ":6: " + message};
}
/// `text` in place of the last row of the freeze quantities, on line 4.
mistake frozen(const std::string& text, const std::string& message) {
  return {freeze, "NSE:NIFTY,900\n", text + "\n", freeze + ":4: " + message};
}
/// `text` as the one line of .env.
mistake variable(const std::string& text, const std::string& message) {
  return {env, "", text + "\n", env + ":1: " + message};
}

std::vector<mistake> of_the_account() {
  return {
      paper("square_off: \"16:00\"",
            "square_off: given \"16:00\", allowed: a time after session.open (09:15) and before "
            "session.close (15:30), or off; move it into the session, or write off"),
      paper("square_off: \"09:15\"",
            "square_off: given \"09:15\", allowed: a time after session.open (09:15) and before "
            "session.close (15:30), or off; move it into the session, or write off"),
      paper("square_off: 3:20pm",
            "square_off: given \"3:20pm\", allowed: time of day, hh:mm, 00:00 to 23:59 IST, or off; correct "
            "it, or leave it out for the default, 15:20"),
      paper(
          "squareoff: \"15:20\"",
          "squareoff: given \"squareoff\", allowed: one of: kind, enabled, placement, capital, mark_interval_s, "
          "instruments, square_off, risk, strategy_risk, margin, paper, kite, kafka, redis; did you mean square_off?"),
      paper("instruments: NSE:NIFTY",
            "instruments: given \"NSE:NIFTY\", allowed: list of at most 10000 instrument keys (NSE:NIFTY), "
            "each once; write a list: [a, b]"),
      paper("instruments: [NSE:NIFTYY]",
            "instruments: given \"NSE:NIFTYY\", allowed: an instrument of config/instruments.csv; add its "
            "row, or correct the key"),
      paper("margin: {mis_percent: 120}",
            "margin.mis_percent: given \"120\", allowed: percent, 0.01 to 100, at most seven decimals, "
            "without a % sign; correct it, or leave it out for the default, 20"),
      paper("margin: {cnc_percent: 0}",
            "margin.cnc_percent: given \"0\", allowed: percent, 0.01 to 100, at most seven decimals, without "
            "a % sign; correct it, or leave it out for the default, 100"),
      paper("margin: {nrml_percent: 20%}",
            "margin.nrml_percent: given \"20%\", allowed: percent, 0.01 to 100, at most seven decimals, "
            "without a % sign; correct it, or leave it out for the default, 100"),
      paper("margin: {mis: 20}",
            "margin.mis: given \"mis\", allowed: one of: mis_percent, cnc_percent, nrml_percent; write one "
            "of these, or remove it"),
      paper("margin: 20", "margin: given \"20\", allowed: a map of options; indent its keys below it"),
      paper("paper: {slippage: -5}",
            "paper.slippage: given \"-5\", allowed: one of: none, bps, ticks, depth; correct it, or leave it "
            "out for the default, none"),
      paper("paper: {slippage: bps, slippage_bps: -5}",
            "paper.slippage_bps: given \"-5\", allowed: integer, 0 to 1000 basis points; correct it, or "
            "leave it out for the default, 0"),
      paper("paper: {slippage: bps}",
            "paper.slippage: given \"bps\", allowed: bps with trading.paper.paper.slippage_bps of 1 or more; "
            "give trading.paper.paper.slippage_bps, or choose another mode"),
      paper("paper: {slippage_ticks: 2}",
            "paper.slippage_ticks: given \"2\", allowed: 0 unless trading.paper.paper.slippage is ticks; set "
            "trading.paper.paper.slippage: ticks, or remove the amount"),
      paper("paper: {latency_min_ms: 50}",
            "paper.latency_min_ms: given \"50\", allowed: at most trading.paper.paper.latency_max_ms (0 "
            "milliseconds); lower it, or raise the maximum"),
      paper("paper: {latency_max_ms: 600001}",
            "paper.latency_max_ms: given \"600001\", allowed: integer, 0 to 600000 milliseconds; correct it, "
            "or leave it out for the default, 0"),
      paper("paper: {latency_ms: 50}",
            "paper.latency_ms: given \"latency_ms\", allowed: one of: slippage, slippage_bps, "
            "slippage_ticks, latency_min_ms, latency_max_ms, partial_fill_percent, reject_percent, seed; "
            "write one of these, or remove it"),
      paper("paper: {partial_fill_percent: 101}",
            "paper.partial_fill_percent: given \"101\", allowed: integer, 0 to 100 percent of orders; "
            "correct it, or leave it out for the default, 0"),
      paper("paper: {reject_percent: 5.5}",
            "paper.reject_percent: given \"5.5\", allowed: integer, 0 to 100 percent of orders; correct it, "
            "or leave it out for the default, 0"),
      {options, "    enabled: false\n", "    enabled: false\n    paper: {slippage: none}\n",
       "config/bulkhead.yaml:14: trading.zerodha.paper.slippage: given \"none\", allowed: nothing: only "
       "kind paper fills on paper; remove it: trading.zerodha is of kind zerodha"},
  };
}

std::vector<mistake> of_the_limits() {
  return {
      risk("max_day_loss: -500",
           "max_day_loss: given \"-500\", allowed: amount in rupees, 0.00 to 1000000000000.00, at most four "
           "decimals (0: no limit); correct it, or leave it out for the default, 0.00"),
      risk("max_drawdown: 5 lakh",
           "max_drawdown: given \"5 lakh\", allowed: amount in rupees, 0.00 to 1000000000000.00, at most "
           "four decimals (0: no limit); correct it, or leave it out for the default, 0.00"),
      risk("max_daily_loss: 500",
           "max_daily_loss: given \"max_daily_loss\", allowed: one of: max_order_quantity, max_order_value, "
           "max_position_quantity, max_gross_exposure, max_open_orders, max_open_order_value, "
           "price_collar_bps, max_price_age_ms, max_signal_age_ms, duplicate_window_ms, max_orders_per_day, "
           "max_orders_per_minute, exit_reserve_per_minute, max_orders_per_second, exit_reserve_per_second, "
           "max_consecutive_rejects, max_day_loss, max_drawdown, allow_self_trade; did you mean "
           "max_day_loss?"),
      risk("max_orders_per_day: 1e3",
           "max_orders_per_day: given \"1e3\", allowed: integer, 0 to 1000000 orders (0: no limit); correct "
           "it, or leave it out for the default, 0"),
      risk("max_signal_age_ms: 5s",
           "max_signal_age_ms: given \"5s\", allowed: integer, 0 to 86400000 milliseconds (0: no limit); "
           "correct it, or leave it out for the default, 0"),
      risk("max_consecutive_rejects: 1001",
           "max_consecutive_rejects: given \"1001\", allowed: integer, 0 to 1000 orders (0: no limit); "
           "correct it, or leave it out for the default, 0"),
      risk("exit_reserve_per_minute: 60\n      max_orders_per_minute: 60",
           "exit_reserve_per_minute: given \"60\", allowed: integer, 0 to 59 orders: less than "
           "trading.paper.risk.max_orders_per_minute (60); lower the reserve or raise the maximum, or no "
           "entry can ever pass"),
      risk("allow_self_trade: no",
           "allow_self_trade: given \"no\", allowed: true or false; write true or false, in lower case"),
      paper("strategy_risk: {max_order_quantity: ten}",
            "strategy_risk.max_order_quantity: given \"ten\", allowed: integer, 0 to 1000000 units (0: no "
            "limit); correct it, or leave it out for the default, 0"),
      paper("strategy_risk: {max_orders_per_second: 2, exit_reserve_per_second: 2}",
            "strategy_risk.exit_reserve_per_second: given \"2\", allowed: integer, 0 to 1 orders: less than "
            "trading.paper.strategy_risk.max_orders_per_second (2); lower the reserve or raise the maximum, "
            "or no entry can ever pass"),
      of_strategy("risk: 500", "risk: given \"500\", allowed: a map of keys; indent its keys below it"),
      of_strategy("risk: {max_order_quantty: 5}",
                  "risk.max_order_quantty: given \"max_order_quantty\", allowed: one of: max_order_quantity, "
                  "max_order_value, max_position_quantity, max_gross_exposure, max_open_orders, "
                  "max_open_order_value, price_collar_bps, max_price_age_ms, max_signal_age_ms, "
                  "duplicate_window_ms, max_orders_per_day, max_orders_per_minute, exit_reserve_per_minute, "
                  "max_orders_per_second, exit_reserve_per_second, max_consecutive_rejects, max_day_loss, "
                  "max_drawdown, allow_self_trade; did you mean max_order_quantity?"),
      of_strategy("risk: {max_order_quantity: 2000000}",
                  "risk.max_order_quantity: given \"2000000\", allowed: integer, 0 to 1000000 units (0: no limit); "
                  "correct the value"),
      of_strategy("risk: {max_gross_exposure: lots}",
                  "risk.max_gross_exposure: given \"lots\", allowed: amount in rupees, 0.00 to 1000000000000.00, "
                  "at most four decimals (0: no limit); correct the value"),
      of_strategy("risk: {max_orders_per_second: 3, exit_reserve_per_second: 3}",
                  "risk.exit_reserve_per_second: given \"3\", allowed: exit_reserve_per_second (3) less than "
                  "max_orders_per_second (3); mend it here or in trading.<broker>.strategy_risk, or no entry can "
                  "ever pass"),
  };
}

std::vector<mistake> of_the_node() {
  return {
      {options, "kind: replay", "kind: tick",
       "config/bulkhead.yaml:15: feed.kind: given \"tick\", allowed: one of: replay, synthetic, ticks, kafka, kite; "
       "correct it, or leave it out for the default, replay"},
      {options, "kind: replay\n  path: ../data", "kind: ticks\n  path: ../nowhere.csv",
       "config/bulkhead.yaml:16: feed.path: given \"nowhere.csv\", allowed: a folder of recorded ticks "
       "(*.csv), or one such file; create it, or correct the path"},
      feed("overload: drop",
           "overload: given \"drop\", allowed: one of: wait, conflate; correct it, or leave it out for the "
           "default, wait"),
      feed("stale_after_s: 30s",
           "stale_after_s: given \"30s\", allowed: integer, 0 to 86400 seconds (0: off); correct it, or "
           "leave it out for the default, 30"),
      feed("gap_after_s: -1",
           "gap_after_s: given \"-1\", allowed: integer, 0 to 86400 seconds (0: off); correct it, or leave "
           "it out for the default, 0"),
      feed("record: [a.csv]", "record: given \"a list\", allowed: a path, or nothing; write one value"),
      section("strategies: ../strategies",
              "strategies: given \"../strategies\", allowed: a map of options; indent its keys below it"),
      section("strategies: {time_budget_strikes: 0}",
              "strategies.time_budget_strikes: given \"0\", allowed: integer, 1 to 1000 ticks; correct it, or "
              "leave it out for the default, 3"),
      section("strategies: {time_budget_ms: 0.5}",
              "strategies.time_budget_ms: given \"0.5\", allowed: integer, 0 to 600000 milliseconds (0: no "
              "budget); correct it, or leave it out for the default, 0"),
      section("strategies: {warmup_days: 5}",
              "strategies.warmup_days: given \"warmup_days\", allowed: one of: time_budget_ms, "
              "time_budget_strikes, warm_up_days, max_retained_signals; did you mean warm_up_days?"),
      section("control: {socket: /" + std::string(107, 'x') + "}",
              "control.socket: given "
              "\"/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\", "
              "allowed: a path of at most 107 bytes, as the system's sockets need; give control.socket a "
              "shorter path, such as one relative to the working directory"),
      section("square_off: \"15:20\"",
              "square_off: given \"square_off\", allowed: one of: data_dir, active_brokers, trading, feed, "
              "strategies, journal, store, kafka, redis, supervisor, watchdog, scheduler, chaos, process, session, "
              "control, files, "
              "log; did you mean "
              "trading.<broker>.square_off?"),
      {options, "  strategies: ../strategies", "  strategies: ../strategies\n  freeze_quantities: none.csv",
       "config/bulkhead.yaml:30: files.freeze_quantities: given \"config/none.csv\", allowed: a file "
       "that can be read; create it, or correct the path"},
      {options, "  strategies: ../strategies", "  strategies: ../strategies\n  holiday: holidays.csv",
       "config/bulkhead.yaml:30: files.holiday: given \"holiday\", allowed: one of: instruments, "
       "charges, holidays, freeze_quantities, strategies; did you mean holidays?"},
  };
}

std::vector<mistake> of_other_files() {
  return {
      of_strategy("product: INTRADAY",
                  "product: given \"INTRADAY\", allowed: one of: MIS, CNC, NRML; correct it, or leave it out for "
                  "the default, MIS"),
      of_strategy("products: MIS",
                  "products: given \"products\", allowed: one of: name, strategy, enabled, brokers, instruments, "
                  "product, parameters, risk; did you mean product?"),
      of_strategy("product: [MIS, CNC]", "product: given \"a list\", allowed: one of: MIS, CNC, NRML; write one value"),
      frozen("NSE:NIFTY,0",
             "quantity: given \"0\", allowed: integer, 1 to 1000000 units; correct it, or remove the row: "
             "then no quantity is too large"),
      frozen("NSE:NIFTY,1,800",
             "given \"NSE:NIFTY,1,800\", allowed: two fields: key,quantity; look for a comma too many or too "
             "few"),
      frozen("NSE:NIFTTY,900",
             "key: given \"NSE:NIFTTY\", allowed: an instrument of files.instruments, or an underlying's "
             "name; did you mean NSE:NIFTY?"),
      frozen("NIFTY,900", "key: given \"NIFTY\", allowed: each key once; first given on line 3; remove one of the two"),
      frozen(",900",
             "key: given nothing, allowed: an instrument's key (NSE:NIFTY) or an underlying's name (NIFTY); "
             "correct the key"),
      {freeze, "key,quantity", "symbol,qty",
       "config/freeze_quantities.csv:2: given \"symbol,qty\", allowed: the header key,quantity; put it "
       "above the first row"},
      {freeze, "# units\nkey,quantity\nNIFTY,1800\nNSE:NIFTY,900\n", "# units\n",
       "config/freeze_quantities.csv:1: given nothing, allowed: the header key,quantity; fill the file"},
      {charges, "percent: \"0.03\"", "percent: \"0,03\"",
       "config/charges.yaml:4: schedules[0].equity_intraday.brokerage.percent: given \"0,03\", allowed: percent, 0 to "
       "100, at most seven decimals; write it without a % sign, e.g. \"0.025\""},
      {instruments, ",EQ,INDICES,NSE\n2", ",,INDICES,NSE\n2",
       "config/instruments.csv:2: instrument_type: given nothing, allowed: a type, e.g. EQ, FUT, CE, "
       "PE; correct the row, or fetch the list anew"},
      variable("TRADING__PAPER__SQUARE_OFF=25:00",
               "TRADING__PAPER__SQUARE_OFF: given \"25:00\", allowed: time of day, hh:mm, 00:00 to 23:59 IST, "
               "or off; correct it, or leave it out for the default, 15:20"),
      variable("TRADING__PAPER__PAPER__SLIPPAGE=-5",
               "TRADING__PAPER__PAPER__SLIPPAGE: given \"-5\", allowed: one of: none, bps, ticks, depth; "
               "correct it, or leave it out for the default, none"),
      variable("TRADING__PAPER__RISK__ALLOW_SELF_TRADE=TRUE",
               "TRADING__PAPER__RISK__ALLOW_SELF_TRADE: given \"TRUE\", allowed: true or false; write true or "
               "false, in lower case"),
      variable("STRATEGIES__WARMUP_DAYS=5",
               "STRATEGIES__WARMUP_DAYS: given \"STRATEGIES__WARMUP_DAYS\", allowed: one of: "
               "STRATEGIES__TIME_BUDGET_MS, STRATEGIES__TIME_BUDGET_STRIKES, STRATEGIES__WARM_UP_DAYS, "
               "STRATEGIES__MAX_RETAINED_SIGNALS; did you "
               "mean STRATEGIES__WARM_UP_DAYS?"),
      variable("export CONTROL__SOCKET=a.sock",
               "given \"a line of another form\", allowed: KEY=VALUE, or a # comment; write nothing but that on "
               "the line, a comment aside, and close the quotes"),
  };
}

strings findings_of(const mistake& m) {
  folder f;
  f.request.env_file = f.root() / env;
  if (m.from.empty()) {
    f.write(m.file, m.to);
  } else {
    f.replace(m.file, m.from, m.to);
  }
  return f.texts();
}

}  // namespace

TEST_CASE("forty and more wrong files: each is refused with one message that says where, what and what to do") {
  std::set<std::string> messages;
  for (const auto& table : {of_the_account(), of_the_limits(), of_the_node(), of_other_files()}) {
    for (const mistake& m : table) {
      INFO(m.to);
      CHECK(findings_of(m) == strings{m.message});
      CHECK(m.message.starts_with(m.file + ":"));
      const std::size_t allowed = m.message.find(", allowed: ");
      REQUIRE(allowed != std::string::npos);
      CHECK(m.message.find(": given ") < allowed);
      CHECK(m.message.find("; ", allowed) != std::string::npos);
      messages.insert(m.message);
    }
  }
  CHECK(messages.size() >= 40);
}

}  // namespace bulkhead::config
