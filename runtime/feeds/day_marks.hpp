#pragma once
// The frames without ticks that a feed inserts by itself: clocks and session closes. Pure. Rule: docs/kernel.md, "From
// bars to frames".
#include "runtime/domain/market.hpp"
#include "runtime/domain/session.hpp"

#include <span>
#include <string>
#include <vector>

namespace bulkhead {

struct day_mark {
  timestamp ts;
  frame_kind kind = frame_kind::clock;
  friend bool operator==(const day_mark&, const day_mark&) = default;
};

/// Empty, or which of the times is not a time of day.
[[nodiscard]] std::string check_clock_times(std::span<const duration> clock_times);

/// Appends the marks of one date, in order of time, a clock before a session close of the same time; none on a date
/// that is not a trading day. `clock_times`: since midnight, in any order, each counts once.
void append_day_marks(trade_date date, const trading_session& session, std::span<const duration> clock_times,
                      std::vector<day_mark>& out);

}  // namespace bulkhead
