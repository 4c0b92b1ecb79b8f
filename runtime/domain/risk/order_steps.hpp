#pragma once
// Rule 8, lot_size, tick_size, freeze_quantity: the steps in which the exchange takes quantities and prices. What an
// instrument's row leaves at 0 is not known and not checked.
#include "runtime/domain/market.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline verdict lot_size(quantity asked, quantity lot) {
  if (lot <= 0 || asked % lot == 0) return std::nullopt;
  return refusal{"lot_size", std::to_string(lot), std::to_string(asked), "units"};
}

/// p: 0 where the order has no such price.
[[nodiscard]] inline verdict tick_size(price p, price tick) {
  if (tick.raw <= 0 || p.raw % tick.raw == 0) return std::nullopt;
  return refusal{"tick_size", to_string(tick), to_string(p), "rupees"};
}

[[nodiscard]] inline verdict freeze_quantity(quantity asked, quantity freeze) {
  if (freeze <= 0 || asked <= freeze) return std::nullopt;
  return refusal{"freeze_quantity", std::to_string(freeze), std::to_string(asked), "units"};
}

}  // namespace bulkhead::risk
