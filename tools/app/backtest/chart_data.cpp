#include "tools/app/backtest/page.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

constexpr std::int64_t equity_stretches = 6000;

/// Texts that come again and again, each written once and then named by its place.
class names {
 public:
  std::size_t place(std::string_view name) {
    const auto [it, is_new] = places_.try_emplace(std::string{name}, places_.size());
    if (is_new) list_.push_back(name);
    return it->second;
  }
  [[nodiscard]] const json& list() const { return list_; }

 private:
  std::map<std::string, std::size_t> places_;
  json list_ = json::array();
};

/// Lists of one length, and the names that strategy, instrument and why stand for; times in seconds on the axis, prices
/// and net in rupees.
json trades_json(const broker_results& b, const backtest_results& r) {
  json out{{"strategy", json::array()}, {"instrument", json::array()}, {"side", json::array()}, {"from", json::array()},
           {"to", json::array()},       {"entry", json::array()},      {"exit", json::array()}, {"net", json::array()},
           {"qty", json::array()},      {"why", json::array()}};
  names named;
  const auto second = [&](timestamp t) { return r.axis.position(t).ns / seconds(1).ns; };
  const auto rupees = [](std::int64_t raw) {
    return static_cast<double>(mul_div_round(raw, 100, money_scale)) / 100.0;
  };
  for (std::size_t i = 0; i < std::min(b.trades.size(), max_chart_trades); ++i) {
    const round_trip& t = b.trades[i];
    out["strategy"].push_back(named.place(t.strategy.str()));
    out["instrument"].push_back(named.place(r.settings->instruments.key(t.instrument)));
    out["side"].push_back(sign(t.side));
    out["from"].push_back(second(t.entered));
    out["to"].push_back(second(t.exited));
    out["entry"].push_back(rupees(t.entry.raw));
    out["exit"].push_back(rupees(t.exit.raw));
    out["net"].push_back(rupees(t.net().raw));
    out["qty"].push_back(t.qty);
    out["why"].push_back(named.place(t.exit_reason()));
  }
  out["names"] = named.list();
  return out;
}

}  // namespace

json chart_data(const backtest_results& r) {
  json out{{"days", json::array()}, {"prices", json::object()}, {"brokers", json::array()}};
  for (const session_axis::day& d : r.axis.days()) {
    out["days"].push_back({bulkhead::to_string(d.date), time_of_day(d.open).ns / seconds(1).ns,
                           d.length.ns / seconds(1).ns, d.start.ns / seconds(1).ns});
  }
  for (const auto& [id, series] : r.prices) {
    out["prices"][r.settings->instruments.key(id)] = series.to_json(money_scale);
  }
  for (const broker_results& b : r.brokers) {
    const auto charts = equity_charts_of(b.history.account, b.history.capital, r.axis, equity_stretches);
    out["brokers"].push_back({{"id", b.settings->id.str()},
                              {"equity", charts.equity.to_json(money_scale / paisa)},
                              {"drawdown", charts.drawdown.to_json(money_scale / paisa)},
                              {"trades", trades_json(b, r)}});
  }
  return out;
}

}  // namespace bulkhead::app
