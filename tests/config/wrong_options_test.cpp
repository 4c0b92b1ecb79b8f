// Every wrong place of bulkhead.yaml, with the whole message a person gets.
#include "tests/config/config_fixture.hpp"

#include <doctest/doctest.h>

namespace bulkhead::config {
namespace {

using strings = std::vector<std::string>;
using testing::folder;

struct wrong {
  std::string from;  ///< text of the good file ...
  std::string to;    ///< ... and what stands there instead
  strings findings;  ///< all of them, without "config/bulkhead.yaml:"
};

void check_table(const std::vector<wrong>& table) {
  for (const wrong& w : table) {
    folder f;
    f.replace("config/bulkhead.yaml", w.from, w.to);
    strings expected;
    for (const std::string& text : w.findings) expected.push_back("config/bulkhead.yaml:" + text);
    INFO(w.to);
    CHECK(f.texts() == expected);
  }
}

std::string or_default(const std::string& value) { return "; correct it, or leave it out for the default, " + value; }

const std::string id_form = "a broker id: a-z, then up to 31 of a-z 0-9 _, no __";
const std::string date_form = "a date that exists, yyyy-mm-dd, 1990-01-01 to 2150-12-31, or nothing";
const std::string sections =
    "one of: data_dir, active_brokers, trading, feed, strategies, journal, store, kafka, redis, supervisor, watchdog, "
    "scheduler, "
    "chaos, process, session, "
    "control, files, log";
const std::string limits =
    "one of: max_order_quantity, max_order_value, max_position_quantity, max_gross_exposure, max_open_orders, "
    "max_open_order_value, price_collar_bps, max_price_age_ms, max_signal_age_ms, duplicate_window_ms, "
    "max_orders_per_day, max_orders_per_minute, exit_reserve_per_minute, max_orders_per_second, "
    "exit_reserve_per_second, max_consecutive_rejects, max_day_loss, max_drawdown, allow_self_trade";

}  // namespace

TEST_CASE("the good file is good") { CHECK(folder{}.texts().empty()); }

TEST_CASE("mistake 16: unknown keys are named at every level, with the nearest known one") {
  check_table({
      {"log:\n", "logs:\n", {"30: logs: given \"logs\", allowed: " + sections + "; did you mean log?"}},
      {"  speed: 0",
       "  sped: 0",
       {"19: feed.sped: given \"sped\", allowed: one of: kind, path, from, to, speed, seed, days, instruments, "
        "max_in_flight, batch, overload, stale_after_s, gap_after_s, record, account, mode, connections, silence_ms; "
        "did you mean speed?"}},
      {"    capital: \"1",
       "    slippage: \"1",
       {"7: trading.paper.slippage: given \"slippage\", allowed: one of: kind, enabled, placement, capital, "
        "mark_interval_s, "
        "instruments, square_off, risk, strategy_risk, margin, paper, kite, kafka, redis; did you mean "
        "trading.paper.paper.slippage?"}},
      {"max_order_quantity: 500",
       "max_order_qantity: 500",
       {"9: trading.paper.risk.max_order_qantity: given \"max_order_qantity\", allowed: " + limits +
        "; did you mean max_order_quantity?"}},
      {"log:\n  level: info\n",
       "log.level: info\n",
       {"30: log.level: given \"log.level\", allowed: " + sections + "; write one of these, or remove it"}},
  });
}

TEST_CASE("a value of another type says which type belongs there") {
  const std::string speed = ", allowed: integer, 0 to 1000 times real time";
  const std::string capital = ", allowed: amount in rupees, 0.01 to 1000000000000.00, at most four decimals";
  check_table({
      {"speed: 0", "speed: fast", {"19: feed.speed: given \"fast\"" + speed + or_default("0")}},
      {"speed: 0", "speed: 1.5", {"19: feed.speed: given \"1.5\"" + speed + or_default("0")}},
      {"speed: 0", "speed: 1e2", {"19: feed.speed: given \"1e2\"" + speed + or_default("0")}},
      {"speed: 0", "speed: 0x10", {"19: feed.speed: given \"0x10\"" + speed + or_default("0")}},
      {"speed: 0", "speed: 010", {"19: feed.speed: given \"010\"" + speed + or_default("0")}},
      {"speed: 0", "speed: +1", {"19: feed.speed: given \"+1\"" + speed + or_default("0")}},
      {"speed: 0", "speed: [1]", {"19: feed.speed: given \"a list\"" + speed + "; write one value"}},
      {"speed: 0", "speed: {a: 1}", {"19: feed.speed: given \"a map\"" + speed + "; write one value"}},
      {"speed: 0", "speed:", {"19: feed.speed: given nothing" + speed + "; give a value or remove the key"}},
      {"speed: 0", "speed: ~", {"19: feed.speed: given nothing" + speed + "; give a value or remove the key"}},
      {"enabled: true",
       "enabled: yes",
       {"6: trading.paper.enabled: given \"yes\", allowed: true or false; write true or false, in lower case"}},
      {"\"1000000.00\"",
       "\"10,000\"",
       {"7: trading.paper.capital: given \"10,000\"" + capital + or_default("10000000.00")}},
      {"\"1000000.00\"",
       "1.00001",
       {"7: trading.paper.capital: given \"1.00001\"" + capital + or_default("10000000.00")}},
      {"\"1000000.00\"", "1e6", {"7: trading.paper.capital: given \"1e6\"" + capital + or_default("10000000.00")}},
      {"\"1000000.00\"", "nan", {"7: trading.paper.capital: given \"nan\"" + capital + or_default("10000000.00")}},
      {"[paper, zerodha]",
       "paper",
       {"2: active_brokers: given \"paper\", allowed: list of 1 to 64 broker ids, each once; write a list: [a, b]"}},
      {"log:\n  level: info",
       "log: info",
       {"30: log: given \"info\", allowed: a map of options; indent its keys below it"}},
      {"level: info",
       "level: INFO",
       {"31: log.level: given \"INFO\", allowed: one of: trace, debug, info, warn, error" + or_default("info")}},
      {"path: ../data", "path:", {"16: feed.path: given nothing, allowed: a path; give a value or remove the key"}},
      {"open: \"09:15\"",
       "open: 9:15",
       {"26: session.open: given \"9:15\", allowed: time of day, hh:mm, 00:00 to 23:59 IST" + or_default("09:15")}},
  });
}

TEST_CASE("a number out of its range says the range") {
  const std::string capital = ", allowed: amount in rupees, 0.01 to 1000000000000.00, at most four decimals";
  const std::string quantity = ", allowed: integer, 0 to 1000000 units (0: no limit)" + or_default("1000");
  const std::string at = "9: trading.paper.risk.max_order_quantity: given ";
  check_table({
      {"speed: 0",
       "speed: 1001",
       {"19: feed.speed: given \"1001\", allowed: integer, 0 to 1000 times real time" + or_default("0")}},
      {"speed: 0",
       "speed: -1",
       {"19: feed.speed: given \"-1\", allowed: integer, 0 to 1000 times real time" + or_default("0")}},
      {": 500", ": -1", {at + "\"-1\"" + quantity}},
      {": 500", ": 1000001", {at + "\"1000001\"" + quantity}},
      {": 500", ": 99999999999999999999", {at + "\"99999999999999999999\"" + quantity}},
      {": 500", ": " + std::string(200, '9'), {at + "\"" + std::string(80, '9') + "...\"" + quantity}},
      {"\"1000000.00\"", "\"-5\"", {"7: trading.paper.capital: given \"-5\"" + capital + or_default("10000000.00")}},
      {"\"1000000.00\"", "\"0\"", {"7: trading.paper.capital: given \"0\"" + capital + or_default("10000000.00")}},
      {"\"1000000.00\"",
       "\"1000000000000.01\"",
       {"7: trading.paper.capital: given \"1000000000000.01\"" + capital + or_default("10000000.00")}},
      {"intensity: 5",
       "intensity: -1",
       {"22: supervisor.intensity: given \"-1\", allowed: integer, 0 to 1000 restarts" + or_default("5")}},
      {"open: \"09:15\"",
       "open: \"24:00\"",
       {"26: session.open: given \"24:00\", allowed: time of day, hh:mm, 00:00 to 23:59 IST" + or_default("09:15")}},
  });
}

TEST_CASE("dates must exist and stand in order") {
  check_table({
      {"from: 2022-01-03",
       "from: 2022-02-30",
       {"17: feed.from: given \"2022-02-30\", allowed: " + date_form + "; correct the value"}},
      {"from: 2022-01-03",
       "from: 03/01/2022",
       {"17: feed.from: given \"03/01/2022\", allowed: " + date_form + "; correct the value"}},
      {"from: 2022-01-03",
       "from: 1676-01-01",
       {"17: feed.from: given \"1676-01-01\", allowed: " + date_form + "; correct the value"}},
      {"to: 2022-01-04",
       "to: 2022-01-02",
       {"18: feed.to: given \"2022-01-02\", allowed: feed.from (2022-01-03) or a later date; exchange the two, or "
        "correct one"}},
      {"from: 2022-01-03",
       "from: 2021-12-31",
       {"17: feed.from: given \"2021-12-31\", allowed: 2022-01-01 or later: config/charges.yaml begins there; "
        "add a schedule for the earlier dates, or start later"}},
  });
}

TEST_CASE("options that contradict each other name both") {
  check_table({
      {"exit_reserve_per_second: 2",
       "exit_reserve_per_second: 8",
       {"11: trading.paper.risk.exit_reserve_per_second: given \"8\", allowed: integer, 0 to 7 orders: less than "
        "trading.paper.risk.max_orders_per_second (8); lower the reserve or raise the maximum, or no entry can ever "
        "pass"}},
      {"backoff_max_ms: 5000",
       "backoff_max_ms: 9",
       {"24: supervisor.backoff_max_ms: given \"9\", allowed: at least supervisor.backoff_min_ms (10 milliseconds); "
        "raise it, or lower the minimum"}},
      {"close: \"15:30\"",
       "close: \"09:15\"",
       {"27: session.close: given \"09:15\", allowed: a time after session.open (09:15); exchange the two, or correct "
        "one"}},
      {"max_in_flight: 1024",
       "max_in_flight: 63",
       {" feed.batch: given \"64\", allowed: at most feed.max_in_flight (63 frames); "
        "a batch larger than that could never be sent"}},
  });
}

TEST_CASE("the ends of every range are in it") {
  folder f;
  f.replace("config/bulkhead.yaml", "to: 2022-01-04", "to: 2022-01-03");
  f.replace("config/bulkhead.yaml", "speed: 0", "speed: 1000");
  f.replace("config/bulkhead.yaml", "max_in_flight: 1024", "max_in_flight: 64");
  f.replace("config/bulkhead.yaml", "backoff_max_ms: 5000", "backoff_max_ms: 10");
  f.replace("config/bulkhead.yaml", "exit_reserve_per_second: 2", "exit_reserve_per_second: 7");
  f.replace("config/bulkhead.yaml", "max_order_quantity: 500", "max_order_quantity: 1000000");
  f.replace("config/bulkhead.yaml", "1000000.00", "1000000000000.00");
  CHECK(f.texts().empty());
  f.replace("config/bulkhead.yaml", "1000000000000.00", "0.01");
  f.replace("config/bulkhead.yaml", "max_order_quantity: 1000000", "max_order_quantity: 1");
  f.replace("config/bulkhead.yaml", "from: 2022-01-03", "from: 2022-01-01");
  CHECK(f.texts().empty());
}

TEST_CASE("a rule over two options is silent while one of them is wrong in itself") {
  check_table({{"max_orders_per_second: 8\n      exit_reserve_per_second: 2",
                "max_orders_per_second: none\n      exit_reserve_per_second: 9",
                {"10: trading.paper.risk.max_orders_per_second: given \"none\", allowed: integer, 0 to 1000 orders (0: "
                 "no limit)" +
                 or_default("8")}}});
}

TEST_CASE("brokers: none, twice, misnamed, of no kind, of an unknown kind, placing where that is not available") {
  check_table({
      {"[paper, zerodha]",
       "[]",
       {"2: active_brokers: given nothing, allowed: list of 1 to 64 broker ids, each once" +
        or_default("paper,zerodha")}},
      {"[paper, zerodha]",
       "[paper, paper]",
       {"2: active_brokers: given \"paper\", allowed: each entry once; remove the repeated one"}},
      {"[paper, zerodha]",
       "[paper, {a: b}]",
       {"2: active_brokers: given \"a map\", allowed: " + id_form + "; correct the entry"}},
      {"[paper, zerodha]",
       "[paper, p__2]",
       {"2: active_brokers: given \"p__2\", allowed: " + id_form + "; correct the entry"}},
      {"[paper, zerodha]",
       "[paper, " + std::string(33, 'a') + "]",
       {"2: active_brokers: given \"" + std::string(33, 'a') + "\", allowed: " + id_form + "; correct the entry"}},
      {"[paper, zerodha]",
       "[paper, paper2]",
       {"2: trading.paper2.kind: given nothing, allowed: one of: paper, zerodha; "
        "add trading.paper2.kind, or set TRADING__PAPER2__KIND"}},
      {"  zerodha:\n",
       "  Zerodha:\n",
       {"12: trading.Zerodha: given \"Zerodha\", allowed: " + id_form + "; rename the broker"}},
      {"kind: paper",
       "kind: papr",
       {"5: trading.paper.kind: given \"papr\", allowed: one of: paper, zerodha; did you mean paper?"}},
      {"enabled: false",
       "enabled: true",
       {" trading.zerodha.square_off: given \"15:20\", allowed: a time up to 15:15 at kind zerodha with enabled: true, "
        "or off; write trading.zerodha.square_off: \"15:10\": from 15:20 on Zerodha closes MIS positions itself",
        " trading.zerodha.kite.api_key_file: given nothing, allowed: a file whose first line is the app's api_key; "
        "give it, or set trading.zerodha.enabled: false to validate signals and withhold the orders",
        " trading.zerodha.kite.session_file: given nothing, allowed: the file that `bulkhead login zerodha` writes; "
        "give it, or set trading.zerodha.enabled: false to validate signals and withhold the orders"}},
  });
}

TEST_CASE("what Zerodha's options ask of one another") {
  const auto kite = [](const std::string& lines) { return "enabled: false\n    kite:\n      " + lines; };
  check_table({
      {"enabled: false",
       "enabled: true\n    square_off: \"15:16\"\n    kite:\n      api_key_file: k\n      session_file: s",
       {"14: trading.zerodha.square_off: given \"15:16\", allowed: a time up to 15:15 at kind zerodha with enabled: "
        "true, "
        "or off; write trading.zerodha.square_off: \"15:10\": from 15:20 on Zerodha closes MIS positions itself"}},
      {"enabled: false",
       kite("orders_per_second: 11"),
       {"15: trading.zerodha.kite.orders_per_second: given \"11\", allowed: at most 10 requests without "
        "trading.zerodha.kite.algo_id; give the id under which the exchange registered the algorithm, or lower it"}},
      {"enabled: false",
       kite("postback_port: 5011"),
       {"15: trading.zerodha.kite.postback_port: given \"5011\", allowed: 0 without "
        "trading.zerodha.kite.api_secret_file; give that file: the checksum of a postback is verified with it, and "
        "anybody can post"}},
      {"enabled: false",
       kite("api_secret: canary"),
       {"15: trading.zerodha.kite.api_secret: given \"***\", allowed: nothing: a secret comes from a variable of the "
        "environment, or from the file of its option ..._file; remove it from here, and have a new one made if others "
        "could see it"}},
  });
}

TEST_CASE("the feed: no such folder, unlisted instruments, synthetic without a day or instruments") {
  check_table({
      {"path: ../data",
       "path: ../nowhere",
       {"16: feed.path: given \"nowhere\", allowed: a folder of 1-minute CSV files, or one such file; "
        "create it, or correct the path"}},
      {"speed: 0",
       "instruments: [NSE:NIFTY, NSE:NOPE]",
       {"19: feed.instruments: given \"NSE:NOPE\", allowed: an instrument of config/instruments.csv; "
        "add its row, or correct the key"}},
      {"kind: replay\n  path: ../data\n  from: 2022-01-03\n  to: 2022-01-04",
       "kind: synthetic\n  instruments: []\n  from:",
       {"16: feed.instruments: given nothing, allowed: list of instrument keys (NSE:NIFTY), at least one; "
        "feed.kind synthetic needs instruments to tick",
        "17: feed.from: given nothing, allowed: a date that exists, yyyy-mm-dd, 1990-01-01 to 2150-12-31; "
        "feed.kind synthetic needs its first day"}},
  });
}

TEST_CASE("YAML that hides what it says is refused with its line") {
  const std::string plain = ", allowed: plain maps, lists and values; ";
  check_table({
      {"speed: 0",
       "speed: 0\n  speed: 1",
       {"20: feed.speed: given \"speed\", allowed: each key once; first given on line 19; keep one of the two"}},
      {"log:\n",
       "feed:\n  kind: replay\nlog:\n",
       {"30: feed: given \"feed\", allowed: each key once; first given on line 14; keep one of the two"}},
      {"speed: 0", "speed: &a 0", {"19: given \"an anchor (&)\"" + plain + "write the value out where it is used"}},
      {"speed: 0", "speed: !!int 0", {"19: given \"tag:yaml.org,2002:int\"" + plain + "remove the tag"}},
      {"log:\n",
       "[a, b]: 1\nlog:\n",
       {"30: given \"a key that is not text\"" + plain + "write a name before the colon"}},
      {"log:\n",
       "---\nlog:\n",
       {"30: given \"a second document\"" + plain + "one file is one document: remove the ---"}},
  });
}

TEST_CASE("text that is no YAML is refused with its line") {
  folder f;
  f.replace("config/bulkhead.yaml", "[paper, zerodha]", "[paper, zerodha");
  load_result result = f.load();
  REQUIRE(result.findings.size() == 1);
  CHECK_FALSE(result.value);
  CHECK(result.findings[0].line == 3);
  CHECK(result.findings[0].allowed == "well-formed YAML");

  f.write("config/bulkhead.yaml", "feed:\n\tkind: replay\n");
  result = f.load();
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].line == 2);

  f.write("config/bulkhead.yaml", "- a\n- b\n");
  CHECK(
      f.texts() ==
      strings{R"(config/bulkhead.yaml:1: given "a list", allowed: a map of keys at the top; write key: value lines)"});
}

TEST_CASE("a file that is missing, a folder, not UTF-8 or full of control characters is refused") {
  folder f;
  f.write("config/bulkhead.yaml", "log:\n  level: \xC3(\n");
  CHECK(f.texts() == strings{R"(config/bulkhead.yaml:2: given "byte 0xc3", allowed: text in UTF-8 without control )"
                             "characters; save the file as UTF-8"});
  f.write("config/bulkhead.yaml", std::string{"log:\0", 5});
  CHECK(f.texts() == strings{R"(config/bulkhead.yaml:1: given "byte 0x00", allowed: text in UTF-8 without control )"
                             "characters; save the file as UTF-8"});
  const strings missing = {
      R"(config/bulkhead.yaml: given "config/bulkhead.yaml", allowed: a file that can be read; create it, or correct )"
      "the path"};
  f.remove("config/bulkhead.yaml");
  CHECK(f.texts() == missing);
  std::filesystem::create_directories(f.root() / "config/bulkhead.yaml");
  CHECK(f.texts() == missing);
}

TEST_CASE("every wrong place is told at once, in the order of the files and their lines") {
  folder f;
  f.replace("config/bulkhead.yaml", "speed: 0", "speed: -1");
  f.replace("config/bulkhead.yaml", "level: info", "level: loud");
  f.replace("config/bulkhead.yaml", "exit_reserve_per_second: 2", "exit_reserve_per_second: 8");
  f.replace("config/charges.yaml", "0.00345", "lots");
  f.replace("config/instruments.csv", "0.05,50", "0,50");
  f.replace("strategies/cross.yaml", "fast: 5", "fast: 0");
  f.request.environment["LOG__LEVEL"] = "quiet";
  const load_result result = f.load();
  CHECK_FALSE(result.value);
  strings keys;
  for (const finding& found : result.findings) keys.push_back(found.key);
  CHECK(keys == strings{"trading.paper.risk.exit_reserve_per_second", "feed.speed", "log.level", "LOG__LEVEL",
                        "tick_size", "schedules[0].equity_intraday.exchange_percent", "parameters.fast"});
}

TEST_CASE("three leases of a journal in Kafka must pass within the journal's deadline") {
  const auto with = [](const std::string& backend, const std::string& lease, const std::string& deadline) {
    return "journal:\n  backend: " + backend + "\n  deadline_s: " + deadline +
           "\nkafka:\n  bootstrap_servers: k:9092\n  lease_ms: " + lease + "\nlog:\n";
  };
  const auto text = [](const std::string& lease, const std::string& deadline) {
    return "35: kafka.lease_ms: given \"" + lease +
           "\", allowed: milliseconds, less than a third of journal.deadline_s (" + deadline +
           " s); a takeover waits up to three leases; shorten the lease, or raise journal.deadline_s";
  };
  check_table({
      {"log:\n", with("kafka", "9999", "30"), {}},
      {"log:\n", with("kafka", "10000", "30"), {text("10000", "30")}},
      {"log:\n", with("kafka", "500", "2"), {}},
      {"log:\n", with("kafka", "500", "1"), {text("500", "1")}},
      {"log:\n", with("sqlite", "500", "1"), {}},
      {"log:\n",
       with("kafka", "499", "30"),
       {"35: kafka.lease_ms: given \"499\", allowed: integer, 500 to 600000 milliseconds" + or_default("3000")}},
  });
}

}  // namespace bulkhead::config
