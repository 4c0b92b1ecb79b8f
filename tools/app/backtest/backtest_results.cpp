#include "tools/app/backtest/backtest_results.hpp"

#include "config/render.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

/// Of all price charts together: a page of two instruments over a quarter stays near one megabyte.
constexpr std::int64_t price_stretches = 40'000;

scope scope_of(const broker_results& b, const strategy_id& strategy) {
  scope s{.capital = b.history.capital};
  if (const auto it = b.history.strategies.find(strategy); it != b.history.strategies.end()) s.marks = it->second;
  std::ranges::copy_if(b.history.fills, std::back_inserter(s.fills),
                       [&](const fill_fact& f) { return f.fill.strategy == strategy; });
  std::ranges::copy_if(b.trades, std::back_inserter(s.trades),
                       [&](const round_trip& t) { return t.strategy == strategy; });
  return s;
}

json months_json(const broker_results& b) {
  json months = json::array();
  for (const month_result& m : b.months) {
    const auto percent = percent_of(m.net, b.history.capital);
    months.push_back({{"month", fmt::format("{}-{:02}", m.year, m.month)},
                      {"net", to_string(m.net)},
                      {"return_percent", percent ? json(to_string(*percent)) : json(nullptr)}});
  }
  return months;
}

json latches_json(const trading_history& h) {
  json latches = json::array();
  for (const latch_change& l : h.latches) {
    latches.push_back({{"time", to_iso_ist(l.ts)},
                       {"strategy", l.strategy.empty() ? json(nullptr) : json(l.strategy.str())},
                       {"mode", l.mode},
                       {"cause", l.cause},
                       {"reason", l.reason}});
  }
  return latches;
}

json broker_json(const broker_results& b) {
  json out{{"kind", b.settings->kind},
           {"places_orders", b.settings->enabled},
           {"capital", to_string(b.history.capital)},
           {"equity", to_string(b.history.capital + b.account.net)},
           {"marked_at", to_iso_ist(b.history.marked_at)},
           {"signals", b.history.signals},
           {"rejected", b.history.rejected},
           {"orders", b.history.orders},
           {"withheld", b.history.withheld},
           {"account", to_json(b.account)},
           {"by_strategy", json::object()},
           {"months", months_json(b)},
           {"kill_switch", latches_json(b.history)}};
  for (const auto& [name, f] : b.by_strategy) out["by_strategy"][name.str()] = to_json(f);
  return out;
}

}  // namespace

broker_results broker_results_of(const config::settings& s, const config::broker_settings& b, trading_history history,
                                 const session_axis& axis) {
  broker_results r{.settings = &b, .history = std::move(history)};
  r.trades = round_trips(r.history.fills, r.history.last.positions, r.history.marked_at);
  r.account = figures_of({r.history.capital, r.history.account, r.history.fills, r.trades}, axis);
  r.months = monthly_results(daily_results(r.history.account, axis));
  std::set<strategy_id> names;
  for (const auto& [name, marks] : r.history.strategies) names.insert(name);
  for (const config::strategy_settings& one : s.strategies) {
    if (std::ranges::find(one.brokers, b.id) != one.brokers.end()) names.insert(one.name);
  }
  for (const strategy_id& name : names) r.by_strategy[name] = figures_of(scope_of(r, name), axis);
  return r;
}

backtest_results results_of(const config::settings& s, feed_source& source, std::vector<trading_history> histories) {
  backtest_results r{.settings = &s,
                     .frames = source.size(),
                     .malformed_rows = source.problems().size(),
                     .fingerprint = source.fingerprint(),
                     .axis = session_axis{s.session, dates_in(source)}};
  std::set<instrument_id> traded;
  for (std::size_t i = 0; i < histories.size(); ++i) {
    for (const fill_fact& f : histories[i].fills) traded.insert(f.fill.instrument);
    r.brokers.push_back(broker_results_of(s, s.brokers.at(i), std::move(histories[i]), r.axis));
  }
  const std::vector<instrument_id> wanted{traded.begin(), traded.end()};
  r.prices = prices_in(source, s.session, r.axis, wanted, price_stretches);
  return r;
}

json summary_json(const backtest_results& r) {
  const auto& days = r.axis.days();
  json out{{"period",
            {{"from", days.empty() ? json(nullptr) : json(bulkhead::to_string(days.front().date))},
             {"to", days.empty() ? json(nullptr) : json(bulkhead::to_string(days.back().date))},
             {"trading_days", days.size()}}},
           {"data", {{"frames", r.frames}, {"malformed_rows", r.malformed_rows}, {"fingerprint", r.fingerprint}}},
           {"brokers", json::object()},
           {"settings", config::to_json(*r.settings)}};
  for (const broker_results& b : r.brokers) out["brokers"][b.settings->id.str()] = broker_json(b);
  return out;
}

}  // namespace bulkhead::app
