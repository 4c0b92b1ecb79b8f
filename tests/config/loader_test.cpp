#include "config/option_value.hpp"
#include "config/render.hpp"
#include "config/schema.hpp"
#include "tests/config/config_fixture.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace bulkhead::config {
namespace {

using testing::folder;

std::string first_text(const load_result& result) {
  return result.findings.empty() ? "no finding" : result.findings.front().text();
}

load_request shipped() {
  load_request request;
  request.file = std::filesystem::path{BULKHEAD_SOURCE_DIR} / "config/bulkhead.yaml";
  const auto integer = [](const char* name) {
    return parameter_spec{name, parameter_type::integer, 0, 1'000'000, std::nullopt, "", ""};
  };
  const auto decimal = [](const char* name) {
    return parameter_spec{name, parameter_type::decimal, 0, 100 * money_scale, std::nullopt, "", ""};
  };
  request.strategy_kinds = {
      {"ema_cross",
       {{integer("fast"), integer("slow"), integer("interval_s"), integer("quantity"), integer("cooldown_s"),
         integer("allow_short")}}},
      {"mean_reversion",
       {{integer("window"), decimal("entry_z"), decimal("exit_z"), integer("interval_s"), integer("quantity"),
         integer("cooldown_s"), integer("limit_offset_ticks"), integer("allow_short")}}},
      {"low_frequency_demo", {{integer("period_s"), integer("quantity")}}},
      {"momentum",
       {{integer("lookback"), decimal("threshold_bps"), integer("interval_s"), integer("quantity"),
         integer("cooldown_s"), integer("allow_short")}}},
      {"opening_range_breakout",
       {{integer("range_minutes"),
         integer("quantity"),
         integer("stop_loss_ticks"),
         integer("target_ticks"),
         {"latest_entry", parameter_type::time_of_day, 0, 1439, std::nullopt, "", ""},
         integer("allow_short")}}},
      {"rsi",
       {{integer("period"), decimal("oversold"), decimal("overbought"), decimal("exit_level"), integer("interval_s"),
         integer("quantity"), integer("cooldown_s"), integer("allow_short")}}},
  };
  return request;
}

std::map<std::string, effective_option> by_key(const load_result& result) {
  std::map<std::string, effective_option> out;
  for (const effective_option& o : result.effective) out.emplace(o.key, o);
  return out;
}

}  // namespace

TEST_CASE("the shipped files load: paper places orders, zerodha does not") {
  const load_result result = load(shipped());
  REQUIRE_MESSAGE(result.value, first_text(result));
  const settings& s = *result.value;
  REQUIRE(s.brokers.size() == 2);
  CHECK(s.brokers[0].id == broker_id{"paper"});
  CHECK(s.brokers[0].enabled);
  CHECK(s.brokers[0].capital == money{10'000'000 * money_scale});
  CHECK(s.brokers[1].id == broker_id{"zerodha"});
  CHECK_FALSE(s.brokers[1].enabled);
  CHECK(s.instruments.rows().size() == 6);
  const instrument& nifty = s.instruments.at(*s.instruments.find("NSE:NIFTY"));
  CHECK(nifty.token == 256265);
  CHECK(nifty.lot_size == 50);
  CHECK(nifty.tick_size == price{500});
  REQUIRE(s.strategies.size() == 6);
  CHECK(s.strategies[0].name == strategy_id{"ema_cross"});
  CHECK(s.strategies[1].name == strategy_id{"low_frequency_demo"});
  CHECK(s.strategies[2].parameters.at("entry_z") == "2.0");
  for (const strategy_settings& strategy : s.strategies) {
    for (const broker_settings& broker : s.brokers) CHECK(std::ranges::count(strategy.brokers, broker.id) == 1);
  }
}

TEST_CASE("the shipped charges hold on the dates they are dated for") {
  const load_result result = load(shipped());
  REQUIRE(result.value);
  const charge_schedule& charges = result.value->charges;
  CHECK(charges.at(20211231) == nullptr);
  REQUIRE(charges.at(20220103) != nullptr);
  const charge_rates& early = *charges.at(20220103);
  const segment_rates& intraday = early.of(charge_segment::equity_intraday);
  CHECK_FALSE(intraday.brokerage.flat);
  CHECK(intraday.brokerage.percent.ppb == 300'000);
  CHECK(intraday.brokerage.cap == money{20 * money_scale});
  CHECK(intraday.stt_buy.ppb == 0);
  CHECK(intraday.stt_sell.ppb == 250'000);
  CHECK(intraday.exchange.ppb == 34'500);
  CHECK(intraday.sebi.ppb == 1'000);
  CHECK(intraday.stamp_buy.ppb == 30'000);
  CHECK(intraday.stamp_sell.ppb == 0);
  CHECK(early.gst.percent.ppb == 180'000'000);
  using enum charge_component;
  CHECK(early.gst.on == std::vector{brokerage, exchange, sebi});
  CHECK(early.dp.amount == money{135'000});
  CHECK(early.dp.gst_added);
  CHECK(early.dp.on == dp_terms::levy::first_sale_of_day);
}

TEST_CASE("the shipped charges change on the dates on which the law and the exchange changed them") {
  const load_result result = load(shipped());
  REQUIRE(result.value);
  const charge_schedule& charges = result.value->charges;
  struct row {
    trade_date date;
    std::int64_t shares, futures, options, stt_futures, stt_options;  ///< ppb
  };
  const row rows[] = {
      {20230331, 34'500, 20'000, 530'000, 100'000, 500'000},   {20230401, 32'500, 19'000, 500'000, 125'000, 625'000},
      {20240401, 32'200, 18'800, 495'000, 125'000, 625'000},   {20240930, 32'200, 18'800, 495'000, 125'000, 625'000},
      {20241001, 29'700, 17'300, 350'300, 200'000, 1'000'000}, {20260331, 29'700, 17'300, 350'300, 200'000, 1'000'000},
      {20260401, 29'700, 17'300, 350'300, 500'000, 1'500'000}};
  for (const row& r : rows) {
    INFO(r.date);
    const charge_rates& on = *charges.at(r.date);
    CHECK(on.of(charge_segment::equity_intraday).exchange.ppb == r.shares);
    CHECK(on.of(charge_segment::equity_delivery).exchange.ppb == r.shares);
    CHECK(on.of(charge_segment::futures).exchange.ppb == r.futures);
    CHECK(on.of(charge_segment::options).exchange.ppb == r.options);
    CHECK(on.of(charge_segment::futures).stt_sell.ppb == r.stt_futures);
    CHECK(on.of(charge_segment::options).stt_sell.ppb == r.stt_options);
    CHECK(on.of(charge_segment::options).brokerage.flat == money{20 * money_scale});
    CHECK(on.of(charge_segment::equity_delivery).brokerage.flat == money{});
  }
}

/// Limits that the shipped file sets where the default is off, for every broker.
const std::map<std::string, std::string, std::less<>> shipped_limits = {
    {"max_open_orders", "100"},        {"max_price_age_ms", "120000"},    {"max_signal_age_ms", "5000"},
    {"duplicate_window_ms", "1000"},   {"max_orders_per_day", "3000"},    {"max_orders_per_minute", "200"},
    {"exit_reserve_per_minute", "50"}, {"max_consecutive_rejects", "10"}, {"max_day_loss", "500000.00"},
    {"max_drawdown", "1000000.00"}};

TEST_CASE("the shipped file states every option, each at its default but for some limits of the brokers") {
  const load_result result = load(shipped());
  REQUIRE(result.value);
  std::size_t checked = 0;
  std::size_t limited = 0;
  for (const effective_option& o : result.effective) {
    INFO(o.key);
    const option& row = *find_option(o.key);
    CHECK((o.source == "default") == (row.type == value_type::secret));  // a secret has no place in it
    if (row.type == value_type::secret) continue;
    if (row.type == value_type::path || row.type == value_type::optional_path || row.type == value_type::kind ||
        row.type == value_type::flag || o.key.ends_with(".placement")) {
      continue;
    }
    const auto limit = shipped_limits.find(o.key.substr(o.key.rfind('.') + 1));
    if (limit != shipped_limits.end() && o.key.find(".risk.") != std::string::npos) {
      CHECK(o.value == limit->second);
      ++limited;
      continue;
    }
    settings node;
    broker_settings broker;
    std::vector<std::string> ids;
    const field place = row.at == nullptr ? field{&ids} : row.at(node, broker);
    finding_list findings;
    CHECK(store(row, from_text(row, row.fallback, {}, "", {}), place, findings));
    CHECK(show(place) == o.value);
    ++checked;
  }
  CHECK(checked >= 100);
  CHECK(limited == 2 * shipped_limits.size());
}

TEST_CASE("settings made in code have the same defaults as the schema") {
  settings made;
  settings from_schema;
  broker_settings unused;
  for (const option& row : schema()) {
    if (is_broker_option(row) || row.at == nullptr) continue;
    if (row.type == value_type::path || row.type == value_type::keys) continue;
    finding_list findings;
    CHECK(store(row, from_text(row, row.fallback, {}, "", {}), row.at(from_schema, unused), findings));
    INFO(row.path);
    CHECK(show(row.at(made, unused)) == show(row.at(from_schema, unused)));
  }
}

TEST_CASE("an empty file means the defaults, with paths relative to it") {
  folder f;
  f.write("config/bulkhead.yaml", "");
  std::filesystem::create_directories(f.root() / "tests/data");
  const load_result result = f.load();
  REQUIRE_MESSAGE(result.value, first_text(result));
  const settings& s = *result.value;
  CHECK(s.brokers.size() == 2);
  CHECK(s.brokers[0].enabled);
  CHECK_FALSE(s.brokers[1].enabled);
  CHECK(s.brokers[1].kind == "zerodha");
  CHECK(s.brokers[1].risk.broker.max_orders_per_second == 8);
  CHECK(s.data_dir == f.root() / "var");
  CHECK(s.feed.path == f.root() / "tests/data");
  CHECK(s.instruments_file == f.root() / "config/instruments.csv");
  CHECK_FALSE(s.feed.from);
}

TEST_CASE("sections left empty and options commented out mean the defaults") {
  folder f;
  f.write("config/bulkhead.yaml", "trading:\n  paper:\n    # enabled: false\nfeed:\n  path: ../data\nlog:\n");
  const load_result result = f.load();
  REQUIRE_MESSAGE(result.value, first_text(result));
  CHECK(result.value->brokers[0].enabled);
  CHECK(result.value->log_level == "info");
}

TEST_CASE("every value of the file arrives in the settings") {
  folder f;
  f.write("config/bulkhead.yaml", R"(data_dir: /srv/bulkhead
active_brokers: [main]
trading:
  main:
    kind: paper
    enabled: false
    capital: "5000000.5"
    mark_interval_s: 30
    risk: {max_order_quantity: 11, max_order_value: 12.25, max_position_quantity: 13, price_collar_bps: 14,
           max_orders_per_second: 15, exit_reserve_per_second: 3}
feed: {kind: synthetic, path: ../data, from: 2022-01-03, to: 2022-02-03, speed: 7, seed: 8, days: 9,
       instruments: [NSE:BANKNIFTY], max_in_flight: 10, batch: 5}
journal: {backend: memory, sync: normal, queue: 100, snapshot_every_events: 101, snapshot_every_frames: 102,
          deadline_s: 103}
store: {backend: none}
supervisor: {intensity: 0, period_s: 21, backoff_min_ms: 22, backoff_max_ms: 23, step_deadline_ms: 24}
strategies: {max_retained_signals: 25}
watchdog: {handler_budget_ms: 26}
chaos: {enabled: true}
scheduler: {threads: 4}
session: {open: 09:00, close: "15:45"}
log: {level: debug}
)");
  const load_result result = f.load();
  REQUIRE_MESSAGE(result.value, first_text(result));
  const settings& s = *result.value;
  CHECK(s.data_dir == "/srv/bulkhead");
  REQUIRE(s.brokers.size() == 1);
  const broker_settings& b = s.brokers[0];
  CHECK(b.id == broker_id{"main"});
  CHECK(b.kind == "paper");
  CHECK_FALSE(b.enabled);
  CHECK(b.capital == money{50'000'005'000});
  CHECK(b.mark_interval_s == 30);
  CHECK(b.risk.broker.max_order_quantity == 11);
  CHECK(b.risk.broker.max_order_value == money{122'500});
  CHECK(b.risk.broker.max_position_quantity == 13);
  CHECK(b.risk.broker.price_collar_bps == 14);
  CHECK(b.risk.broker.max_orders_per_second == 15);
  CHECK(b.risk.broker.exit_reserve_per_second == 3);
  CHECK(s.feed.kind == "synthetic");
  CHECK(s.feed.from == 20220103);
  CHECK(s.feed.to == 20220203);
  CHECK(s.feed.speed == 7);
  CHECK(s.feed.seed == 8);
  CHECK(s.feed.days == 9);
  CHECK(s.feed.instruments == std::vector<std::string>{"NSE:BANKNIFTY"});
  CHECK(s.feed.max_in_flight == 10);
  CHECK(s.feed.batch == 5);
  CHECK(s.journal.backend == "memory");
  CHECK(s.journal.sync == "normal");
  CHECK(s.journal.queue == 100);
  CHECK(s.journal.snapshot_every_events == 101);
  CHECK(s.journal.snapshot_every_frames == 102);
  CHECK(s.journal.deadline_s == 103);
  CHECK(s.store.backend == "none");
  CHECK(s.supervisor.intensity == 0);
  CHECK(s.supervisor.period_s == 21);
  CHECK(s.supervisor.backoff_min_ms == 22);
  CHECK(s.supervisor.backoff_max_ms == 23);
  CHECK(s.supervisor.step_deadline_ms == 24);
  CHECK(s.strategy_host.max_retained_signals == 25);
  CHECK(s.watchdog.handler_budget_ms == 26);
  CHECK(s.chaos_enabled);
  CHECK(s.scheduler_threads == 4);
  CHECK(s.session.open == seconds(9 * 3600));
  CHECK(s.session.close == seconds(15 * 3600 + 45 * 60));
  CHECK(s.log_level == "debug");
}

TEST_CASE("a disabled strategy is left out, and a strategy for a broker that is not active is kept") {
  folder f;
  f.write("strategies/off.yaml",
          "name: off\nstrategy: low_frequency_demo\nenabled: false\nbrokers: [paper]\ninstruments: [NSE:NIFTY]\n");
  f.write("strategies/other.yaml",
          "name: another\nstrategy: low_frequency_demo\nbrokers: [elsewhere]\ninstruments: [NSE:NIFTY]\n");
  f.write("strategies/README.md", "not a strategy");
  const load_result result = f.load();
  REQUIRE_MESSAGE(result.value, first_text(result));
  REQUIRE(result.value->strategies.size() == 2);
  CHECK(result.value->strategies[0].name == strategy_id{"another"});
  CHECK(result.value->strategies[0].brokers == std::vector{broker_id{"elsewhere"}});
  CHECK(result.value->strategies[1].name == strategy_id{"cross"});
  CHECK(result.value->strategies[1].file == f.root() / "strategies/cross.yaml");
}

TEST_CASE("parameters left out take their fallback, given ones stay as written") {
  folder f;
  f.replace("strategies/cross.yaml", "  z: \"1.5\"\n", "");
  const load_result result = f.load();
  REQUIRE_MESSAGE(result.value, first_text(result));
  const parameter_map expected{{"allow_short", "0"}, {"fast", "5"}, {"slow", "20"}, {"z", "1.0"}};
  CHECK(result.value->strategies[0].parameters == expected);
}

TEST_CASE("a strategy's product is MIS unless its file says otherwise") {
  const auto product_with = [](const std::string& line) {
    folder f;
    f.replace("strategies/cross.yaml", "parameters:", line + "parameters:");
    const load_result result = f.load();
    REQUIRE_MESSAGE(result.value, first_text(result));
    return result.value->strategies.at(0).product;
  };
  CHECK(product_with("") == product::mis);
  CHECK(product_with("product: MIS\n") == product::mis);
  CHECK(product_with("product: CNC\n") == product::cnc);
  CHECK(product_with("product: NRML\n") == product::nrml);
  for (const char* wrong : {"mis", "BO", "[MIS]", "\"\""}) {
    CAPTURE(wrong);
    folder f;
    f.replace("strategies/cross.yaml", "parameters:", std::string{"product: "} + wrong + "\nparameters:");
    const auto texts = f.texts();
    REQUIRE(texts.size() == 1);
    CHECK(texts[0].starts_with("strategies/cross.yaml:6: product: given "));
    CHECK(texts[0].find("allowed: one of: MIS, CNC, NRML") != std::string::npos);
  }
}

TEST_CASE("the effective options name the value that counts and who said so") {
  folder f;
  f.request.environment = {{"FEED__SPEED", "10"}};
  f.request.overrides = {{"log.level", "warn"}};
  const load_result result = f.load();
  REQUIRE_MESSAGE(result.value, first_text(result));
  const auto options = by_key(result);
  CHECK(options.at("feed.speed").value == "10");
  CHECK(options.at("feed.speed").source == "environment FEED__SPEED");
  CHECK(options.at("log.level").source == "command line");
  CHECK(options.at("trading.paper.capital").value == "1000000.00");
  CHECK(options.at("trading.paper.capital").source == f.request.file.string() + ":7");
  CHECK(options.at("journal.sync").value == "full");
  CHECK(options.at("journal.sync").source == "default");
  CHECK(options.at("active_brokers").value == "paper, zerodha");
}

TEST_CASE("settings render as nested JSON with exact amounts") {
  folder f;
  const load_result result = f.load();
  REQUIRE_MESSAGE(result.value, first_text(result));
  const nlohmann::json json = to_json(*result.value);
  CHECK(json.at("active_brokers") == nlohmann::json{"paper", "zerodha"});
  CHECK(json.at("trading").at("paper").at("capital") == "1000000.00");
  CHECK(json.at("trading").at("zerodha").at("enabled") == false);
  CHECK(json.at("trading").at("paper").at("risk").at("max_order_quantity") == 500);
  CHECK(json.at("feed").at("from") == "2022-01-03");
  CHECK(json.at("session").at("open") == "09:15");
  CHECK(json.at("strategies").at("enabled").at(0).at("parameters").at("fast") == "5");
  CHECK(to_json(*result.value).dump() == to_json(*f.load().value).dump());
}

TEST_CASE("a paper broker runs in the node's process, any other in its own, unless it is told") {
  load_request request = shipped();
  request.environment = {{"ACTIVE_BROKERS", "paper,zerodha,third"},
                         {"TRADING__THIRD__KIND", "zerodha"},
                         {"TRADING__THIRD__PLACEMENT", "node"}};
  const load_result result = load(request);
  REQUIRE_MESSAGE(result.value, first_text(result));
  CHECK(result.value->brokers[0].placement == "node");
  CHECK(result.value->brokers[1].placement == "process");
  CHECK(result.value->brokers[2].placement == "node");
}

TEST_CASE("a process of one broker knows nothing of the others, whoever speaks of them") {
  load_request request = shipped();
  request.environment = {{"ACTIVE_BROKERS", "paper,other"}, {"TRADING__OTHER__CAPITAL", "5.00"}};
  request.overrides = {{"trading.other.enabled", "true"}, {"trading.paper.capital", "7.00"}};
  CHECK_FALSE(load(request).value);  // nobody names the kind of "other"
  request.only_broker = "paper";
  const load_result result = load(request);
  REQUIRE_MESSAGE(result.value, first_text(result));
  REQUIRE(result.value->brokers.size() == 1);
  CHECK(to_string(result.value->brokers[0].capital) == "7.00");
  for (const effective_option& o : result.effective) {
    INFO(o.key);
    CHECK((!o.key.starts_with("trading.") || o.key.starts_with("trading.paper.")));
  }
}

}  // namespace bulkhead::config
