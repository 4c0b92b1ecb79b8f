#include "tools/app/backtest/chart_series.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

constexpr std::int64_t fewest_stretches = 1000;

template <class Seen>
void read_all(feed_source& source, Seen seen) {
  source.seek(1);
  frame_batch batch;
  for (bool more = true; more;) {
    batch.clear();
    more = source.next(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) seen(batch[i]);
  }
}

}  // namespace

void chart_series::add(duration position, std::int64_t value) {
  if (total_.ns <= 0) return;
  const std::int64_t index = std::min(mul_div_round(position.ns, stretches_, total_.ns), stretches_ - 1);
  if (values_.empty() || values_.back().index != index) {
    values_.push_back({index, value, value, value});
    return;
  }
  stretch& s = values_.back();
  s.low = std::min(s.low, value);
  s.high = std::max(s.high, value);
  s.last = value;
}

nlohmann::json chart_series::to_json(std::int64_t scale) const {
  nlohmann::json out{{"n", stretches_},
                     {"scale", scale},
                     {"i", nlohmann::json::array()},
                     {"lo", nlohmann::json::array()},
                     {"hi", nlohmann::json::array()},
                     {"last", nlohmann::json::array()}};
  stretch before;
  for (const stretch& s : values_) {
    out["i"].push_back(s.index - before.index);
    out["lo"].push_back(s.low - before.low);
    out["hi"].push_back(s.high - s.low);
    out["last"].push_back(s.last - s.low);
    before = s;
  }
  return out;
}

std::vector<trade_date> dates_in(feed_source& source) {
  std::vector<trade_date> dates;
  read_all(source, [&](const frame_view& frame) {
    const trade_date date = date_of(frame.ts);
    if (dates.empty() || dates.back() != date) dates.push_back(date);
  });
  return dates;
}

std::map<instrument_id, chart_series> prices_in(feed_source& source, const trading_session& session,
                                                const session_axis& axis, std::span<const instrument_id> wanted,
                                                std::int64_t stretches) {
  std::map<instrument_id, chart_series> series;
  if (wanted.empty()) return series;
  const std::int64_t each = std::max(stretches / static_cast<std::int64_t>(wanted.size()), fewest_stretches);
  for (const instrument_id id : wanted) series.try_emplace(id, axis.total(), each);
  read_all(source, [&](const frame_view& frame) {
    if (frame.ticks.empty() || !session.is_open(frame.ts)) return;
    const duration position = axis.position(frame.ts);
    for (const tick& t : frame.ticks) {
      if (const auto it = series.find(t.instrument); it != series.end()) it->second.add(position, t.last.raw);
    }
  });
  return series;
}

equity_charts equity_charts_of(std::span<const net_mark> marks, money capital, const session_axis& axis,
                               std::int64_t stretches) {
  equity_charts charts{{axis.total(), stretches}, {axis.total(), stretches}};
  charts.equity.add({}, round_to_paisa(capital).raw / paisa);
  charts.drawdown.add({}, 0);
  money peak;
  for (const net_mark& m : marks) {
    peak = std::max(peak, m.net);
    const duration position = axis.position(m.ts);
    charts.equity.add(position, round_to_paisa(capital + m.net).raw / paisa);
    charts.drawdown.add(position, round_to_paisa(m.net - peak).raw / paisa);
  }
  return charts;
}

}  // namespace bulkhead::app
