#pragma once
// Positions of one account: what was bought and sold today by instrument and product, and what came over the night.
// The arithmetic reproduces the rows of Kite's documentation; see docs/kite-simulator.md. Pure integers.
#include "tools/kite_sim/core/sim_order.hpp"

#include <map>
#include <string>

namespace bulkhead::kite_sim {

struct position_key {
  instrument_id instrument;
  std::string product;
  friend auto operator<=>(const position_key&, const position_key&) = default;
};

struct position {
  quantity bought = 0;  ///< today
  quantity sold = 0;    ///< today
  money bought_value;
  money sold_value;
  quantity overnight = 0;  ///< signed
  money overnight_value;   ///< what the overnight part cost, without sign

  [[nodiscard]] quantity net() const { return overnight + bought - sold; }
};

class position_book {
 public:
  void add(instrument_id instrument, const std::string& product, order_side side, price at, quantity units);
  /// Takes units of one side from a product and gives them to another at their average price. False, and nothing
  /// changes: fewer than that are held on that side.
  bool convert(instrument_id instrument, const std::string& from, const std::string& to, order_side side,
               quantity units);
  /// What is open stays as the overnight part, at its average price; flat rows go.
  void start_day();
  /// Forgets the rows of a product: its units went elsewhere.
  void drop_product(const std::string& product);

  [[nodiscard]] const std::map<position_key, position>& rows() const noexcept { return rows_; }
  [[nodiscard]] position of(instrument_id instrument, const std::string& product) const;

 private:
  std::map<position_key, position> rows_;
};

/// What round trips of this row earned: matched units at the average prices, rounded.
[[nodiscard]] money realised(const position& row);
/// Price of what is open: the side's average; 0 when flat.
[[nodiscard]] price open_price(const position& row);

}  // namespace bulkhead::kite_sim
