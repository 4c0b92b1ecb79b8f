#include "tools/app/backtest/returns.hpp"

#include <algorithm>
#include <cmath>

namespace bulkhead::app {
namespace {

constexpr double days_per_year = 252.0;
constexpr std::int64_t calendar_days_per_year = 365;
constexpr std::int64_t ns_per_day = seconds(86'400).ns;

ratio rounded(double value) { return {std::llround(value * 100.0)}; }

double daily_return(const day_result& d, money capital) {
  return static_cast<double>(d.net.raw) / static_cast<double>(capital.raw);
}

double mean_return(std::span<const day_result> days, money capital) {
  double sum = 0;
  for (const day_result& d : days) sum += daily_return(d, capital);
  return sum / static_cast<double>(days.size());
}

}  // namespace

std::optional<ratio> percent_of(money part, money whole) {
  if (whole.raw <= 0) return std::nullopt;
  return ratio{mul_div_round(part.raw, 10'000, whole.raw)};
}

std::vector<day_result> daily_results(std::span<const net_mark> marks, const session_axis& axis) {
  std::vector<day_result> results;
  const auto& days = axis.days();
  std::size_t next = 0;
  money before;
  money net;
  for (std::size_t i = 0; i < days.size(); ++i) {
    const bool last = i + 1 == days.size();
    while (next < marks.size() && (last || marks[next].ts < start_of_day(days[i + 1].date))) net = marks[next++].net;
    results.push_back({days[i].date, net - before});
    before = net;
  }
  return results;
}

std::vector<month_result> monthly_results(std::span<const day_result> days) {
  std::vector<month_result> months;
  for (const day_result& d : days) {
    const std::int32_t year = d.date / 10'000;
    const std::int32_t month = d.date / 100 % 100;
    if (months.empty() || months.back().year != year || months.back().month != month) months.push_back({year, month});
    months.back().net += d.net;
  }
  return months;
}

std::optional<ratio> sharpe(std::span<const day_result> days, money capital) {
  if (days.size() < 2) return std::nullopt;
  const bool differ = std::ranges::any_of(days, [&](const day_result& d) { return d.net != days.front().net; });
  if (!differ) return std::nullopt;
  const double mean = mean_return(days, capital);
  double squares = 0;
  for (const day_result& d : days) squares += std::pow(daily_return(d, capital) - mean, 2);
  const double deviation = std::sqrt(squares / static_cast<double>(days.size() - 1));
  return rounded(mean / deviation * std::sqrt(days_per_year));
}

std::optional<ratio> sortino(std::span<const day_result> days, money capital) {
  if (days.size() < 2) return std::nullopt;
  double squares = 0;
  for (const day_result& d : days) squares += std::pow(std::min(daily_return(d, capital), 0.0), 2);
  if (squares == 0) return std::nullopt;
  const double deviation = std::sqrt(squares / static_cast<double>(days.size()));
  return rounded(mean_return(days, capital) / deviation * std::sqrt(days_per_year));
}

std::optional<ratio> annual_growth(std::span<const day_result> days, money net, money capital) {
  if (days.empty() || (capital + net).raw <= 0) return std::nullopt;
  const duration span = start_of_day(days.back().date) - start_of_day(days.front().date);
  const std::int64_t calendar_days = span.ns / ns_per_day + 1;
  if (calendar_days <= calendar_days_per_year) return std::nullopt;
  const double growth = static_cast<double>((capital + net).raw) / static_cast<double>(capital.raw);
  const double years = static_cast<double>(calendar_days) / static_cast<double>(calendar_days_per_year);
  return rounded((std::pow(growth, 1.0 / years) - 1.0) * 100.0);
}

std::optional<drawdown> largest_drawdown(std::span<const net_mark> marks, money capital) {
  std::optional<drawdown> worst;
  money peak;
  timestamp peak_at = marks.empty() ? timestamp{} : marks.front().ts;
  for (const net_mark& m : marks) {
    if (m.net >= peak) {
      peak = m.net;
      peak_at = m.ts;
    } else if (const money fall = peak - m.net; !worst || fall > worst->amount) {
      worst = drawdown{fall, *percent_of(fall, capital + peak), peak_at, m.ts};
    }
  }
  return worst;
}

}  // namespace bulkhead::app
