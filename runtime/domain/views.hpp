#pragma once
// What people look at: orders, positions, portfolio, history, kill latches and strategies as flat hashes, made from
// events. Each event sets fields that do not depend on other events, so writing it again changes nothing.
//
// Every key begins with "{broker}:". Amounts are exact decimal rupees, times ISO 8601 in IST, an empty text: none.
// Every hash has `updated_at` and `seq`, of the event that wrote it last.
//
//   orders:{client order id}                         status, strategy, instrument, side, type, product, validity,
//       quantity, limit_price, trigger_price, origin, group, reduces, signal_id, submitted_at; broker_order_id,
//       filled_quantity, last_fill_price, triggered (true, false), reason;
//       modification: the newest one's state (requested, done, rejected), with modification_quantity,
//       modification_limit_price, modification_trigger_price (what it asks for) and modification_reason. Done: quantity
//       and prices above are the new ones.
//   positions:{strategy}:{instrument}:{product}      quantity, cost, last_price, realised, unrealised, charges
//   portfolio:summary                                the account: cash, equity, realised, unrealised, charges, net,
//       day_pnl, peak, drawdown, gross_exposure, margin
//   portfolio:strategy:{strategy}                    the same without cash and equity
//   history:{yyyy-mm-dd}                             portfolio:summary as the date's last snapshot left it: its close
//   history:{yyyy-mm-dd}:{strategy}                  portfolio:strategy likewise
//   kill:broker, kill:strategy:{strategy}            mode (off, reduce-only, halt), cause, reason
//   strategies:{strategy}                            change (paused, resumed, reloaded, ...), reason
#include "runtime/domain/events.hpp"
#include "runtime/domain/ids.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bulkhead {

struct view_change {
  std::string key;
  std::vector<std::pair<std::string, std::string>> fields;
};

[[nodiscard]] std::vector<view_change> views_of(const event& e, const broker_id& broker,
                                                const instrument_table& instruments);

/// Makes one change per key of many: of each field the newest value. Writing them leaves what writing each in turn
/// leaves. Every portfolio snapshot sets the same keys, so a page of events needs a fraction of the writes.
class merged_changes {
 public:
  void add(view_change change);
  /// In the order in which the keys came first; empty afterwards.
  [[nodiscard]] std::vector<view_change> take();

 private:
  std::vector<view_change> changes_;
  std::unordered_map<std::string, std::size_t> index_;  ///< by key, in `changes_`
};

}  // namespace bulkhead
