// Worked figures: days, months, Sharpe, Sortino, growth, drawdown, exposure, hit rate, streaks.
#include "app/backtest_fixture.hpp"

#include <doctest/doctest.h>

namespace bulkhead::test {
namespace {

const money capital = inr(100'000);

std::vector<day_result> days_of(std::initializer_list<std::int64_t> nets) {
  std::vector<day_result> days;
  for (const std::int64_t net : nets) days.push_back({date_of(on_day(static_cast<int>(days.size()), 12)), inr(net)});
  return days;
}

std::string text(const std::optional<ratio>& r) { return r ? to_string(*r) : "n/a"; }

TEST_CASE("session time goes on from one day's close at the next day's opening") {
  const session_axis axis = axis_of(6);  // Monday to Friday, and Monday
  const std::int64_t session = 375 * 60;
  CHECK(axis.total() == seconds(6 * session));
  CHECK(axis.position(on_day(-1, 12)) == seconds(0));
  CHECK(axis.position(on_day(0, 9)) == seconds(0));
  CHECK(axis.position(on_day(0, 9, 16)) == seconds(60));
  CHECK(axis.position(on_day(0, 18)) == seconds(session));
  CHECK(axis.position(on_day(5, 12)) == seconds(5 * session));
  CHECK(axis.position(on_day(7, 9, 16)) == seconds(5 * session + 60));
  CHECK(axis.position(on_day(30, 12)) == axis.total());
}

TEST_CASE("a day's result is net at its last mark less the day before's; a day without marks gives 0") {
  const std::vector<net_mark> marks{
      {on_day(0, 10), inr(5)}, {on_day(0, 15, 30), inr(30)}, {on_day(2, 10), inr(-20)}, {on_day(2, 15, 45), inr(-10)}};
  const auto days = daily_results(marks, axis_of(4));
  REQUIRE(days.size() == 4);
  CHECK(days[0].net == inr(30));
  CHECK(days[1].net == inr(0));
  CHECK(days[2].net == -inr(40));
  CHECK(days[3].net == inr(0));
  CHECK(daily_results({}, axis_of(2))[1].net == inr(0));
}

TEST_CASE("months add up their days") {
  const std::vector<day_result> days{{20211231, inr(1)}, {20220103, inr(2)}, {20220131, inr(3)}, {20220201, inr(4)}};
  const auto months = monthly_results(days);
  REQUIRE(months.size() == 3);
  CHECK(months[0].year == 2021);
  CHECK(months[1].month == 1);
  CHECK(months[1].net == inr(5));
  CHECK(months[2].net == inr(4));
}

TEST_CASE("Sharpe and Sortino of worked days") {
  // Returns 1 %, -1 %, 2 %, 0 %: mean 0.5 %; sample deviation sqrt(5 / 3) %; downside deviation sqrt(1 / 4) %.
  const auto days = days_of({1000, -1000, 2000, 0});
  CHECK(text(sharpe(days, capital)) == "6.15");                       // 0.5 / 1.290994 * 15.874508
  CHECK(text(sortino(days, capital)) == "15.87");                     // 0.5 / 0.5 * 15.874508
  CHECK(text(sharpe(days_of({-1000, -2000}), capital)) == "-33.67");  // -1.5 / 0.707107 * 15.874508
}

TEST_CASE("ratios that would divide by nothing are not given") {
  CHECK(text(sharpe({}, capital)) == "n/a");
  CHECK(text(sharpe(days_of({1000}), capital)) == "n/a");
  CHECK(text(sortino(days_of({-1000}), capital)) == "n/a");
  CHECK(text(sharpe(days_of({0, 0, 0}), capital)) == "n/a");
  CHECK(text(sharpe(days_of({7, 7, 7}), capital)) == "n/a");
  CHECK(text(sortino(days_of({0, 5}), capital)) == "n/a");
}

TEST_CASE("growth a year is given for more than a year only") {
  const std::vector<day_result> year{{20220103, inr(0)}, {20230102, inr(0)}};  // 365 days
  const std::vector<day_result> two{{20220103, inr(0)}, {20240102, inr(0)}};   // 730 days
  CHECK(text(annual_growth(year, inr(21'000), capital)) == "n/a");
  CHECK(text(annual_growth(two, inr(21'000), capital)) == "10.00");
  CHECK(text(annual_growth(two, -inr(19'000), capital)) == "-10.00");
  CHECK(text(annual_growth(two, -capital, capital)) == "n/a");
}

TEST_CASE("the largest drawdown, from its peak to its lowest mark") {
  const std::vector<net_mark> marks{{at(10, 0), -inr(500)},   {at(10, 1), inr(25'000)}, {at(10, 2), inr(24'000)},
                                    {at(10, 3), inr(25'000)}, {at(10, 4), inr(12'500)}, {at(10, 5), inr(20'000)},
                                    {at(10, 6), inr(12'500)}};
  const auto worst = largest_drawdown(marks, capital);
  REQUIRE(worst);
  CHECK(worst->amount == inr(12'500));
  CHECK(to_string(worst->percent) == "10.00");
  CHECK(worst->from == at(10, 3));
  CHECK(worst->to == at(10, 4));
  CHECK(largest_drawdown(std::span{marks}.first(1), capital)->amount == inr(500));
  CHECK_FALSE(largest_drawdown(std::span{marks}.subspan(1, 1), capital));
  CHECK_FALSE(largest_drawdown({}, capital));
}

TEST_CASE("time in the market counts overlapping trades once and nights not at all") {
  const auto held = [](timestamp from, timestamp to) {
    round_trip t;
    t.entered = from;
    t.exited = to;
    return t;
  };
  const std::vector trades{held(on_day(0, 10), on_day(0, 11)), held(on_day(0, 10, 30), on_day(0, 11, 30)),
                           held(on_day(0, 10, 40), on_day(0, 10, 50)), held(on_day(0, 15), on_day(1, 9, 30))};
  CHECK(time_in_market(trades, axis_of(2)) == seconds((90 + 30 + 15) * 60));
  CHECK(time_in_market({}, axis_of(2)) == seconds(0));
}

TEST_CASE("the figures of closed trades, with one still open") {
  std::vector<fill_fact> fills;
  int minute = 0;
  const auto trade = [&](std::int64_t gross) {
    fills.push_back(fill_at(at(10, minute++), side::buy, 10, rupees(1000), inr(1)));
    fills.push_back(fill_at(at(10, minute++), side::sell, 10, rupees(1000 + gross), inr(1)));
  };
  for (const std::int64_t gross : {-5, 10, -1, 0, 4}) trade(gross);  // nets -52, 98, -12, -2, 38
  fills.push_back(fill_at(at(10, minute), side::buy, 10, rupees(1000), inr(1)));
  const auto trades = round_trips(fills, std::vector{line_at(rupees(1001))}, at(10, minute + 1));
  const std::vector<net_mark> marks{{at(15, 30), inr(79)}};
  const figures f = figures_of({capital, marks, fills, trades}, axis_of(1));
  CHECK(f.gross == inr(90));
  CHECK(f.charges.total() == inr(11));
  CHECK(f.net == inr(79));
  CHECK(f.trades == 5);
  CHECK(f.open_trades == 1);
  CHECK(f.wins == 2);
  CHECK(f.losses == 3);
  CHECK(text(f.hit_rate_percent) == "40.00");
  CHECK(*f.average_win == inr(68));
  CHECK(*f.average_loss == -inr(22));
  CHECK(text(f.profit_factor) == "2.06");  // 136 / 66
  CHECK(f.longest_losing_streak == 2);
  CHECK(f.fills == 11);
  CHECK(f.turnover == inr(110'080));
  CHECK(text(f.turnover_times) == "1.10");
  CHECK(text(f.return_percent) == "0.08");
  CHECK(text(f.exposure_percent) == "1.60");  // 6 of 375 minutes
  CHECK(text(f.sharpe) == "n/a");             // a single day
}

TEST_CASE("no trades at all give zeros and n/a") {
  const nlohmann::json f = to_json(figures_of({.capital = capital}, axis_of(3)));
  CHECK(f["net"] == "0.00");
  CHECK(f["return_percent"] == "0.00");
  CHECK(f["exposure_percent"] == "0.00");
  CHECK(f["max_drawdown"]["amount"] == "0.00");
  for (const char* name : {"sharpe", "sortino", "hit_rate_percent", "average_win", "average_loss", "profit_factor"}) {
    CHECK_MESSAGE(f[name].is_null(), name);
  }
}

}  // namespace
}  // namespace bulkhead::test
