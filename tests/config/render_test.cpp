#include "config/render.hpp"

#include "config/option_value.hpp"
#include "config/redaction.hpp"
#include "tests/config/config_fixture.hpp"

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace bulkhead::config {
namespace {

using strings = std::vector<std::string>;
using testing::folder;

strings lines(const std::string& text) {
  strings out;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

const std::vector<effective_option> with_secrets = {
    {"data_dir", "var", "default"},
    {"trading.zerodha.api_key", "hunter2-key", ".env:3"},
    {"trading.zerodha.api_secret", "hunter2-secret", "environment TRADING__ZERODHA__API_SECRET"},
    {"trading.zerodha.access_token", "hunter2-token", "command line"},
    {"store.password", "hunter2-password", "config/bulkhead.yaml:9"},
    {"store.old_password", "", "default"},
};

}  // namespace

TEST_CASE("a secret is shown as *** in tables and JSON; that none is set is shown") {
  const std::string table = to_table(with_secrets);
  CHECK(table.find("hunter2") == std::string::npos);
  CHECK(lines(table) ==
        strings{"data_dir        var        default", "trading.zerodha", "  api_key       ***        .env:3",
                "  api_secret    ***        environment TRADING__ZERODHA__API_SECRET",
                "  access_token  ***        command line", "store", "  password      ***        config/bulkhead.yaml:9",
                "  old_password  (not set)  default"});
  const nlohmann::json json = to_json(std::span{with_secrets});
  CHECK(json.dump().find("hunter2") == std::string::npos);
  CHECK(json.at(1) == nlohmann::json{{"key", "trading.zerodha.api_key"}, {"value", "***"}, {"source", ".env:3"}});
  CHECK(json.at(0).at("value") == "var");
}

TEST_CASE("names that end like a secret are secrets, also as variables; others are not") {
  for (const char* name : {"trading.zerodha.api_key", "TRADING__ZERODHA__API_SECRET", "a.token", "password"}) {
    CHECK(is_secret(name));
  }
  for (const char* name : {"data_dir", "trading.paper.capital", "tokens", "secret_file"}) CHECK_FALSE(is_secret(name));
}

TEST_CASE("a secret that is refused is not shown either") {
  const option row{.path = "trading.zerodha.pin_secret", .type = value_type::integer, .fallback = "1", .max = 9};
  finding_list findings;
  CHECK_FALSE(check(row, from_text(row, "hunter2", {".env", 3, "X"}, "", {}), findings));
  const auto found = findings.take();
  REQUIRE(found.size() == 1);
  CHECK(found[0].given == "***");
  CHECK(found[0].text().find("hunter2") == std::string::npos);
}

TEST_CASE("a cell longer than its column goes on below, whole, within 100 columns") {
  std::string value;
  for (int i = 0; i < 40; ++i) value += "/folder" + std::to_string(i);
  const std::string source =
      "environment TRADING__" + std::string(32, 'X') + "__STRATEGY_RISK__EXIT_RESERVE_PER_SECOND";
  const std::vector<effective_option> options = {
      {"trading.paper.a_name_that_goes_on_and_on_and_on_and_on", value, source}, {"data_dir", "var", "default"}};
  std::string joined_value;
  const strings table = lines(to_table(options));
  REQUIRE(table.size() > 3);
  for (const std::string& line : table) {
    CHECK(line.size() <= 100);
    if (line != table.front() && line != table.back() && line.size() > 36) {
      const std::string cell = line.substr(36, 30);
      joined_value += cell.substr(0, cell.find(' '));
    }
  }
  CHECK(joined_value == value);
}

TEST_CASE("the table of a whole configuration names each option below its section, within 100 columns") {
  folder f;
  const load_result result = f.load();
  REQUIRE(result.value);
  const strings table = lines(to_table(result.effective));
  CHECK(std::ranges::count(table, "trading.paper.risk") == 1);
  CHECK(std::ranges::count(table, "trading.zerodha.strategy_risk") == 1);
  CHECK(std::ranges::any_of(table,
                            [](const std::string& line) { return line.starts_with("  exit_reserve_per_minute"); }));
  for (const std::string& line : table) CHECK(line.size() <= 100);
}

TEST_CASE("the paper exchange is shown for brokers of kind paper alone") {
  folder f;
  const load_result result = f.load();
  REQUIRE(result.value);
  const auto shown = [&](const std::string& start) {
    return std::ranges::any_of(result.effective, [&](const auto& o) { return o.key.starts_with(start); });
  };
  CHECK(shown("trading.paper.paper."));
  CHECK_FALSE(shown("trading.zerodha.paper."));
  const nlohmann::json json = to_json(*result.value);
  CHECK(json.at("trading").at("paper").at("paper").at("slippage") == "none");
  CHECK(json.at("trading").at("paper").at("square_off") == "15:20");
  CHECK(json.at("trading").at("paper").at("margin").at("mis_percent") == "20");
  CHECK_FALSE(json.at("trading").at("zerodha").contains("paper"));
}

TEST_CASE("findings as JSON keep their parts") {
  const std::vector<finding> findings = {{"a.yaml", 3, "feed.speed", "-1", "integer", "correct it"}};
  CHECK(to_json(std::span{findings}) == nlohmann::json::parse(R"([{"file":"a.yaml","line":3,"key":"feed.speed",
      "given":"-1","allowed":"integer","hint":"correct it"}])"));
}

}  // namespace bulkhead::config
