#include "tools/kite_sim/core/account.hpp"

#include <algorithm>
#include <cstdlib>

namespace bulkhead::kite_sim {
namespace {

constexpr std::string_view delivery_product = "CNC";

/// Worst case of a position: what is open, and what its orders could add on one side.
struct worst_case {
  quantity net = 0;
  quantity buys = 0;
  quantity sells = 0;
  money buy_value;
  price reference;  ///< highest of the last price and the orders' prices
};

std::map<position_key, worst_case> worst_cases(const account& of, const std::vector<working_order>& working,
                                               const market_state& market) {
  std::map<position_key, worst_case> all;
  for (const auto& [key, row] : of.positions.rows()) {
    worst_case& one = all[key];
    one.net = row.net();
    one.reference = std::max(market.row(key.instrument).last, open_price(row));
  }
  for (const working_order& order : working) {
    worst_case& one = all[{order.instrument, order.product}];
    if (order.side == order_side::buy) {
      one.buys += order.units;
      one.buy_value += order.at * order.units;
    } else {
      one.sells += order.units;
    }
    one.reference = std::max({one.reference, order.at, market.row(order.instrument).last});
  }
  return all;
}

money percent_of(money value, std::int64_t percent) { return money{mul_div_round(value.raw, percent, 100)}; }

}  // namespace

void account::trade(const sim_trade& t) {
  positions.add(t.instrument, t.product, t.side, t.at_price, t.units);
  if (t.side == order_side::sell) {
    traded += t.at_price * t.units;
    if (t.product == delivery_product) {
      if (const auto held = holdings.find(t.instrument); held != holdings.end()) held->second.used += t.units;
    }
  } else {
    traded -= t.at_price * t.units;
  }
}

void account::start_day() {
  for (auto& [instrument, held] : holdings) held.undelivered = 0;
  for (const auto& [key, row] : positions.rows()) {
    realised_before += realised(row);
    if (key.product != delivery_product || row.net() == 0) continue;
    holding& held = holdings[key.instrument];
    if (row.net() > 0) {
      const money cost = held.average * held.units + open_price(row) * row.net();
      held.units += row.net();
      held.undelivered = row.net();
      held.average = price{mul_div_round(cost.raw, 1, held.units)};
    } else {
      held.units = std::max<quantity>(0, held.units + row.net());
    }
  }
  for (auto& [instrument, held] : holdings) held.used = 0;
  std::erase_if(holdings, [](const auto& entry) { return entry.second.units == 0; });
  positions.start_day();
  positions.drop_product(std::string{delivery_product});
  morning = positions;
  conversions.clear();
}

funds funds_of(const account& of, const std::vector<working_order>& working, const market_state& market,
               const margin_settings& settings) {
  funds out;
  out.cash = of.opening;
  out.realised = of.realised_before;
  for (const auto& [key, row] : of.positions.rows()) {
    out.realised += realised(row);
    const price last = market.row(key.instrument).last;
    if (row.net() != 0) out.unrealised += last * row.net() - open_price(row) * row.net();
  }
  for (const auto& [key, worst] : worst_cases(of, working, market)) {
    if (key.product == delivery_product) {
      const quantity bought = std::max<quantity>(0, worst.net);
      out.delivery += open_price(of.positions.of(key.instrument, key.product)) * bought + worst.buy_value;
      continue;
    }
    const quantity units = std::max({worst.net + worst.buys, worst.sells - worst.net, std::abs(worst.net)});
    const std::int64_t percent = key.product == "MIS" ? settings.mis_percent : settings.nrml_percent;
    out.exposure += percent_of(worst.reference * units, percent);
  }
  return out;
}

quantity sellable(const account& of, const std::vector<working_order>& working, instrument_id instrument) {
  const position today = of.positions.of(instrument, std::string{delivery_product});
  const auto held = of.holdings.find(instrument);
  quantity units = today.net() + (held == of.holdings.end() ? 0 : held->second.units);
  for (const working_order& order : working) {
    if (order.instrument == instrument && order.product == delivery_product && order.side == order_side::sell) {
      units -= order.units;
    }
  }
  return units;
}

}  // namespace bulkhead::kite_sim
