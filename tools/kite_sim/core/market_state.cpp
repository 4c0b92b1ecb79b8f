#include "tools/kite_sim/core/market_state.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead::kite_sim {
namespace {

constexpr std::int64_t minute_ns = 60'000'000'000;

/// Levels from `best` away from the market, within the day's limits: beyond a limit nobody may quote.
ladder levels_from(price best, std::int64_t step, quantity units, price lower, price upper) {
  ladder out{};
  std::int64_t at = best.raw;
  for (std::size_t i = 0; i < out.size(); ++i, at += step) {
    if (at < lower.raw || at > upper.raw || at <= 0) break;
    out[i] = {price{at}, units * static_cast<std::int64_t>(i + 1)};
  }
  return out;
}

void extend_minutes(std::vector<candle>& minutes, price last, timestamp at) {
  const timestamp minute{at.ns / minute_ns * minute_ns};
  if (minutes.empty() || minutes.back().start < minute) {
    minutes.push_back({minute, last, last, last, last, 0});
    return;
  }
  candle& open = minutes.back();
  open.high = std::max(open.high, last);
  open.low = std::min(open.low, last);
  open.close = last;
}

}  // namespace

market_state::market_state(const listing& listed, market_settings settings)
    : listed_(&listed), settings_(settings), rows_(listed.table().size()) {
  for (const instrument& one : listed.table().rows()) {
    market_row& row = rows_[one.id.index];
    row.previous_close = listed.columns(one.id).last_price;
    if (row.previous_close.raw > 0) set_circuits(one, row);
  }
}

/// Rounded inwards to the tick size.
void market_state::set_circuits(const instrument& of, market_row& row) const {
  const std::int64_t width = row.previous_close.raw / 100 * settings_.circuit_percent;
  const std::int64_t step = of.tick_size.raw;
  row.lower_circuit = price{std::max(step, (row.previous_close.raw - width + step - 1) / step * step)};
  row.upper_circuit = price{(row.previous_close.raw + width) / step * step};
}

void market_state::apply(const tick& t, timestamp at) {
  const instrument& of = listed_->table().at(t.instrument);
  market_row& row = rows_.at(t.instrument.index);
  if (row.previous_close.raw == 0) {
    row.previous_close = t.last;
    set_circuits(of, row);
  }
  row.last = t.last;
  row.exchange_time = at;
  if (row.open.raw == 0) row.open = row.high = row.low = t.last;
  row.high = std::max(row.high, t.last);
  row.low = std::min(row.low, t.last);
  extend_minutes(row.minutes, t.last, at);
  count(row, t.last, std::max<quantity>(t.volume, of.lot_size), at);
  const std::int64_t step = of.tick_size.raw;
  const price bid = t.bid.raw > 0 ? t.bid : price{t.last.raw - settings_.spread_ticks * step};
  const price ask = t.ask.raw > 0 ? t.ask : price{t.last.raw + settings_.spread_ticks * step};
  row.bids = levels_from(bid, -step, settings_.level_quantity, row.lower_circuit, row.upper_circuit);
  row.asks = levels_from(ask, step, settings_.level_quantity, row.lower_circuit, row.upper_circuit);
}

void market_state::start_day() {
  for (const instrument& one : listed_->table().rows()) {
    market_row& row = rows_[one.id.index];
    if (row.last.raw > 0) row.previous_close = row.last;
    if (row.previous_close.raw > 0) set_circuits(one, row);
    row.open = row.high = row.low = price{};
    row.volume = 0;
    row.traded_value = money{};
    row.bids = row.asks = ladder{};
    ++row.changes;
  }
}

void market_state::take(instrument_id id, bool from_asks, std::size_t level_index, quantity units, timestamp at) {
  market_row& row = rows_.at(id.index);
  level& one = (from_asks ? row.asks : row.bids).at(level_index);
  one.units -= units;
  count(row, one.at, units, at);
}

void market_state::traded(instrument_id id, price at_price, quantity units, timestamp at) {
  count(rows_.at(id.index), at_price, units, at);
}

/// Volume and value; the day's range and last price stay the feed's, so that the feed is replayed unchanged whatever is
/// traded on it.
void market_state::count(market_row& row, price at_price, quantity units, timestamp at) {
  row.last_quantity = units;
  row.last_trade = at;
  row.volume += units;
  row.traded_value += at_price * units;
  ++row.changes;
  if (!row.minutes.empty()) row.minutes.back().volume += units;
}

price average_price(const market_row& row) {
  return row.volume == 0 ? price{} : price{mul_div_round(row.traded_value.raw, 1, row.volume)};
}

quantity total_units(const ladder& levels) {
  quantity sum = 0;
  for (const level& one : levels) sum += one.units;
  return sum;
}

}  // namespace bulkhead::kite_sim
