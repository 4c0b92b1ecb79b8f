#pragma once
// Rule 4, product (entries): what a product does not allow. CNC is delivery: never short, and its stop would have to
// work for longer than a DAY order does; MIS must be out of the market by the broker's square-off.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/signal.hpp"

#include <optional>

namespace bulkhead::risk {

/// valued_at: the entry's price (limit, trigger or last), 0 where there is no last price yet: rule 7 refuses that.
[[nodiscard]] verdict product_rule(const signal& s, timestamp now, std::optional<duration> square_off, price valued_at);

}  // namespace bulkhead::risk
