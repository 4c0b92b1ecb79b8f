#include "runtime/domain/risk/bracket.hpp"

#include <algorithm>

namespace bulkhead::risk {
namespace {

/// At a distance from the fill, rounded to the tick away from it; nullopt: no price above 0, or above every price.
std::optional<price> at_distance(price filled_at, std::int64_t direction, price offset, price tick) {
  if (offset.raw == 0) return std::nullopt;
  const std::int64_t step = std::max<std::int64_t>(tick.raw, 1);
  const std::int64_t exact = filled_at.raw + direction * offset.raw;
  if (exact <= 0) return std::nullopt;
  const price rounded{(direction < 0 ? exact : exact + step - 1) / step * step};
  if (rounded.raw <= 0 || rounded > price::max()) return std::nullopt;
  return rounded;
}

}  // namespace

bracket_prices prices_of_bracket(side entry_side, price filled_at, price stop_loss_offset, price target_offset,
                                 price tick) {
  const std::int64_t winning = sign(entry_side);
  return {at_distance(filled_at, -winning, stop_loss_offset, tick),
          at_distance(filled_at, winning, target_offset, tick)};
}

}  // namespace bulkhead::risk
