#pragma once
// Rule 15, margin (entries, broker): an order binds no more than what the account has free.
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline verdict margin_rule(money of_order, money free) {
  if (of_order <= free) return std::nullopt;
  return refusal{"margin", to_string(free), to_string(of_order), "rupees"};
}

}  // namespace bulkhead::risk
