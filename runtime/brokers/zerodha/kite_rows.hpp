#pragma once
// Rows of Kite's answers as typed structs. Each reader takes the answer's `data`, and throws kite_error where a field
// that Bulkhead lives on is missing or impossible: then nothing of the answer is used. Unknown keys are ignored. The
// two lists that fills depend on can be read row by row, too: one odd row of another app must not hide our own.
#include "runtime/brokers/zerodha/kite_json.hpp"
#include "runtime/domain/ids.hpp"
#include "runtime/domain/signal.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

/// Where an order of Kite's stands, in words of ours: Kite's list of statuses is open.
enum class kite_stage : std::uint8_t {
  moving,  ///< on its way, or being changed, or a status that nobody has told us of: live
  resting_for_trigger,
  open,
  complete,   ///< terminal
  cancelled,  ///< terminal; may have fills
  rejected,   ///< terminal
};
[[nodiscard]] kite_stage kite_stage_of(std::string_view status);
[[nodiscard]] constexpr bool is_terminal(kite_stage s) { return s >= kite_stage::complete; }

/// One state of one order: from the order book, an order's history, the socket or a postback.
struct kite_order_row {
  bulkhead::broker_order_id broker_order_id;
  std::string status;          ///< as sent
  std::string status_message;  ///< empty: none
  std::string tag;             ///< ours: the client order id; empty: none
  std::vector<std::string> tags;
  std::string exchange, tradingsymbol;
  bulkhead::side side = bulkhead::side::buy;
  std::string variety, order_type, product, validity;  ///< as sent; Kite itself changes the type of some orders
  quantity qty = 0;
  quantity filled = 0;  ///< at most qty. What remains at the end is qty - filled: Kite's own figures for it disagree
  price limit_price, trigger_price;
  price average_price;          ///< means something in COMPLETE only
  std::string order_timestamp;  ///< as sent: it is part of the checksum of a postback
  std::string placed_by;

  [[nodiscard]] kite_stage stage() const { return kite_stage_of(status); }
};

struct kite_trade_row {
  std::string trade_id;
  bulkhead::broker_order_id broker_order_id;
  std::string exchange, tradingsymbol, product;
  bulkhead::side side = bulkhead::side::buy;
  quantity qty = 0;
  bulkhead::price price;
  std::string fill_timestamp;  ///< as sent; empty: none
};

struct kite_position_row {
  std::string exchange, tradingsymbol, product;
  std::uint32_t token = 0;
  quantity qty = 0;            ///< signed; includes what was held overnight
  quantity overnight_qty = 0;  ///< signed
  std::int64_t multiplier = 1;
  price average_price, last_price, close_price;
  quantity buy_qty = 0;
  quantity sell_qty = 0;
  money buy_value, sell_value, pnl, m2m;
};

struct kite_positions {
  std::vector<kite_position_row> net;  ///< what is held
  std::vector<kite_position_row> day;  ///< of today's trades alone
};

/// Shares in the demat account, or on their way there.
struct kite_holding_row {
  std::string exchange;  ///< one of those that list it, wherever it was bought
  std::string tradingsymbol, product;
  /// What this day began with: sales of today show as a negative position, and are not taken off here. Pledged shares
  /// and those that are not delivered yet (T1) count.
  quantity opening_qty = 0;
};

struct kite_margin {
  bool enabled = false;
  money net, cash, opening_balance, live_balance, collateral, intraday_payin, debits;
};

struct kite_margins {
  std::optional<kite_margin> equity, commodity;
};

/// Who the session belongs to; its tokens are read apart.
struct kite_profile {
  std::string user_id, user_name, broker;
  std::vector<std::string> exchanges, products, order_types;
};

/// "2026-11-23 09:15:00", IST; nullopt for anything else.
[[nodiscard]] std::optional<timestamp> parse_kite_time(std::string_view text);

[[nodiscard]] kite_order_row read_order(const kite_value& object, std::string where);
[[nodiscard]] std::vector<kite_order_row> read_orders(const kite_value& data);
[[nodiscard]] std::vector<kite_trade_row> read_trades(const kite_value& data);

/// The rows that can be read; of the others, why not, by their ids.
struct kite_order_list {
  std::vector<kite_order_row> rows;
  std::vector<std::string> skipped;
  bool may_lack_ours = false;  ///< one that was skipped may have a tag of ours: the list proves no absence
};
struct kite_trade_list {
  std::vector<kite_trade_row> rows;
  std::vector<std::string> skipped;
};
/// Throw only where it is no list.
[[nodiscard]] kite_order_list read_order_list(const kite_value& data);
[[nodiscard]] kite_trade_list read_trade_list(const kite_value& data);

[[nodiscard]] kite_positions read_positions(const kite_value& data);
[[nodiscard]] std::vector<kite_holding_row> read_holdings(const kite_value& data);
[[nodiscard]] kite_margins read_margins(const kite_value& data);
[[nodiscard]] kite_profile read_profile(const kite_value& data);
/// data.order_id: the answer to a placement, a modification, a cancel.
[[nodiscard]] broker_order_id read_order_id(const kite_value& data);

}  // namespace bulkhead
