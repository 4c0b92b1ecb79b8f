#pragma once
// What a backtest report needs of one broker's events: its fills, why each was ordered, and net P&L at every mark.
#include "runtime/domain/events.hpp"

#include <map>
#include <vector>

namespace bulkhead::app {

struct fill_fact {
  order_filled fill;
  timestamp ts;
  order_origin origin = order_origin::signal;
};

/// Net P&L at a mark: realised + unrealised - charges. Equity is capital + net.
struct net_mark {
  timestamp ts;
  money net;
};

/// The kill switch closed or opened, and with it the way for entries.
struct latch_change {
  timestamp ts;
  strategy_id strategy;  ///< empty: the whole broker
  std::string mode;      ///< "reduce-only", "halt", "released"
  std::string cause;     ///< "drawdown", ...; released: empty
  std::string reason;    ///< for people
};

class trading_history {
 public:
  /// The capital of the settings; the journal opens with the same.
  trading_history(broker_id id, money opening_capital) : broker(std::move(id)), capital(opening_capital) {}

  /// In journal order.
  void add(const event& e);
  /// The last mark, made after the run; takes the place of a journaled one at the same time.
  void close(const portfolio_snapshot& newest, timestamp ts);

  broker_id broker;
  money capital;
  std::uint64_t signals = 0;
  std::uint64_t rejected = 0;  ///< signals refused by the risk rules
  std::uint64_t orders = 0;
  std::uint64_t withheld = 0;  ///< approved, but placing is off
  std::vector<fill_fact> fills;
  std::vector<net_mark> account;
  std::map<strategy_id, std::vector<net_mark>> strategies;  ///< every one that traded
  std::vector<latch_change> latches;
  portfolio_snapshot last;  ///< the newest mark, whole
  timestamp marked_at;

 private:
  std::map<client_order_id, order_origin> origins_;
};

}  // namespace bulkhead::app
