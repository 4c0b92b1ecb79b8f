#pragma once
// Rule 5, order_quantity (entries): at most max_order_quantity units. A quantity below 1 is refused too: it would
// reserve less than nothing and so make room for the orders behind it.
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline verdict order_quantity(quantity asked, quantity max) {
  if (asked >= 1 && asked <= max) return std::nullopt;
  return refusal{"order_quantity", std::to_string(asked < 1 ? 1 : max), std::to_string(asked), "units"};
}

}  // namespace bulkhead::risk
