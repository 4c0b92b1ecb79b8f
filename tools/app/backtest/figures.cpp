#include "tools/app/backtest/figures.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead::app {
namespace {

struct results_of_trades {
  money won;
  money lost;
  std::int64_t streak = 0;
};

void count_trades(std::span<const round_trip> trades, figures& f) {
  results_of_trades sums;
  for (const round_trip& t : trades) {
    if (t.open) {
      ++f.open_trades;
      continue;
    }
    ++f.trades;
    const money net = t.net();
    sums.streak = net.raw < 0 ? sums.streak + 1 : 0;
    f.longest_losing_streak = std::max(f.longest_losing_streak, sums.streak);
    if (net.raw > 0) {
      ++f.wins;
      sums.won += net;
    } else if (net.raw < 0) {
      ++f.losses;
      sums.lost += net;
    }
  }
  if (f.trades > 0) f.hit_rate_percent = ratio{mul_div_round(f.wins, 10'000, f.trades)};
  if (f.wins > 0) f.average_win = round_to_paisa({mul_div_round(sums.won.raw, 1, f.wins)});
  if (f.losses > 0) {
    f.average_loss = round_to_paisa({mul_div_round(sums.lost.raw, 1, f.losses)});
    f.profit_factor = ratio{mul_div_round(sums.won.raw, 100, -sums.lost.raw)};
  }
}

}  // namespace

duration time_in_market(std::span<const round_trip> trades, const session_axis& axis) {
  std::vector<std::pair<duration, duration>> held;
  for (const round_trip& t : trades) held.emplace_back(axis.position(t.entered), axis.position(t.exited));
  std::ranges::sort(held);
  std::int64_t sum = 0;
  duration covered;
  for (const auto& [from, to] : held) {
    sum += std::max<std::int64_t>(0, to.ns - std::max(from, covered).ns);
    covered = std::max(covered, to);
  }
  return {sum};
}

figures figures_of(const scope& s, const session_axis& axis) {
  figures f;
  for (const fill_fact& one : s.fills) {
    f.turnover += one.fill.price * one.fill.qty;
    f.charges += one.fill.charges;
  }
  f.fills = static_cast<std::int64_t>(s.fills.size());
  for (const round_trip& t : s.trades) f.gross += t.gross;
  f.net = f.gross - f.charges.total();
  count_trades(s.trades, f);
  const std::vector<day_result> days = daily_results(s.marks, axis);
  f.return_percent = percent_of(f.net, s.capital);
  f.annual_growth_percent = annual_growth(days, f.net, s.capital);
  f.sharpe = sharpe(days, s.capital);
  f.sortino = sortino(days, s.capital);
  f.max_drawdown = largest_drawdown(s.marks, s.capital);
  f.turnover_times = ratio{mul_div_round(f.turnover.raw, 100, s.capital.raw)};
  if (const duration all = axis.total(); all.ns > 0) {
    f.exposure_percent = ratio{mul_div_round(time_in_market(s.trades, axis).ns, 10'000, all.ns)};
  }
  return f;
}

}  // namespace bulkhead::app
