#pragma once
// Kite's daily list of instruments: CSV, about a hundred thousand rows. Pure.
#include "runtime/brokers/zerodha/kite_json.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

inline constexpr std::size_t max_instruments_bytes = 64UL * 1024 * 1024;

struct kite_instrument_row {
  std::uint32_t token = 0;  ///< given to another derivative after this one's expiry: the key is exchange:tradingsymbol
  std::string exchange, tradingsymbol, name;
  trade_date expiry = 0;  ///< 0: none
  price strike;
  price tick_size;
  quantity lot_size = 1;
  std::string type;     ///< EQ, FUT, CE, PE
  std::string segment;  ///< "NSE", "NFO-FUT", "INDICES", ...
};

/// Throws kite_error, with the line, where a column is missing or a value impossible: a list that is cut off or is no
/// list (an error page) is refused whole.
[[nodiscard]] std::vector<kite_instrument_row> read_instruments(std::string_view csv);

}  // namespace bulkhead
