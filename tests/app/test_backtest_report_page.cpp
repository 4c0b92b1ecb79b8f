// What the page and the tables are written with: escaping, Indian grouping, thinned series, quoting.
#include "app/backtest_fixture.hpp"
#include "tools/app/backtest/chart_series.hpp"
#include "tools/app/backtest/csv_tables.hpp"
#include "tools/app/backtest/html_text.hpp"
#include "tools/app/backtest/page.hpp"

#include <doctest/doctest.h>

namespace bulkhead::test {
namespace {

TEST_CASE("rupees are grouped the Indian way") {
  CHECK(app::rupees(inr(1'234'567, 89)) == "₹12,34,567.89");
  CHECK(app::rupees(-inr(123'456'789)) == "−₹12,34,56,789.00");
  CHECK(indian(inr(0)) == "0.00");
  CHECK(indian(inr(999)) == "999.00");
  CHECK(indian(inr(1'000)) == "1,000.00");
  CHECK(indian(inr(100'000)) == "1,00,000.00");
  CHECK(indian(money{-50}) == "−0.01");
  CHECK(indian(std::int64_t{-1'234}) == "−1,234");
}

TEST_CASE("a figure that there is none of is n/a") {
  CHECK(shown(nullptr, unit::rupees) == "n/a");
  CHECK(shown("-1.50", unit::percent) == "−1.50 %");
  CHECK(shown(1234567, unit::count) == "12,34,567");
  CHECK(shown("2022-01-03T09:15:00+05:30", unit::time) == "2022-01-03 09:15:00");
}

TEST_CASE("no text gets out of its element, attribute or script") {
  CHECK(html_escape("<b a=\"1\" c='2'>&") == "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
  const std::string data = json_for_script({{"name", "</script><script>alert(1)</script>"}});
  CHECK(data.find('<') == std::string::npos);
  CHECK(nlohmann::json::parse(data)["name"] == "</script><script>alert(1)</script>");
}

TEST_CASE("a hostile strategy name is escaped wherever the page shows it") {
  const std::string name = "<img src=x onerror=alert(1)>\"'";
  config::settings s;
  s.instruments = instruments();
  s.brokers.push_back({.id = broker_id{"paper"}, .kind = "paper", .enabled = true, .capital = inr(1000)});
  s.strategies.push_back({.name = strategy_id{name}, .strategy = "demo", .brokers = {broker_id{"paper"}}});
  trading_history history{broker_id{"paper"}, inr(1000)};
  history.fills = {fill_at(at(10, 0), side::buy, 1, rupees(10), {}, order_origin::signal, name.c_str()),
                   fill_at(at(10, 1), side::sell, 1, rupees(11), {}, order_origin::signal, name.c_str())};
  backtest_results r{.settings = &s, .axis = axis_of(1)};
  r.brokers.push_back(broker_results_of(s, s.brokers[0], std::move(history), r.axis));
  const std::string page = page_html(r, summary_json(r));
  CHECK(page.find("<img") == std::string::npos);
  CHECK(page.find("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;") != std::string::npos);
}

TEST_CASE("a thinned series keeps each stretch's lowest, highest and last value") {
  chart_series series{seconds(100), 10};
  for (int i = 0; i < 100; ++i) series.add(seconds(i), i == 42 ? 1'000 : i);
  std::int64_t highest = 0;
  for (const auto& s : series.values()) highest = std::max(highest, s.high);
  CHECK(series.values().size() == 10);
  CHECK(highest == 1'000);
  CHECK(series.values().back().last == 99);
  const nlohmann::json j = series.to_json(1);
  CHECK(j["i"][1] == 1);
  CHECK(j["lo"][0] == 0);
}

TEST_CASE("cells with commas, quotes or line ends are quoted") {
  CHECK(csv_line({"", "a,b", "say \"x\"", "two\nlines", "plain"}) ==
        ",\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",plain\n");
}

TEST_CASE("a row of trades.csv has a cell for each column") {
  const auto trades = round_trips(std::vector{fill_at(at(10, 0), side::sell, 2, rupees(10), inr(1)),
                                              fill_at(at(10, 1), side::buy, 2, rupees(9), inr(1))},
                                  {}, at(15, 30));
  const csv_row row = trade_row(trades.at(0), broker_id{"paper"}, instruments());
  REQUIRE(row.size() == trade_columns().size());
  CHECK(csv_line(row) ==
        "paper,demo,NSE:NIFTY,MIS,SELL,2,2022-01-03T10:00:00+05:30,10.00,2022-01-03T10:01:00+05:30,9.00,2.00,2.00,0.00,"
        "60,signal\n");
}

}  // namespace
}  // namespace bulkhead::test
