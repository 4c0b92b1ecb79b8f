// What a live feed from Kite needs of the configuration.
#include "config/config_fixture.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bulkhead::config;
using namespace bulkhead::config::testing;

namespace {

void choose_kite(const folder& f, const std::string& account) {
  f.replace("config/bulkhead.yaml", "kind: replay", "kind: kite\n  account: " + account);
  f.replace("config/bulkhead.yaml", "zerodha:\n    enabled: false",
            "zerodha:\n    enabled: false\n    kite:\n      api_key_file: key\n      session_file: session");
}

/// With what else orders at the real Zerodha ask for, but the age of prices.
void place_orders(const folder& f, const std::string& more = "") {
  f.replace("config/bulkhead.yaml", "zerodha:\n    enabled: false",
            "zerodha:\n    enabled: true\n    square_off: \"15:10\"" + more);
}
constexpr const char* with_price_age = "\n    risk:\n      max_price_age_ms: 5000";

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a feed from Kite uses the login of an active broker of kind zerodha, placing or not") {
  {
    const folder f;
    choose_kite(f, "zerodha");
    CHECK(f.texts() == lines{});
  }
  for (const std::string wrong : {"paper", "other", ""}) {
    const folder f;
    choose_kite(f, wrong);
    const lines found = f.texts();
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("feed.account: given ") != std::string::npos);
    CHECK(found[0].find("allowed: an active broker of kind zerodha") != std::string::npos);
  }
  const folder f;
  f.replace("config/bulkhead.yaml", "kind: replay", "kind: kite\n  account: zerodha");
  const lines found = f.texts();
  REQUIRE(found.size() == 2);
  CHECK(found[0].find("trading.zerodha.kite.api_key_file: given nothing") != std::string::npos);
  CHECK(found[1].find("trading.zerodha.kite.session_file: given nothing") != std::string::npos);
}

TEST_CASE("orders need prices with the exchange's stamp: mode full") {
  for (const std::string mode : {"ltp", "quote", "full"}) {
    const folder f;
    choose_kite(f, "zerodha");
    f.replace("config/bulkhead.yaml", "kind: kite", "kind: kite\n  mode: " + mode);
    CHECK(f.texts() == lines{});  // places nothing
    place_orders(f, with_price_age);
    const lines found = f.texts();
    if (mode == "full") {
      CHECK(found == lines{});
      continue;
    }
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("feed.mode: given \"" + mode +
                        "\", allowed: full while zerodha places orders; only full says "
                        "of which day a price is") != std::string::npos);
  }
}

TEST_CASE("the process of one broker does not ask for the feed's account") {
  folder f;
  choose_kite(f, "zerodha");
  f.request.only_broker = "paper";
  CHECK(f.texts() == lines{});
}

TEST_CASE("3000 instruments a connection, and at least one with a token") {
  const auto rows = [](int count) {
    std::string all = instruments_csv;
    for (int i = 3; i <= count; ++i) {
      const std::string number = std::to_string(i);
      all += number + "," + number + ",T" + number + ",,0,,0,0.05,1,EQ,NSE,NSE\n";
    }
    return all;
  };
  {
    const folder f;
    choose_kite(f, "zerodha");
    f.write("config/instruments.csv", rows(6'000));
    CHECK(f.texts() == lines{});
    f.write("config/instruments.csv", rows(6'001));
    const lines found = f.texts();
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("feed.connections: given \"2\", allowed: at least 3 connections for the 6001 instruments of "
                        "config/instruments.csv, 3000 each") != std::string::npos);
    f.replace("config/bulkhead.yaml", "max_in_flight", "connections: 3\n  max_in_flight");
    CHECK(f.texts() == lines{});
  }
}

TEST_CASE("orders at Zerodha on its own ticks need the age that a price may have; a rehearsal does not") {
  const folder f;
  choose_kite(f, "zerodha");
  place_orders(f);
  const lines found = f.texts();
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("trading.zerodha.risk.max_price_age_ms: given \"0\", allowed: 1 to 86400000 milliseconds") !=
        std::string::npos);
  const folder whole;
  choose_kite(whole, "zerodha");
  place_orders(whole, with_price_age);
  CHECK(whole.texts() == lines{});
  const folder rehearsal;
  choose_kite(rehearsal, "zerodha");
  place_orders(rehearsal);
  rehearsal.replace("config/bulkhead.yaml", "    kite:\n", "    kite:\n      url: http://127.0.0.1:5080\n");
  CHECK(rehearsal.texts() == lines{});
}

TEST_CASE("two brokers that place orders share neither a session nor an app") {
  const folder f;
  const std::string kite = "\n    kite:\n      api_key_file: key\n      session_file: session";
  place_orders(f, kite + "\n  zerodha2:\n    kind: zerodha\n    enabled: true\n    square_off: \"15:10\"" + kite);
  f.replace("config/bulkhead.yaml", "active_brokers: [paper, zerodha]", "active_brokers: [paper, zerodha, zerodha2]");
  const lines found = f.texts();
  REQUIRE(found.size() == 2);
  CHECK(found[0].find("trading.zerodha2.kite.") != std::string::npos);
  CHECK(found[0].find("another file than that of zerodha") != std::string::npos);
  CHECK(found[1].find("another file than that of zerodha") != std::string::npos);
}
