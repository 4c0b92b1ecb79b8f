#pragma once
// Ticks as CSV rows: `ts,instrument,last,bid,ask,volume`. Pure. Rule: docs/kernel.md, "Tick files".
#include "runtime/domain/market.hpp"

#include <string>
#include <string_view>

namespace bulkhead {

inline constexpr std::string_view tick_csv_header = "ts,instrument,last,bid,ask,volume";

struct tick_row {
  timestamp ts;
  bulkhead::tick tick;
};

/// A row without its line end. Empty: `out` is the row. Otherwise what was found and what is allowed; `out` is then
/// unspecified.
[[nodiscard]] std::string parse_tick_row(std::string_view line, const instrument_table& instruments, tick_row& out);

}  // namespace bulkhead
