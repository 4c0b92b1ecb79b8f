#include "tools/kite_sim/core/market_json.hpp"

#include "tools/kite_sim/core/kite_text.hpp"

#include <algorithm>
#include <array>

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

constexpr std::int64_t minute_ns = 60'000'000'000;

json levels_of(const ladder& levels) {
  json out = json::array();
  for (const level& one : levels) {
    if (one.units > 0) {
      out.push_back({{"price", rupees(one.at)}, {"quantity", one.units}, {"orders", out.size() + 1}});
    }
  }
  while (out.size() < depth_levels) out.push_back({{"price", 0}, {"quantity", 0}, {"orders", 0}});
  return out;
}

/// Beginning of the candle that this minute is in.
timestamp start_of(timestamp minute, std::int64_t minutes, duration session_open) {
  const timestamp midnight = start_of_day(date_of(minute));
  if (minutes == 0) return midnight;
  const std::int64_t length = minutes * minute_ns;
  const std::int64_t since = (minute - midnight).ns - session_open.ns;
  const std::int64_t down = since >= 0 ? since / length : -((-since + length - 1) / length);
  return midnight + session_open + duration{down * length};
}

}  // namespace

json ltp_row(const market_state& market, instrument_id id) {
  const market_row& row = market.row(id);
  const price last = row.last.raw > 0 ? row.last : row.previous_close;
  return {{"instrument_token", market.listed().table().at(id).token}, {"last_price", rupees(last)}};
}

json ohlc_row(const market_state& market, instrument_id id) {
  const market_row& row = market.row(id);
  json out = ltp_row(market, id);
  out["ohlc"] = {{"open", rupees(row.open)},
                 {"high", rupees(row.high)},
                 {"low", rupees(row.low)},
                 {"close", rupees(row.previous_close)}};
  return out;
}

json quote_row(const market_state& market, instrument_id id) {
  const market_row& row = market.row(id);
  json out = ohlc_row(market, id);
  const bool traded = row.last_trade.ns != 0;
  out["timestamp"] = row.exchange_time.ns != 0 ? json(kite_time(row.exchange_time)) : json(nullptr);
  out["last_trade_time"] = traded ? json(kite_time(row.last_trade)) : json(nullptr);
  out["last_quantity"] = row.last_quantity;
  out["buy_quantity"] = total_units(row.bids);
  out["sell_quantity"] = total_units(row.asks);
  out["volume"] = row.volume;
  out["average_price"] = rupees(average_price(row));
  out["oi"] = 0;
  out["oi_day_high"] = 0;
  out["oi_day_low"] = 0;
  out["net_change"] = rupees(row.last.raw > 0 ? row.last.raw - row.previous_close.raw : 0);
  out["lower_circuit_limit"] = rupees(row.lower_circuit);
  out["upper_circuit_limit"] = rupees(row.upper_circuit);
  out["depth"] = {{"buy", levels_of(row.bids)}, {"sell", levels_of(row.asks)}};
  return out;
}

std::optional<candle_interval> find_interval(std::string_view name) {
  static constexpr std::array<candle_interval, 8> all = {{{"minute", 1, 60},
                                                          {"3minute", 3, 100},
                                                          {"5minute", 5, 100},
                                                          {"10minute", 10, 100},
                                                          {"15minute", 15, 200},
                                                          {"30minute", 30, 200},
                                                          {"60minute", 60, 400},
                                                          {"day", 0, 2000}}};
  const auto found = std::ranges::find(all, name, &candle_interval::name);
  return found == all.end() ? std::nullopt : std::optional{*found};
}

std::vector<candle> aggregate(const std::vector<candle>& minutes, const candle_interval& interval,
                              duration session_open, timestamp from, timestamp to) {
  std::vector<candle> out;
  for (const candle& minute : minutes) {
    const timestamp start = start_of(minute.start, interval.minutes, session_open);
    if (start < from || start > to) continue;
    if (out.empty() || out.back().start < start) {
      out.push_back(minute);
      out.back().start = start;
      continue;
    }
    candle& whole = out.back();
    whole.high = std::max(whole.high, minute.high);
    whole.low = std::min(whole.low, minute.low);
    whole.close = minute.close;
    whole.volume += minute.volume;
  }
  return out;
}

json candle_rows(const std::vector<candle>& candles, bool with_open_interest) {
  json out = json::array();
  for (const candle& one : candles) {
    json row = {candle_time(one.start), rupees(one.open),  rupees(one.high),
                rupees(one.low),        rupees(one.close), one.volume};
    if (with_open_interest) row.push_back(0);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace bulkhead::kite_sim
