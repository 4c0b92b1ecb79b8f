#include "config/environment.hpp"

#include "config/render.hpp"
#include "tests/config/config_fixture.hpp"

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

strings ids(const settings& s) {
  strings out;
  for (const broker_settings& b : s.brokers) out.push_back(b.id.str());
  return out;
}

}  // namespace

TEST_CASE("command line over environment over .env over YAML over default") {
  folder f;
  f.request.env_file = f.root() / ".env";
  CHECK(good(f).supervisor.intensity == 5);
  CHECK(good(f).supervisor.period_s == 10);
  f.write(".env", "SUPERVISOR__INTENSITY=6\nSUPERVISOR__PERIOD_S=11\n");
  CHECK(good(f).supervisor.intensity == 6);
  CHECK(good(f).supervisor.period_s == 11);
  f.request.environment["SUPERVISOR__INTENSITY"] = "7";
  CHECK(good(f).supervisor.intensity == 7);
  CHECK(good(f).supervisor.period_s == 11);
  f.request.overrides["supervisor.intensity"] = "8";
  CHECK(good(f).supervisor.intensity == 8);
}

TEST_CASE("variables reach every level: top, section, broker, broker's risk") {
  folder f;
  f.request.environment = {{"DATA_DIR", "elsewhere"},
                           {"LOG__LEVEL", "debug"},
                           {"TRADING__PAPER__ENABLED", "false"},
                           {"TRADING__PAPER__RISK__MAX_ORDER_QUANTITY", "77"},
                           {"FEED__FROM", ""},
                           {"FEED__INSTRUMENTS", "NSE:NIFTY, NSE:BANKNIFTY"},
                           {"FEED__SPEED", " 60 "}};
  const settings s = good(f);
  CHECK(s.data_dir == "elsewhere");
  CHECK(s.log_level == "debug");
  CHECK_FALSE(s.brokers[0].enabled);
  CHECK(s.brokers[0].risk.broker.max_order_quantity == 77);
  CHECK_FALSE(s.feed.from);
  CHECK(s.feed.instruments == strings{"NSE:NIFTY", "NSE:BANKNIFTY"});
  CHECK(s.feed.speed == 60);
}

TEST_CASE("a secret comes from the environment alone, and is shown nowhere") {
  folder f;
  f.request.env_file = f.root() / ".env";
  f.request.environment = {{"TRADING__ZERODHA__KITE__API_KEY", "canarykey"},
                           {"TRADING__ZERODHA__KITE__API_SECRET", "canarysecret"}};
  const load_result result = f.load();
  REQUIRE(result.value);
  CHECK(result.value->brokers[1].kite.api_key->reveal() == "canarykey");
  CHECK(result.value->brokers[1].kite.api_secret->reveal() == "canarysecret");
  const std::string shown =
      to_json(*result.value).dump() + to_json(result.effective).dump() + to_table(result.effective);
  CHECK(shown.find("canary") == std::string::npos);
  CHECK(shown.find("***") != std::string::npos);

  const std::string refusal =
      "allowed: nothing: a secret comes from a variable of the environment, or from the file of its option ..._file; "
      "remove it from here, and have a new one made if others could see it";
  f.request.environment.clear();
  f.request.overrides["trading.zerodha.kite.api_key"] = "canarykey";
  CHECK(f.texts() == strings{"command line: trading.zerodha.kite.api_key: given \"***\", " + refusal});
  f.request.overrides.clear();
  f.write(".env", "TRADING__ZERODHA__KITE__API_SECRET=canarysecret\n");
  CHECK(f.texts() == strings{".env:1: TRADING__ZERODHA__KITE__API_SECRET: given \"***\", " + refusal});
}

TEST_CASE("ACTIVE_BROKERS chooses one broker, and its order counts") {
  folder f;
  f.request.environment["ACTIVE_BROKERS"] = "paper";
  CHECK(ids(good(f)) == strings{"paper"});
  f.request.environment["ACTIVE_BROKERS"] = "zerodha , paper";
  CHECK(ids(good(f)) == strings{"zerodha", "paper"});
}

TEST_CASE("a second paper broker needs nothing but a variable, and has the shipped defaults") {
  folder f;
  f.request.environment = {{"ACTIVE_BROKERS", "paper,paper2"}, {"TRADING__PAPER2__KIND", "paper"}};
  const settings s = good(f);
  REQUIRE(ids(s) == strings{"paper", "paper2"});
  CHECK(s.brokers[1].kind == "paper");
  CHECK(s.brokers[1].enabled);
  CHECK(s.brokers[1].capital == money{10'000'000 * money_scale});
  CHECK(s.brokers[1].risk.broker.max_orders_per_second == 8);
  CHECK(s.brokers[0].capital == money{1'000'000 * money_scale});
}

TEST_CASE("a broker section in YAML makes a broker, and variables change it") {
  folder f;
  f.replace("config/bulkhead.yaml", "  zerodha:\n    enabled: false\n",
            "  paper2: {kind: paper, mark_interval_s: 5}\n");
  f.request.environment = {{"ACTIVE_BROKERS", "paper2"}, {"TRADING__PAPER2__CAPITAL", "500"}};
  const settings s = good(f);
  REQUIRE(ids(s) == strings{"paper2"});
  CHECK(s.brokers[0].mark_interval_s == 5);
  CHECK(s.brokers[0].capital == money{500 * money_scale});
}

TEST_CASE("broker ids with underscores keep them in variables") {
  folder f;
  f.request.environment = {{"ACTIVE_BROKERS", "my_paper,a_"},
                           {"TRADING__MY_PAPER__KIND", "paper"},
                           {"TRADING__MY_PAPER__RISK__PRICE_COLLAR_BPS", "42"},
                           {"TRADING__A___KIND", "paper"}};
  const settings s = good(f);
  CHECK(ids(s) == strings{"my_paper", "a_"});
  CHECK(s.brokers[0].risk.broker.price_collar_bps == 42);
}

TEST_CASE("a zerodha account places no orders unless it says so, also under another id") {
  folder f;
  f.request.environment = {{"ACTIVE_BROKERS", "mine"}, {"TRADING__MINE__KIND", "zerodha"}};
  CHECK_FALSE(good(f).brokers[0].enabled);
  f.request.broker_kinds["zerodha"] = true;
  CHECK_FALSE(good(f).brokers[0].enabled);
  f.request.environment["TRADING__MINE__ENABLED"] = "true";
  f.request.environment["TRADING__MINE__SQUARE_OFF"] = "15:10";
  f.request.environment["TRADING__MINE__KITE__API_KEY_FILE"] = "key";
  f.request.environment["TRADING__MINE__KITE__SESSION_FILE"] = "session";
  CHECK(good(f).brokers[0].enabled);
}

TEST_CASE("other programs' variables are ignored") {
  folder f;
  f.request.environment = {{"PATH", "/bin"}, {"LOG", "loud"},      {"FEED_URL", "x"},    {"__", "x"},
                           {"", "x"},        {"KITE__TOKEN", "x"}, {"TRADING_DAY", "x"}, {"DATA_DIR__X", "x"}};
  CHECK(f.load().findings.empty());
}

TEST_CASE(".env: comments, blank lines, quotes, spaces, line ends of Windows") {
  folder f;
  f.request.env_file = f.root() / ".env";
  f.write(".env",
          "\xEF\xBB\xBF# comment\r\n\r\n  ACTIVE_BROKERS = \"paper\"  # only one\r\nFEED__SPEED='3'\r\n"
          "LOG__LEVEL=warn # less\r\nOTHER=a=b \"c\r\nFEED__TO=\r\nFEED__FROM=# none\r\n");
  const settings s = good(f);
  CHECK(ids(s) == strings{"paper"});
  CHECK(s.feed.speed == 3);
  CHECK(s.log_level == "warn");
  CHECK_FALSE(s.feed.to);
  CHECK_FALSE(s.feed.from);
}

TEST_CASE("an absent .env is no mistake") {
  folder f;
  f.request.env_file = f.root() / "none.env";
  CHECK(f.load().findings.empty());
}

TEST_CASE("a wrong variable is found under its name, with what is allowed") {
  struct wrong {
    std::string name;
    std::string text;
    std::string finding;
  };
  const std::vector<wrong> table = {
      {"FEED__SPEED", "1001",
       R"(environment: FEED__SPEED: given "1001", allowed: integer, 0 to 1000 times real time)"
       "; correct it, or leave it out for the default, 0"},
      {"FEED__SPEED", "",
       "environment: FEED__SPEED: given nothing, allowed: integer, 0 to 1000 times real time; "
       "give a value or remove the key"},
      {"FEED__SPEDE", "1",
       R"(environment: FEED__SPEDE: given "FEED__SPEDE", allowed: one of: FEED__KIND, FEED__PATH, FEED__FROM, FEED__TO, )"
       "FEED__SPEED, FEED__SEED, FEED__DAYS, FEED__INSTRUMENTS, FEED__MAX_IN_FLIGHT, FEED__BATCH, "
       "FEED__OVERLOAD, FEED__STALE_AFTER_S, FEED__GAP_AFTER_S, FEED__RECORD, FEED__ACCOUNT, FEED__MODE, "
       "FEED__CONNECTIONS, FEED__SILENCE_MS; "
       "did you mean FEED__SPEED?"},
      {"log__level", "info",
       R"(environment: log__level: given "log__level", allowed: one of: LOG__LEVEL; )"
       "did you mean LOG__LEVEL?"},
      {"ACTIVE_BROKERS", "",
       "environment: ACTIVE_BROKERS: given nothing, allowed: list of 1 to 64 broker ids, each once"
       "; correct it, or leave it out for the default, paper,zerodha"},
      {"ACTIVE_BROKERS", "paper,,zerodha",
       "environment: ACTIVE_BROKERS: given nothing, allowed: a broker id: a-z, then up to 31 of a-z 0-9 _, no __; "
       "correct the entry"},
      {"ACTIVE_BROKERS", "paper,paper",
       R"(environment: ACTIVE_BROKERS: given "paper", allowed: each entry once; remove the repeated one)"},
      {"ACTIVE_BROKERS", "Paper",
       R"(environment: ACTIVE_BROKERS: given "Paper", allowed: a broker id: a-z, then up to 31 of a-z 0-9 _, no __; correct the entry)"},
      {"ACTIVE_BROKERS", "paper,paper2",
       "environment: trading.paper2.kind: given nothing, allowed: one of: paper, zerodha; "
       "add trading.paper2.kind, or set TRADING__PAPER2__KIND"},
      {"TRADING__ZERODHA__KITE__POLL_MS", "1",
       R"(environment: TRADING__ZERODHA__KITE__POLL_MS: given "1", allowed: integer, 50 to 600000 milliseconds; )"
       "correct it, or leave it out for the default, 1000"},
      {"TRADING__PAPER__ENABLED", "1",
       R"(environment: TRADING__PAPER__ENABLED: given "1", allowed: true or false; )"
       "write true or false, in lower case"},
      {"TRADING__NEW__CAPITAL", "5",
       "environment: trading.new.kind: given nothing, allowed: one of: paper, zerodha; "
       "add trading.new.kind, or set TRADING__NEW__KIND"},
  };
  for (const wrong& w : table) {
    folder f;
    f.request.environment[w.name] = w.text;
    INFO(w.name, "=", w.text);
    CHECK(f.texts() == strings{w.finding});
  }
}

TEST_CASE("an unknown variable of a broker names the broker's own variables") {
  folder f;
  f.request.environment["TRADING__PAPER__RISK__MAX_QUANTITY"] = "1";
  const strings texts = f.texts();
  REQUIRE(texts.size() == 1);
  CHECK(texts[0].find("did you mean TRADING__PAPER__RISK__MAX_ORDER_QUANTITY?") != std::string::npos);
  CHECK(texts[0].find("TRADING__PAPER__CAPITAL") != std::string::npos);
}

TEST_CASE("a wrong .env line is found under its line, and no other program's value is shown") {
  folder f;
  f.request.env_file = f.root() / ".env";
  f.write(".env",
          "# ok\nFEED__SPEED=fast\nSECRET \"hush\nOTHER=\"open\nA=1\nA=2\nFEED__SEED=1\nFEED__SEED=2\nBAD NAME=1\n"
          "X='a'b\n");
  const std::string form = R"(: given "a line of another form", allowed: KEY=VALUE, or a # comment; )"
                           "write nothing but that on the line, a comment aside, and close the quotes";
  CHECK(f.texts() == strings{R"(.env:2: FEED__SPEED: given "fast", allowed: integer, 0 to 1000 times real time)"
                             "; correct it, or leave it out for the default, 0",
                             ".env:3" + form, ".env:4" + form,
                             R"(.env:6: A: given "A", allowed: each variable once; first given on line 5)",
                             R"(.env:8: FEED__SEED: given "FEED__SEED", allowed: each variable once; )"
                             "first given on line 7",
                             ".env:9" + form, ".env:10" + form});
}

TEST_CASE("a wrong key of the command line is found with the nearest option") {
  folder f;
  f.request.overrides = {{"feed.sped", "1"}, {"feed.batch", "0"}, {"trading.UP.kind", "paper"}};
  CHECK(f.texts() ==
        strings{R"(command line: feed.batch: given "0", allowed: integer, 1 to 65536 frames)"
                "; correct it, or leave it out for the default, 64",
                R"(command line: feed.sped: given "feed.sped", allowed: a dotted option name, as in bulkhead.yaml; )"
                "did you mean feed.speed?",
                R"(command line: trading.UP.kind: given "trading.UP.kind", allowed: a dotted option name, as in )"
                "bulkhead.yaml; did you mean trading.paper.kind?"});
}

TEST_CASE("a bad value is found also where a later source overrides it") {
  folder f;
  f.replace("config/bulkhead.yaml", "speed: 0", "speed: slow");
  f.request.environment["FEED__SPEED"] = "1";
  CHECK(f.texts() == strings{R"(config/bulkhead.yaml:19: feed.speed: given "slow", allowed: integer, 0 to 1000 times )"
                             "real time; correct it, or leave it out for the default, 0"});
}

TEST_CASE("variable names follow the dotted path") {
  CHECK(variable_name("trading.paper.risk.max_order_quantity") == "TRADING__PAPER__RISK__MAX_ORDER_QUANTITY");
  CHECK(variable_name("data_dir") == "DATA_DIR");
}

}  // namespace bulkhead::config
