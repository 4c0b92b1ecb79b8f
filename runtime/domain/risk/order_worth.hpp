#pragma once
// The rules about rupees of entries: 10 order_value, 12 open_order_value, 14 gross_exposure.
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

/// value: quantity times price of the one order, or of everything that counts with it. max: 0: no limit.
[[nodiscard]] inline verdict at_most_worth(const char* rule, money value, money max) {
  if (max.raw == 0 || value <= max) return std::nullopt;
  return refusal{rule, to_string(max), to_string(value), "rupees"};
}

}  // namespace bulkhead::risk
