// What the options of trading, the paper exchange, the feed's care and the strategies' files become in the settings.
#include "config/limit_fields.hpp"
#include "config/option_value.hpp"
#include "tests/config/config_fixture.hpp"

#include <set>

#include <doctest/doctest.h>

namespace bulkhead::config {
namespace {

using strings = std::vector<std::string>;
using testing::folder;

settings good(const folder& f) {
  load_result result = f.load();
  REQUIRE_MESSAGE(result.value, (result.findings.empty() ? "" : result.findings.front().text()));
  return *result.value;
}

/// Address of what a field points at.
const void* address(const field& f) {
  return std::visit(
      [](auto place) -> const void* {
        if constexpr (std::is_pointer_v<decltype(place)>) return place;
        return nullptr;
      },
      f);
}

}  // namespace

TEST_CASE("every limit of risk_limits has a name, and each name a place of its own") {
  risk_limits limits;
  // Fails to compile when risk_limits has another number of members.
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = limits;
  const std::set<const void*> members = {&a, &b, &c, &d, &e, &f, &g, &h, &i, &j, &k, &l, &m, &n, &o, &p, &q, &r, &s};
  std::set<const void*> named;
  for (const limit_field& field : limit_fields()) named.insert(address(place_of(field, limits)));
  CHECK(named == members);
}

TEST_CASE("a limit of 0 is accepted at the broker, for each strategy and in a strategy's file") {
  for (const limit_field& limit : limit_fields()) {
    if (limit.type == value_type::flag) continue;
    folder f;
    const std::string zero = "{" + std::string{limit.name} + ": 0}";
    f.write("config/bulkhead.yaml",
            "trading:\n  paper:\n    risk: " + zero + "\n    strategy_risk: " + zero + "\nfeed:\n  path: ../data\n");
    f.replace("strategies/cross.yaml", "parameters:\n", "risk: " + zero + "\nparameters:\n");
    INFO(limit.name);
    CHECK(f.texts().empty());
  }
}

TEST_CASE("without a word every new limit is off, and square-off is at 15:20 for every kind") {
  folder f;
  f.replace("config/bulkhead.yaml", testing::options_yaml, "feed:\n  path: ../data\n");
  for (const broker_settings& b : good(f).brokers) {
    INFO(b.id.str());
    CHECK(b.risk.square_off == seconds(15 * 3600 + 20 * 60));
    CHECK(b.risk.broker.max_order_quantity == 1000);
    CHECK(b.risk.broker.max_orders_per_minute == 0);
    CHECK(b.risk.broker.max_day_loss == money{});
    CHECK(b.risk.broker.allow_self_trade);
    CHECK(b.risk.each_strategy.max_order_quantity == 0);
    CHECK(b.risk.margin.mis.ppb == 200'000'000);
    CHECK(b.risk.margin.cnc.ppb == 1'000'000'000);
    CHECK(b.paper.slippage == slippage_mode::none);
    CHECK(b.risk.instruments.empty());
  }
}

TEST_CASE("margins, square-off, instruments and the paper exchange arrive") {
  folder f;
  f.replace("config/bulkhead.yaml", "    risk:\n", R"(    square_off: "15:10"
    instruments: [NSE:BANKNIFTY]
    margin: {mis_percent: "12.5", cnc_percent: "99", nrml_percent: 0.01}
    paper: {slippage: ticks, slippage_ticks: 2, latency_min_ms: 20, latency_max_ms: 80, partial_fill_percent: 30,
            reject_percent: 4, seed: 9}
    risk:
)");
  const settings s = good(f);
  const broker_settings& b = s.brokers[0];
  CHECK(b.risk.square_off == seconds(15 * 3600 + 10 * 60));
  CHECK(b.instruments == strings{"NSE:BANKNIFTY"});
  CHECK(b.risk.instruments == std::vector{*s.instruments.find("NSE:BANKNIFTY")});
  CHECK(b.risk.margin.mis.ppb == 125'000'000);
  CHECK(b.risk.margin.cnc.ppb == 990'000'000);
  CHECK(b.risk.margin.nrml.ppb == 100'000);
  CHECK(b.paper.slippage == slippage_mode::ticks);
  CHECK(b.paper.slippage_ticks == 2);
  CHECK(b.paper.latency_min_ms == 20);
  CHECK(b.paper.latency_max_ms == 80);
  CHECK(b.paper.partial_fill_percent == 30);
  CHECK(b.paper.reject_percent == 4);
  CHECK(b.paper.seed == 9);
}

TEST_CASE("each mode of slippage has its name") {
  const std::map<std::string, slippage_mode> modes = {{"none", slippage_mode::none},
                                                      {"bps, slippage_bps: 3", slippage_mode::bps},
                                                      {"ticks, slippage_ticks: 3", slippage_mode::ticks},
                                                      {"depth", slippage_mode::depth}};
  for (const auto& [text, mode] : modes) {
    folder f;
    f.replace("config/bulkhead.yaml", "    risk:\n", "    paper: {slippage: " + text + "}\n    risk:\n");
    INFO(text);
    CHECK(good(f).brokers[0].paper.slippage == mode);
  }
}

TEST_CASE("square_off: off, an empty text and nothing all mean that MIS is not squared off") {
  for (const std::string off : {"off", "\"off\"", "\"\"", ""}) {
    folder f;
    f.replace("config/bulkhead.yaml", "    risk:\n", "    square_off: " + off + "\n    risk:\n");
    INFO(off);
    CHECK_FALSE(good(f).brokers[0].risk.square_off);
  }
}

TEST_CASE("the feed's care, the strategies' host, the socket and the files arrive") {
  folder f;
  f.replace("config/bulkhead.yaml", "  speed: 0\n",
            "  overload: conflate\n  stale_after_s: 0\n  gap_after_s: 7\n  record: ../seen.csv\n");
  f.replace("config/bulkhead.yaml", "log:\n",
            "strategies: {time_budget_ms: 5, time_budget_strikes: 4, warm_up_days: 2}\n"
            "control: {socket: ../c.sock}\nlog:\n");
  const settings s = good(f);
  CHECK(s.feed.overload == "conflate");
  CHECK(s.feed.stale_after_s == 0);
  CHECK(s.feed.gap_after_s == 7);
  CHECK(s.feed.record == f.root() / "seen.csv");
  CHECK(s.strategy_host.time_budget_ms == 5);
  CHECK(s.strategy_host.time_budget_strikes == 4);
  CHECK(s.strategy_host.warm_up_days == 2);
  CHECK(s.control_socket == f.root() / "c.sock");
  CHECK(s.holidays_file == f.root() / "config/holidays.csv");
  CHECK(s.freeze_file == f.root() / "config/freeze_quantities.csv");
}

TEST_CASE("no path for the control socket means control.sock in data_dir, no path to record to means no record") {
  folder f;
  const settings s = good(f);
  CHECK(s.control_socket == f.root() / "var/control.sock");
  CHECK(s.feed.record.empty());
  f.request.overrides["data_dir"] = "elsewhere";
  CHECK(good(f).control_socket == "elsewhere/control.sock");
}

TEST_CASE("a strategy's own limits stand over each broker's strategy_risk, and only the ones it names") {
  folder f;
  f.replace("config/bulkhead.yaml", "    risk:\n",
            "    strategy_risk: {max_order_quantity: 40, max_open_orders: 6, max_day_loss: \"10.00\"}\n    risk:\n");
  f.replace("strategies/cross.yaml", "parameters:\n",
            "risk: {max_order_quantity: 70, max_drawdown: 12.5, allow_self_trade: false}\nparameters:\n");
  f.write("strategies/plain.yaml",
          "name: plain\nstrategy: low_frequency_demo\nbrokers: [paper]\ninstruments: [NSE:NIFTY]\n");
  const settings s = good(f);
  const risk_settings& paper = s.brokers[0].risk;
  CHECK(paper.by_strategy.size() == 1);
  const risk_limits& own = paper.of(strategy_id{"cross"});
  CHECK(own.max_order_quantity == 70);
  CHECK(own.max_open_orders == 6);
  CHECK(own.max_day_loss == money{100'000});
  CHECK(own.max_drawdown == money{125'000});
  CHECK_FALSE(own.allow_self_trade);
  CHECK(paper.of(strategy_id{"plain"}).max_order_quantity == 40);
  const risk_limits& at_zerodha = s.brokers[1].risk.of(strategy_id{"cross"});
  CHECK(at_zerodha.max_order_quantity == 70);
  CHECK(at_zerodha.max_open_orders == 0);
}

TEST_CASE("a strategy's reserve is held against the maximum of the broker's strategy_risk") {
  folder f;
  f.replace("strategies/cross.yaml", "parameters:\n", "risk: {exit_reserve_per_second: 3}\nparameters:\n");
  CHECK(f.texts().empty());
  f.replace("config/bulkhead.yaml", "    risk:\n", "    strategy_risk: {max_orders_per_second: 3}\n    risk:\n");
  CHECK(f.texts() == strings{"strategies/cross.yaml:6: risk.exit_reserve_per_second: given \"3\", allowed: "
                             "exit_reserve_per_second (3) less than max_orders_per_second (3); mend it here or in "
                             "trading.<broker>.strategy_risk, or no entry can ever pass"});
}

TEST_CASE("a strategy's product is MIS unless its file says otherwise") {
  folder f;
  CHECK(good(f).strategies[0].product == product::mis);
  f.replace("strategies/cross.yaml", "parameters:\n", "product: NRML\nparameters:\n");
  CHECK(good(f).strategies[0].product == product::nrml);
  f.replace("strategies/cross.yaml", "NRML", "CNC");
  CHECK(good(f).strategies[0].product == product::cnc);
}

TEST_CASE("freeze quantities: by an instrument's key, and by the underlying's name for futures and options alone") {
  folder f;
  f.write("config/instruments.csv", testing::instruments_csv +
                                        "1,1,NIFTY22JANFUT,NIFTY,0,2022-01-27,0,0.05,50,FUT,NFO-FUT,NFO\n" +
                                        "2,2,NIFTY22JAN17500CE,NIFTY,0,2022-01-27,17500,0.05,50,CE,NFO-OPT,NFO\n" +
                                        "3,3,NIFTYBEES,NIFTY,0,,0,0.01,1,EQ,NSE,NSE\n");
  const settings s = good(f);
  const auto frozen = [&](const char* key) { return s.instruments.at(*s.instruments.find(key)).freeze_quantity; };
  CHECK(frozen("NSE:NIFTY") == 900);
  CHECK(frozen("NFO:NIFTY22JANFUT") == 1800);
  CHECK(frozen("NFO:NIFTY22JAN17500CE") == 1800);
  CHECK(frozen("NSE:NIFTYBEES") == 0);
  CHECK(frozen("NSE:BANKNIFTY") == 0);
}

TEST_CASE("mistakes.md 14: paper starts without the live broker's section, login or activity") {
  folder f;
  f.write("config/bulkhead.yaml", "active_brokers: [paper]\nfeed:\n  path: ../data\n");
  f.request.broker_kinds = {{"paper", true}};
  f.replace("strategies/cross.yaml", "[paper, zerodha]", "[paper]");
  const settings s = good(f);
  REQUIRE(s.brokers.size() == 1);
  CHECK(s.brokers[0].id == broker_id{"paper"});
  CHECK(s.brokers[0].enabled);
}

TEST_CASE("mistakes.md 16: an unknown setting and a slippage of -5 are refused, and nothing starts") {
  for (const std::string line : {"    slippage: 5\n", "    paper: {slippage: bps, slippage_bps: -5}\n",
                                 "    paper: {slippage: ticks, slippage_ticks: -5}\n", "    paper: {slippage: -5}\n"}) {
    folder f;
    f.replace("config/bulkhead.yaml", "    risk:\n", line + "    risk:\n");
    INFO(line);
    CHECK_FALSE(f.load().value);
    REQUIRE(f.texts().size() == 1);
    CHECK(f.texts()[0].starts_with("config/bulkhead.yaml:8: trading.paper."));
  }
}

}  // namespace bulkhead::config
