#pragma once
// Rule 8, price_collar (LIMIT): a limit far from the last price is a typing error or a stale decision.
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/refusal.hpp"

#include <cstdint>

namespace bulkhead::risk {

/// Compared without division: |limit - last| * 10000 > max_bps * last refuses. last > 0.
[[nodiscard]] verdict price_collar(price limit, price last, std::int64_t max_bps);

}  // namespace bulkhead::risk
