#include "tools/app/backtest/figures.hpp"
#include "tools/app/charges_json.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

template <class T>
json text_or_null(const std::optional<T>& value) {
  return value ? json(to_string(*value)) : json(nullptr);
}

json drawdown_json(const std::optional<drawdown>& d) {
  if (!d) return {{"amount", "0.00"}, {"percent", "0.00"}, {"from", nullptr}, {"to", nullptr}};
  return {{"amount", to_string(d->amount)},
          {"percent", to_string(d->percent)},
          {"from", to_iso_ist(d->from)},
          {"to", to_iso_ist(d->to)}};
}

}  // namespace

std::string to_string(ratio r) {
  const std::int64_t size = std::abs(r.hundredths);
  return fmt::format("{}{}.{:02}", r.hundredths < 0 ? "-" : "", size / 100, size % 100);
}

json to_json(const figures& f) {
  return {{"gross", to_string(f.gross)},
          {"net", to_string(f.net)},
          {"charges", charges_json(f.charges)},
          {"return_percent", text_or_null(f.return_percent)},
          {"annual_growth_percent", text_or_null(f.annual_growth_percent)},
          {"sharpe", text_or_null(f.sharpe)},
          {"sortino", text_or_null(f.sortino)},
          {"max_drawdown", drawdown_json(f.max_drawdown)},
          {"turnover", to_string(f.turnover)},
          {"turnover_times", text_or_null(f.turnover_times)},
          {"trades", f.trades},
          {"open_trades", f.open_trades},
          {"wins", f.wins},
          {"losses", f.losses},
          {"hit_rate_percent", text_or_null(f.hit_rate_percent)},
          {"average_win", text_or_null(f.average_win)},
          {"average_loss", text_or_null(f.average_loss)},
          {"profit_factor", text_or_null(f.profit_factor)},
          {"longest_losing_streak", f.longest_losing_streak},
          {"exposure_percent", text_or_null(f.exposure_percent)},
          {"fills", f.fills}};
}

}  // namespace bulkhead::app
