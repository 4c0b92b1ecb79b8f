#pragma once
// Rule 16, self_trade (entries): two strategies of one account must not trade with each other; exchanges forbid it.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/signal.hpp"

#include <optional>

namespace bulkhead::risk {

/// own, other: how far the two orders reach, see reach_of(); `other` nullopt: no order that this one could meet.
[[nodiscard]] inline verdict self_trade(side s, price own, std::optional<price> other) {
  if (!other) return std::nullopt;
  const auto text = [](side of, price reach) {
    return reach == (of == side::buy ? price::max() : price{0}) ? std::string{"MARKET"} : to_string(reach);
  };
  return refusal{"self_trade", text(opposite(s), *other), text(s, own), "rupees"};
}

}  // namespace bulkhead::risk
