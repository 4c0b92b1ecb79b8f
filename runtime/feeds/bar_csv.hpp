#pragma once
// One-minute bars as CSV rows: `symbol,date,time,open,high,low,close,volume,oi`, time = end of the minute, IST. What
// makes a row malformed is in docs/kernel.md, "From bars to frames". Pure; one owner.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bulkhead {

inline constexpr std::string_view bar_csv_header = "symbol,date,time,open,high,low,close,volume,oi";

/// What a minute of one instrument came to. low <= open, close <= high.
struct bar {
  timestamp end;
  price open;
  price high;
  price low;
  price close;
  std::int64_t volume = 0;
  instrument_id instrument;
};

/// Checks rows one after the other: remembers the last good row of each symbol, as rows must follow each other in time.
class bar_csv_parser {
 public:
  /// Keeps a reference to `instruments`.
  explicit bar_csv_parser(const instrument_table& instruments);

  /// A row without its line end. Empty: `out` is the row. Otherwise what was found and what is allowed; `out` is then
  /// unspecified and the parser as before.
  [[nodiscard]] std::string parse(std::string_view line, bar& out);

 private:
  [[nodiscard]] std::string check_order(const bar& row) const;

  const instrument_table* instruments_;
  std::unordered_map<std::string_view, instrument_id> by_symbol_;  ///< into the table's rows
  std::vector<timestamp> last_end_;                                ///< by instrument index; 0: no good row yet
};

/// Foreign text for a message: shortened, and without control characters that could fake a line of a log.
[[nodiscard]] std::string quoted_text(std::string_view text);

}  // namespace bulkhead
