#pragma once
// Rule 12, open_orders (entries): so many orders may work at once, exits and each order of a group included.
#include "runtime/domain/risk/refusal.hpp"

#include <cstdint>

namespace bulkhead::risk {

/// with_this: working orders once this one is among them. max: 0: no limit.
[[nodiscard]] inline verdict open_orders(std::int64_t with_this, std::int64_t max) {
  if (max == 0 || with_this <= max) return std::nullopt;
  return refusal{"open_orders", std::to_string(max), std::to_string(with_this), "orders"};
}

}  // namespace bulkhead::risk
