#pragma once
// From a form to an order that may be placed: every field checked, as Kite checks it before it takes the order. Pure.
#include "tools/kite_sim/core/kite_text.hpp"
#include "tools/kite_sim/core/listing.hpp"
#include "tools/kite_sim/core/sim_order.hpp"

#include <string>
#include <string_view>

namespace bulkhead::kite_sim {

struct order_rules {
  bool trade_indices = false;              ///< take orders on indices, which Zerodha does not
  bool require_market_protection = true;   ///< since April 2026
  std::int64_t auto_protection_bps = 200;  ///< what market_protection=-1 stands for, hundredths of a percent
};

struct order_request {
  std::string variety;
  std::string product;
  std::string tag;
  instrument_id instrument;
  order_side side = order_side::buy;
  order_terms terms;
  std::int64_t protection_bps = 0;  ///< of MARKET and SL-M, hundredths of a percent; 0: none
  bool autoslice = false;
};

/// Throws kite_error (InputException) that names the field, what was given and what is allowed.
[[nodiscard]] order_request read_placement(std::string_view variety, const form& fields, const listing& listed,
                                           const order_rules& rules);

struct terms_change {
  order_terms terms;
  std::int64_t protection_bps = 0;
};

/// `now` with the fields of a modification. Throws as above.
[[nodiscard]] terms_change read_modification(const form& fields, const order_terms& now, const instrument& of,
                                             const order_rules& rules);

/// Rupees with at most four decimals, zero and more; nullopt for anything else.
[[nodiscard]] std::optional<price> read_price(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> read_integer(std::string_view text);

}  // namespace bulkhead::kite_sim
