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
  REQUIRE(s.strategies.size() == 3);
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
  CHECK(early.brokerage.ppb == 300'000);
  CHECK(early.brokerage_cap == money{20 * money_scale});
  CHECK(early.stt_buy.ppb == 0);
  CHECK(early.stt_sell.ppb == 250'000);
  CHECK(early.exchange.ppb == 34'500);
  CHECK(early.sebi.ppb == 1'000);
  CHECK(early.gst.ppb == 180'000'000);
  CHECK(early.stamp_buy.ppb == 30'000);
  CHECK(early.stamp_sell.ppb == 0);
  CHECK(charges.at(20230401)->exchange.ppb == 32'500);
  CHECK(charges.at(20240401)->exchange.ppb == 32'200);
  CHECK(charges.at(20240930)->exchange.ppb == 32'200);
  CHECK(charges.at(20241001)->exchange.ppb == 29'700);
}

TEST_CASE("the shipped file states every option, each at its default") {
  const load_result result = load(shipped());
  REQUIRE(result.value);
  std::size_t checked = 0;
  for (const effective_option& o : result.effective) {
    INFO(o.key);
    CHECK(o.source != "default");
    const option& row = *find_option(o.key);
    if (row.type == value_type::path || row.type == value_type::kind || row.type == value_type::flag) continue;
    settings node;
    broker_settings broker;
    std::vector<std::string> ids;
    const field place = row.at == nullptr ? field{&ids} : row.at(node, broker);
    finding_list findings;
    CHECK(store(row, from_text(row, row.fallback, {}, "", {}), place, findings));
    CHECK(show(place) == o.value);
    ++checked;
  }
  CHECK(checked >= 30);
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
  CHECK(s.brokers[1].risk.max_orders_per_second == 8);
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
journal: {backend: memory, sync: normal, queue: 100, snapshot_every_events: 101, snapshot_every_frames: 102}
store: {backend: none}
supervisor: {intensity: 0, period_s: 21, backoff_min_ms: 22, backoff_max_ms: 23, step_deadline_ms: 24}
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
  CHECK(b.risk.max_order_quantity == 11);
  CHECK(b.risk.max_order_value == money{122'500});
  CHECK(b.risk.max_position_quantity == 13);
  CHECK(b.risk.price_collar_bps == 14);
  CHECK(b.risk.max_orders_per_second == 15);
  CHECK(b.risk.exit_reserve_per_second == 3);
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
  CHECK(s.store.backend == "none");
  CHECK(s.supervisor.intensity == 0);
  CHECK(s.supervisor.period_s == 21);
  CHECK(s.supervisor.backoff_min_ms == 22);
  CHECK(s.supervisor.backoff_max_ms == 23);
  CHECK(s.supervisor.step_deadline_ms == 24);
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
  const std::string table = to_table(result.effective);
  CHECK(table.find("journal.sync") != std::string::npos);
  CHECK(static_cast<std::size_t>(std::ranges::count(table, '\n')) == result.effective.size());
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
  CHECK(json.at("strategies").at(0).at("parameters").at("fast") == "5");
  CHECK(to_json(*result.value).dump() == to_json(*f.load().value).dump());
}

}  // namespace bulkhead::config
