#pragma once
// What a risk rule says when it refuses. Each rule is a pure function in its own file; nullopt lets the signal pass.
//
// The texts, which go into signal_rejected as they are (amounts in rupees as money's exact decimal text):
//   rule               limit                          observed                                          unit
//   kill_latch         the latched mode               ENTRY or EXIT                                     kill mode
//   session            09:15:00-15:30:00              time of day; on a weekend "Sat 10:00:00"          IST
//   nothing_to_exit    0 (what is left to exit)       quantity asked                                    units
//   no_price           1 (ticks needed)               0                                                 ticks
//   order_quantity     max_order_quantity (1 if less) quantity asked                                    units
//   order_value        max_order_value                quantity * price                                  rupees
//   position           max_position_quantity          worst case with this order                        units
//   price_collar       price_collar_bps               distance, rounded up to four decimals             bps
//   orders_per_second  the share of this action       approvals in the window, this one included        orders/s
#include <optional>
#include <string>

namespace bulkhead::risk {

struct refusal {
  std::string rule;
  std::string limit;
  std::string observed;
  std::string unit;
};

using verdict = std::optional<refusal>;

}  // namespace bulkhead::risk
