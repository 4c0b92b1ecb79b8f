#include "tools/kite_sim/core/portfolio_json.hpp"

#include "tools/kite_sim/core/kite_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

double each(money value, quantity units) { return units == 0 ? 0.0 : rupees(value.raw) / static_cast<double>(units); }

json position_row(const position_key& key, const position& row, const market_state& market) {
  const instrument& of = market.listed().table().at(key.instrument);
  const market_row& now = market.row(key.instrument);
  const quantity long_overnight = std::max<quantity>(0, row.overnight);
  const quantity short_overnight = std::max<quantity>(0, -row.overnight);
  const quantity bought = row.bought + long_overnight;
  const quantity sold = row.sold + short_overnight;
  const money bought_value = row.bought_value + (long_overnight > 0 ? row.overnight_value : money{});
  const money sold_value = row.sold_value + (short_overnight > 0 ? row.overnight_value : money{});
  const money buy_m2m = row.bought_value + now.previous_close * long_overnight;
  const money sell_m2m = row.sold_value + now.previous_close * short_overnight;
  const money value = sold_value - bought_value;
  const money pnl = value + now.last * row.net();
  const double average = row.net() > 0 ? each(bought_value, bought) : row.net() < 0 ? each(sold_value, sold) : 0.0;
  return {{"tradingsymbol", of.tradingsymbol},
          {"exchange", of.exchange},
          {"instrument_token", of.token},
          {"product", key.product},
          {"quantity", row.net()},
          {"overnight_quantity", row.overnight},
          {"multiplier", 1},
          {"average_price", average},
          {"close_price", row.overnight != 0 ? rupees(now.previous_close) : 0.0},
          {"last_price", rupees(now.last)},
          {"value", rupees(value.raw)},
          {"pnl", rupees(pnl.raw)},
          {"m2m", rupees((sell_m2m - buy_m2m + now.last * row.net()).raw)},
          {"unrealised", rupees(pnl.raw)},
          {"realised", 0},
          {"buy_quantity", bought},
          {"buy_price", each(bought_value, bought)},
          {"buy_value", rupees(bought_value.raw)},
          {"buy_m2m", rupees(buy_m2m.raw)},
          {"sell_quantity", sold},
          {"sell_price", each(sold_value, sold)},
          {"sell_value", rupees(sold_value.raw)},
          {"sell_m2m", rupees(sell_m2m.raw)},
          {"day_buy_quantity", row.bought},
          {"day_buy_price", each(row.bought_value, row.bought)},
          {"day_buy_value", rupees(row.bought_value.raw)},
          {"day_sell_quantity", row.sold},
          {"day_sell_price", each(row.sold_value, row.sold)},
          {"day_sell_value", rupees(row.sold_value.raw)}};
}

json holding_row(instrument_id id, const holding& held, const market_state& market) {
  const instrument& of = market.listed().table().at(id);
  const market_row& now = market.row(id);
  const price last = now.last.raw > 0 ? now.last : now.previous_close;
  const std::int64_t change = last.raw - now.previous_close.raw;
  const double percent = now.previous_close.raw == 0
                             ? 0.0
                             : static_cast<double>(change) * 100 / static_cast<double>(now.previous_close.raw);
  // What is delivered is sold first.
  const quantity delivered = held.units - held.undelivered;
  const quantity sold_early = std::max<quantity>(0, held.used - delivered);
  return {{"tradingsymbol", of.tradingsymbol},
          {"exchange", of.exchange},
          {"instrument_token", of.token},
          {"isin", ""},
          {"product", "CNC"},
          {"price", 0},
          {"quantity", std::max<quantity>(0, delivered - held.used)},
          {"used_quantity", held.used},
          {"t1_quantity", std::max<quantity>(0, held.undelivered - sold_early)},
          {"realised_quantity", delivered},
          {"authorised_quantity", 0},
          {"authorised_date", to_string(date_of(now.exchange_time)) + " 00:00:00"},
          {"opening_quantity", held.units},
          {"short_quantity", 0},
          {"collateral_quantity", 0},
          {"collateral_type", ""},
          {"discrepancy", false},
          {"average_price", rupees(held.average)},
          {"last_price", rupees(last)},
          {"close_price", rupees(now.previous_close)},
          {"pnl", rupees((last * held.units - held.average * held.units).raw)},
          {"day_change", rupees(change)},
          {"day_change_percentage", percent},
          {"mtf", {{"quantity", 0}, {"used_quantity", 0}, {"average_price", 0}, {"value", 0}, {"initial_margin", 0}}}};
}

}  // namespace

json positions_json(const position_book& positions, const market_state& market) {
  json net = json::array();
  json day = json::array();
  for (const auto& [key, row] : positions.rows()) {
    net.push_back(position_row(key, row, market));
    if (row.bought == 0 && row.sold == 0) continue;
    position today = row;
    today.overnight = 0;
    today.overnight_value = {};
    day.push_back(position_row(key, today, market));
  }
  return {{"net", std::move(net)}, {"day", std::move(day)}};
}

json holdings_json(const account& of, const market_state& market) {
  json out = json::array();
  for (const auto& [id, held] : of.holdings) out.push_back(holding_row(id, held, market));
  return out;
}

json margins_json(const funds& of, bool equity) {
  const funds shown = equity ? of : funds{};
  const double net = rupees(shown.net().raw);
  return {{"enabled", equity},
          {"net", net},
          {"available",
           {{"adhoc_margin", 0},
            {"cash", rupees(shown.cash.raw)},
            {"opening_balance", rupees(shown.cash.raw)},
            {"live_balance", net},
            {"collateral", 0},
            {"intraday_payin", 0}}},
          {"utilised",
           {{"debits", rupees(shown.debits().raw)},
            {"exposure", rupees(shown.exposure.raw)},
            {"m2m_realised", rupees(shown.realised.raw)},
            {"m2m_unrealised", rupees(shown.unrealised.raw)},
            {"option_premium", 0},
            {"payout", 0},
            {"span", 0},
            {"holding_sales", 0},
            {"turnover", 0},
            {"liquid_collateral", 0},
            {"stock_collateral", 0},
            {"delivery", rupees(shown.delivery.raw)}}}};
}

}  // namespace bulkhead::kite_sim
