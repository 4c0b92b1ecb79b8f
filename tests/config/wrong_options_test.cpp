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

const std::string id_form = "a broker id: a-z, then up to 31 of a-z 0-9 _, no __";
const std::string date_form = "a date that exists, yyyy-mm-dd, 1990-01-01 to 2150-12-31, or nothing";
const std::string sections =
    "one of: data_dir, active_brokers, trading, feed, journal, store, supervisor, scheduler, session, files, log";

}  // namespace

TEST_CASE("the good file is good") { CHECK(folder{}.texts().empty()); }

TEST_CASE("unknown keys are named at every level, with the nearest known one") {
  check_table({
      {"log:\n", "logs:\n", {"30: logs: given \"logs\", allowed: " + sections + "; did you mean log?"}},
      {"  speed: 0",
       "  sped: 0",
       {"19: feed.sped: given \"sped\", allowed: one of: kind, path, from, to, speed, seed, days, instruments, "
        "max_in_flight, batch; did you mean speed?"}},
      {"    capital: \"1",
       "    slippage: \"1",
       {"7: trading.paper.slippage: given \"slippage\", allowed: one of: kind, enabled, capital, mark_interval_s, "
        "risk"}},
      {"max_order_quantity: 500",
       "max_order_qantity: 500",
       {"9: trading.paper.risk.max_order_qantity: given \"max_order_qantity\", allowed: one of: max_order_quantity, "
        "max_order_value, max_position_quantity, price_collar_bps, max_orders_per_second, exit_reserve_per_second; "
        "did you mean max_order_quantity?"}},
      {"log:\n  level: info\n", "log.level: info\n", {"30: log.level: given \"log.level\", allowed: " + sections}},
  });
}

TEST_CASE("a value of another type says which type belongs there") {
  const std::string speed = ", allowed: integer, 0 to 1000 times real time";
  const std::string capital = ", allowed: amount in rupees, 0.01 to 1000000000000.00, at most four decimals";
  check_table({
      {"speed: 0", "speed: fast", {"19: feed.speed: given \"fast\"" + speed}},
      {"speed: 0", "speed: 1.5", {"19: feed.speed: given \"1.5\"" + speed}},
      {"speed: 0", "speed: 1e2", {"19: feed.speed: given \"1e2\"" + speed}},
      {"speed: 0", "speed: 0x10", {"19: feed.speed: given \"0x10\"" + speed}},
      {"speed: 0", "speed: 010", {"19: feed.speed: given \"010\"" + speed}},
      {"speed: 0", "speed: +1", {"19: feed.speed: given \"+1\"" + speed}},
      {"speed: 0", "speed: [1]", {"19: feed.speed: given \"a list\"" + speed + "; write one value"}},
      {"speed: 0", "speed: {a: 1}", {"19: feed.speed: given \"a map\"" + speed + "; write one value"}},
      {"speed: 0", "speed:", {"19: feed.speed: given nothing" + speed + "; give a value or remove the key"}},
      {"speed: 0", "speed: ~", {"19: feed.speed: given nothing" + speed + "; give a value or remove the key"}},
      {"enabled: true",
       "enabled: yes",
       {"6: trading.paper.enabled: given \"yes\", allowed: true or false; write true or false, in lower case"}},
      {"\"1000000.00\"", "\"10,000\"", {"7: trading.paper.capital: given \"10,000\"" + capital}},
      {"\"1000000.00\"", "1.00001", {"7: trading.paper.capital: given \"1.00001\"" + capital}},
      {"\"1000000.00\"", "1e6", {"7: trading.paper.capital: given \"1e6\"" + capital}},
      {"\"1000000.00\"", "nan", {"7: trading.paper.capital: given \"nan\"" + capital}},
      {"[paper, zerodha]",
       "paper",
       {"2: active_brokers: given \"paper\", allowed: list of 1 to 64 broker ids, each once; write a list: [a, b]"}},
      {"log:\n  level: info",
       "log: info",
       {"30: log: given \"info\", allowed: a map of options; indent its keys below it"}},
      {"level: info",
       "level: INFO",
       {"31: log.level: given \"INFO\", allowed: one of: trace, debug, info, warn, error"}},
      {"path: ../data", "path:", {"16: feed.path: given nothing, allowed: a path; give a value or remove the key"}},
      {"open: \"09:15\"",
       "open: 9:15",
       {"26: session.open: given \"9:15\", allowed: time of day, hh:mm, 00:00 to 23:59 IST"}},
  });
}

TEST_CASE("a number out of its range says the range") {
  const std::string capital = ", allowed: amount in rupees, 0.01 to 1000000000000.00, at most four decimals";
  const std::string quantity = ", allowed: integer, 1 to 1000000 units";
  const std::string at = "9: trading.paper.risk.max_order_quantity: given ";
  check_table({
      {"speed: 0", "speed: 1001", {"19: feed.speed: given \"1001\", allowed: integer, 0 to 1000 times real time"}},
      {"speed: 0", "speed: -1", {"19: feed.speed: given \"-1\", allowed: integer, 0 to 1000 times real time"}},
      {": 500", ": 0", {at + "\"0\"" + quantity}},
      {": 500", ": 1000001", {at + "\"1000001\"" + quantity}},
      {": 500", ": 99999999999999999999", {at + "\"99999999999999999999\"" + quantity}},
      {": 500", ": " + std::string(200, '9'), {at + "\"" + std::string(80, '9') + "...\"" + quantity}},
      {"\"1000000.00\"", "\"-5\"", {"7: trading.paper.capital: given \"-5\"" + capital}},
      {"\"1000000.00\"", "\"0\"", {"7: trading.paper.capital: given \"0\"" + capital}},
      {"\"1000000.00\"", "\"1000000000000.01\"", {"7: trading.paper.capital: given \"1000000000000.01\"" + capital}},
      {"intensity: 5",
       "intensity: -1",
       {"22: supervisor.intensity: given \"-1\", allowed: integer, 0 to 1000 restarts"}},
      {"open: \"09:15\"",
       "open: \"24:00\"",
       {"26: session.open: given \"24:00\", allowed: time of day, hh:mm, 00:00 to 23:59 IST"}},
  });
}

TEST_CASE("dates must exist and stand in order") {
  check_table({
      {"from: 2022-01-03", "from: 2022-02-30", {"17: feed.from: given \"2022-02-30\", allowed: " + date_form}},
      {"from: 2022-01-03", "from: 03/01/2022", {"17: feed.from: given \"03/01/2022\", allowed: " + date_form}},
      {"from: 2022-01-03", "from: 1676-01-01", {"17: feed.from: given \"1676-01-01\", allowed: " + date_form}},
      {"to: 2022-01-04",
       "to: 2022-01-02",
       {"18: feed.to: given \"2022-01-02\", allowed: feed.from (2022-01-03) or a later date"}},
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
       {"24: supervisor.backoff_max_ms: given \"9\", allowed: at least supervisor.backoff_min_ms (10 milliseconds)"}},
      {"close: \"15:30\"",
       "close: \"09:15\"",
       {"27: session.close: given \"09:15\", allowed: a time after session.open (09:15)"}},
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
                {"10: trading.paper.risk.max_orders_per_second: given \"none\", allowed: integer, 1 to 1000 orders"}}});
}

TEST_CASE("brokers: none, twice, misnamed, of no kind, of an unknown kind, placing where that is not available") {
  check_table({
      {"[paper, zerodha]", "[]", {"2: active_brokers: given nothing, allowed: list of 1 to 64 broker ids, each once"}},
      {"[paper, zerodha]",
       "[paper, paper]",
       {"2: active_brokers: given \"paper\", allowed: each entry once; remove the repeated one"}},
      {"[paper, zerodha]", "[paper, {a: b}]", {"2: active_brokers: given \"a map\", allowed: " + id_form}},
      {"[paper, zerodha]", "[paper, p__2]", {"2: active_brokers: given \"p__2\", allowed: " + id_form}},
      {"[paper, zerodha]",
       "[paper, " + std::string(33, 'a') + "]",
       {"2: active_brokers: given \"" + std::string(33, 'a') + "\", allowed: " + id_form}},
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
       {"13: trading.zerodha.enabled: given \"true\", allowed: false; "
        "placing orders at kind zerodha is not available; set trading.zerodha.enabled: false"}},
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
                        "tick_size", "schedules[0].exchange_percent", "parameters.fast"});
}

}  // namespace bulkhead::config
