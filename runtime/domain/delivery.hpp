#pragma once
// Shares that were bought for delivery, as a broker's account has them: a position on the day of the trade, a holding
// from the next day on. Pure.
#include "runtime/domain/account_ledger.hpp"
#include "runtime/domain/signal.hpp"
#include "runtime/domain/time.hpp"

#include <string>
#include <string_view>

namespace bulkhead {

[[nodiscard]] inline bool is_delivery(const account_line& line) { return line.second == to_string(product::cnc); }

/// A broker moves what was bought to the holdings in the night, one list after the other: from midnight until then the
/// two do not add up.
[[nodiscard]] inline bool is_moving_to_holdings(timestamp at) { return time_of_day(at) < seconds(9 * 3600); }

/// Shares of one name are the same on both exchanges: a holding is shown under one of them, wherever it was bought.
[[nodiscard]] inline account_line pooled(const account_line& line) {
  constexpr std::string_view other = "BSE:";
  if (!is_delivery(line) || !line.first.starts_with(other)) return line;
  return {"NSE:" + line.first.substr(other.size()), line.second};
}

}  // namespace bulkhead
