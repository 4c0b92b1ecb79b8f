#pragma once
// Rule 6, order_value (entries): quantity times the limit price, or the last price for MARKET.
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline verdict order_value(quantity asked, price valued_at, money max) {
  const money value = valued_at * asked;
  if (value <= max) return std::nullopt;
  return refusal{"order_value", to_string(max), to_string(value), "rupees"};
}

}  // namespace bulkhead::risk
