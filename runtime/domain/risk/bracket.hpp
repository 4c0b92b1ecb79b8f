#pragma once
// Where the protective orders of a bracketed entry's fill lie: a stop on the losing side, a target on the winning side,
// both rounded away from the fill (docs/kernel.md, "What the risk manager owes").
#include "runtime/domain/money.hpp"
#include "runtime/domain/signal.hpp"

#include <optional>

namespace bulkhead::risk {

struct bracket_prices {
  std::optional<price> stop;    ///< trigger of an SL-M; nullopt: not asked for, or no price above 0
  std::optional<price> target;  ///< limit; likewise
};

/// An offset of 0 asks for no such order. tick: 0: every price is one.
[[nodiscard]] bracket_prices prices_of_bracket(side entry_side, price filled_at, price stop_loss_offset,
                                               price target_offset, price tick);

}  // namespace bulkhead::risk
