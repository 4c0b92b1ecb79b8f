#include "tools/kite_sim/core/positions.hpp"

#include <algorithm>
#include <cstdlib>

namespace bulkhead::kite_sim {
namespace {

struct sides {
  quantity bought = 0;
  quantity sold = 0;
  money bought_value;
  money sold_value;
};

sides whole(const position& row) {
  sides all{row.bought, row.sold, row.bought_value, row.sold_value};
  if (row.overnight > 0) {
    all.bought += row.overnight;
    all.bought_value += row.overnight_value;
  } else {
    all.sold -= row.overnight;
    all.sold_value += row.overnight_value;
  }
  return all;
}

}  // namespace

void position_book::add(instrument_id instrument, const std::string& product, order_side side, price at,
                        quantity units) {
  position& row = rows_[{instrument, product}];
  if (side == order_side::buy) {
    row.bought += units;
    row.bought_value += at * units;
  } else {
    row.sold += units;
    row.sold_value += at * units;
  }
}

bool position_book::convert(instrument_id instrument, const std::string& from, const std::string& to, order_side side,
                            quantity units) {
  const position held = of(instrument, from);
  const bool buy = side == order_side::buy;
  const quantity open = buy ? held.net() : -held.net();
  if (open < units) return false;
  const price at = open_price(held);
  // The other side's trade closes it there, this side's opens it here, both at the price it was opened at.
  add(instrument, from, buy ? order_side::sell : order_side::buy, at, units);
  add(instrument, to, side, at, units);
  return true;
}

void position_book::start_day() {
  for (auto row = rows_.begin(); row != rows_.end();) {
    const quantity net = row->second.net();
    if (net == 0) {
      row = rows_.erase(row);
      continue;
    }
    position next;
    next.overnight = net;
    next.overnight_value = open_price(row->second) * std::abs(net);
    row->second = next;
    ++row;
  }
}

void position_book::drop_product(const std::string& product) {
  std::erase_if(rows_, [&](const auto& row) { return row.first.product == product; });
}

position position_book::of(instrument_id instrument, const std::string& product) const {
  const auto found = rows_.find({instrument, product});
  return found == rows_.end() ? position{} : found->second;
}

money realised(const position& row) {
  const sides all = whole(row);
  const quantity matched = std::min(all.bought, all.sold);
  if (matched == 0) return {};
  return money{mul_div_round(all.sold_value.raw, matched, all.sold)} -
         money{mul_div_round(all.bought_value.raw, matched, all.bought)};
}

price open_price(const position& row) {
  const sides all = whole(row);
  if (all.bought > all.sold) return price{mul_div_round(all.bought_value.raw, 1, all.bought)};
  if (all.sold > all.bought) return price{mul_div_round(all.sold_value.raw, 1, all.sold)};
  return {};
}

}  // namespace bulkhead::kite_sim
