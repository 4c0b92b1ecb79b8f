#pragma once
// What a risk rule says when it refuses. Each rule is a pure function in its own file; nullopt lets the signal pass.
//
// The texts, which go into signal_rejected as they are (amounts in rupees as money's exact decimal text):
//   rule               limit                           observed                                 unit
//   kill_latch         the latched mode                ENTRY, EXIT or MODIFY                    kill mode
//   session            09:15:00-15:30:00               time of day; weekend "Sat 10:00:00"      IST
//   instrument         trading.<broker>.instruments    the instrument's key                     instrument
//   product            BUY                             SELL                                     CNC side
//                      0.00                            the wider offset                         CNC bracket offset
//                      square_off                      time of day                              IST
//                      the entry's price               the wider offset                         bracket offset
//   signal_age         max_signal_age_ms               age, rounded up                          ms
//   nothing_to_exit    0 (what is left to exit)        quantity asked                           units
//   nothing_to_cancel  1 (orders needed)               0                                        orders
//   nothing_to_modify  1 (orders needed)               0                                        orders
//                      the order's type                the signal's type                        order type
//                      what is filled                  quantity asked                           units
//                      0                               1                                        modifications on their
//                      way
//   no_price           1 (ticks needed)                0                                        ticks
//   stale_price        max_price_age_ms                age of the last tick, rounded up         ms
//   lot_size           the lot                         quantity asked                           units
//   tick_size          the tick size                   limit or trigger                         rupees
//   freeze_quantity    the freeze quantity             quantity asked                           units
//   trigger            last price; SL also the trigger trigger; SL also the limit               rupees
//   order_quantity     max_order_quantity (1 if less)  quantity asked                           units
//   order_value        max_order_value                 quantity * price                         rupees
//   duplicate          duplicate_window_ms             time since its like, rounded up          ms
//   open_orders        max_open_orders                 working orders, this one included        orders
//   open_order_value   max_open_order_value            working entries, this one included       rupees
//   position           max_position_quantity           worst case with this order               units
//   gross_exposure     max_gross_exposure              held and entries, this one included      rupees
//   margin             what is free                    margin of this order                     rupees
//   self_trade         the other's reach, or MARKET    this one's reach, or MARKET              rupees
//   price_collar       price_collar_bps                distance, rounded up to four decimals    bps
//   orders_per_day     max_orders_per_day              approvals of the date, these included    orders/day
//   orders_per_minute  the share of this action        approvals in the window, these included  orders/min
//   orders_per_second  the share of this action        approvals in the window, these included  orders/s
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
