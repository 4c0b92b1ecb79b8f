#pragma once
// Rule 17, price_collar: a limit or trigger far from the last price is a typing error or a stale decision.
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/refusal.hpp"

#include <cstdint>

namespace bulkhead::risk {

/// Compared without division: |asked - last| * 10000 > max_bps * last refuses. max_bps: 0: no limit. last > 0.
[[nodiscard]] verdict price_collar(price asked, price last, std::int64_t max_bps);

}  // namespace bulkhead::risk
