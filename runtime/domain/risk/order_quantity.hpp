#pragma once
// Rule 10, order_quantity (entries): at most max_order_quantity units. A quantity below 1 is refused under any limit:
// it would reserve less than nothing and so make room for the orders behind it.
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

/// max: 0: no limit.
[[nodiscard]] inline verdict order_quantity(quantity asked, quantity max) {
  if (asked < 1) return refusal{"order_quantity", "1", std::to_string(asked), "units"};
  if (max == 0 || asked <= max) return std::nullopt;
  return refusal{"order_quantity", std::to_string(max), std::to_string(asked), "units"};
}

}  // namespace bulkhead::risk
