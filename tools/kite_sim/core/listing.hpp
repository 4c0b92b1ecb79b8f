#pragma once
// What the exchange lists: the instrument table with the columns of Kite's CSV that no trading rule reads. Pure,
// read-only after start.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bulkhead::kite_sim {

/// The columns beside those of `instrument`; by the same index.
struct listing_columns {
  std::int64_t exchange_token = 0;
  std::string name;
  price last_price;  ///< 0: none given; otherwise the close before the market's first day
  std::string expiry;
  price strike;
  std::string instrument_type;
};

class listing {
 public:
  listing(instrument_table table, std::vector<listing_columns> columns);

  [[nodiscard]] const instrument_table& table() const noexcept { return table_; }
  [[nodiscard]] const listing_columns& columns(instrument_id id) const { return columns_.at(id.index); }
  [[nodiscard]] std::optional<instrument_id> by_token(std::uint32_t token) const;
  /// "NSE:INFY", or a token in digits.
  [[nodiscard]] std::optional<instrument_id> by_key_or_token(std::string_view text) const;
  /// Kite's CSV with its twelve columns. An empty `exchange`: all of them.
  [[nodiscard]] std::string csv(std::string_view exchange) const;
  [[nodiscard]] bool has_exchange(std::string_view exchange) const;

 private:
  instrument_table table_;
  std::vector<listing_columns> columns_;
  std::unordered_map<std::uint32_t, instrument_id> by_token_;
};

/// Segment 9 of a token: an index, which has packets of its own and is not traded at Zerodha.
[[nodiscard]] constexpr bool is_index_token(std::uint32_t token) { return (token & 0xffU) == 9; }

}  // namespace bulkhead::kite_sim
