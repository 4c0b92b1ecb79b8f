#pragma once
// The limit orders that rest at the simulated exchange, one instrument's, best price first and then by time; and the
// matching of what comes in against them and against the market's levels. Pure.
#include "tools/kite_sim/core/market_state.hpp"
#include "tools/kite_sim/core/sim_order.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace bulkhead::kite_sim {

/// Index of an order in the exchange's list.
using order_index = std::size_t;

/// Ordered so that the first of a set is the first to be filled.
struct resting_key {
  std::int64_t rank = 0;  ///< ask: raw price; bid: its negative
  std::uint64_t priority = 0;
  order_index order = 0;
  friend constexpr auto operator<=>(const resting_key&, const resting_key&) = default;
};

/// A part of an order that found its other side.
struct execution {
  order_index order = 0;
  std::optional<order_index> other;  ///< an order that rested here, filled by the same units
  std::optional<std::size_t> level;  ///< or a level of the market
  price at_price;
  quantity units = 0;
};

struct incoming {
  order_index order = 0;
  order_side side = order_side::buy;
  price limit;
  quantity units = 0;
};

class resting_orders {
 public:
  void add(order_side side, price limit, std::uint64_t priority, order_index order, quantity units);
  void remove(order_side side, price limit, std::uint64_t priority, order_index order);
  [[nodiscard]] bool empty() const noexcept { return bids_.empty() && asks_.empty(); }

  /// What an order that comes in is filled by, best price first; a resting order goes before a level of the same price
  /// and gives its own price. The resting orders' units become less; one that is filled leaves.
  [[nodiscard]] std::vector<execution> meet(const incoming& order, const ladder& opposite);
  /// What the market's new levels fill of the resting orders of a side, each at its own limit: it was there first.
  [[nodiscard]] std::vector<execution> meet_market(order_side side, const ladder& opposite);

 private:
  struct resting {
    resting_key key;
    price limit;
    mutable quantity units = 0;  ///< no part of the order of the set
    friend bool operator<(const resting& a, const resting& b) { return a.key < b.key; }
  };
  using book = std::set<resting>;
  [[nodiscard]] book& side_of(order_side side) { return side == order_side::buy ? bids_ : asks_; }

  book bids_;
  book asks_;
};

}  // namespace bulkhead::kite_sim
