#pragma once
// One user's account at the simulated broker: cash, positions, holdings, and what an order needs of them. Pure.
//
// No charges and no settlement: cash is what was there at the start, less purchases, plus sales. Blocked is the value
// of CNC purchases, and a percentage of the worst case of each MIS or NRML position with its open orders.
#include "tools/kite_sim/core/market_state.hpp"
#include "tools/kite_sim/core/positions.hpp"
#include "tools/kite_sim/core/sim_order.hpp"

#include <map>
#include <string>
#include <vector>

namespace bulkhead::kite_sim {

struct margin_settings {
  std::int64_t mis_percent = 20;
  std::int64_t nrml_percent = 100;
};

struct holding {
  quantity units = 0;  ///< as the day began
  quantity used = 0;   ///< sold today
  price average;
  quantity undelivered = 0;  ///< of the units, bought the day before (T1)
};

/// An order that still works, for the sums of funds.
struct working_order {
  std::size_t order = 0;  ///< index of the order
  instrument_id instrument;
  std::string product;
  order_side side = order_side::buy;
  quantity units = 0;  ///< open
  price at;            ///< its limit, or the last price
};

struct conversion {
  instrument_id instrument;
  std::string from;
  std::string to;
  order_side side = order_side::buy;
  quantity units = 0;
};

struct account {
  std::string user_id;
  money opening;          ///< cash at the start of the simulation
  money traded;           ///< sales less purchases since
  money realised_before;  ///< of the days before
  position_book positions;
  position_book morning;                ///< as the day began: what a lagging view starts from
  std::vector<conversion> conversions;  ///< of today
  std::map<instrument_id, holding> holdings;

  void trade(const sim_trade& t);
  void start_day();
};

struct funds {
  money cash;      ///< opening
  money realised;  ///< round trips, all days
  money unrealised;
  money delivery;  ///< blocked by CNC purchases
  money exposure;  ///< blocked by MIS and NRML
  [[nodiscard]] money debits() const { return delivery + exposure - realised; }
  [[nodiscard]] money net() const { return cash - debits(); }
};

[[nodiscard]] funds funds_of(const account& of, const std::vector<working_order>& working, const market_state& market,
                             const margin_settings& settings);

/// Units of an instrument that CNC may still sell: holdings and today's purchases, less open sales.
[[nodiscard]] quantity sellable(const account& of, const std::vector<working_order>& working, instrument_id instrument);

}  // namespace bulkhead::kite_sim
