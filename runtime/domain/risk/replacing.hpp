#pragma once
// Beside a venue with its own clock: when an order makes room for another in its place, and why. The reasons stand in
// order_cancel_requested, and the fold knows them by their text.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <string_view>

namespace bulkhead::risk {

inline constexpr std::string_view not_filled_reason = "not filled in time: sent again";
inline constexpr std::string_view too_large_reason = "cannot be made smaller: replaced";

[[nodiscard]] constexpr bool makes_room(std::string_view reason) {
  return reason == not_filled_reason || reason == too_large_reason;
}

/// Zerodha lets an order be modified 25 times.
inline constexpr std::uint32_t most_modifications = 20;
/// In a row, until a protective order is replaced.
inline constexpr std::uint32_t most_refusals = 4;

/// Whether the exchange takes a stop without a limit (SL-M): BSE does not since 2023, NSE not for options since 2021.
[[nodiscard]] inline bool takes_stop_market(const instrument& i) {
  const std::string_view exchange = i.exchange;
  const bool is_of_bse = exchange == "BSE" || exchange == "BFO" || exchange == "BCD";
  return !is_of_bse && !std::string_view{i.segment}.ends_with("-OPT");
}

}  // namespace bulkhead::risk
