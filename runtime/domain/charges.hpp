#pragma once
// Statutory and brokerage charges of one fill. Rates are dated configuration (config/charges.yaml names the source of
// each); nothing here knows a rate.
#include "runtime/domain/money.hpp"
#include "runtime/domain/signal.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

/// Parts per thousand million: 0.00345 % = 34'500.
struct rate {
  std::int64_t ppb = 0;
};

/// value * rate, rounded half away from zero to the paisa.
[[nodiscard]] money operator*(money value, rate r);

struct charge_breakdown {
  money brokerage;
  money stt;       ///< securities transaction tax
  money exchange;  ///< exchange transaction charge
  money sebi;      ///< SEBI turnover fee
  money gst;
  money stamp;

  [[nodiscard]] money total() const;
  charge_breakdown& operator+=(const charge_breakdown& other);
};

/// One period's rates, valid from `from` until the next schedule's `from`.
struct charge_rates {
  trade_date from = 0;
  rate brokerage;
  money brokerage_cap;  ///< per executed order
  rate stt_buy;
  rate stt_sell;
  rate exchange;
  rate sebi;
  rate gst;  ///< on brokerage + exchange + sebi
  rate stamp_buy;
  rate stamp_sell;
};

/// Rates by date. Immutable after construction.
class charge_schedule {
 public:
  charge_schedule() = default;
  /// Sorted by date; throws std::invalid_argument on two periods with the same start or on an empty list.
  explicit charge_schedule(std::vector<charge_rates> periods);

  /// The period that holds on that date; nullptr before the first.
  [[nodiscard]] const charge_rates* at(trade_date date) const;

  struct fill_facts {
    bulkhead::side side = bulkhead::side::buy;
    money value;               ///< of this fill
    money order_value_before;  ///< of the order's earlier fills
    money brokerage_before;    ///< charged on those
  };
  /// Each component rounded to the paisa on its own; brokerage is what the order owes so far less what it paid, so the
  /// cap holds per order. All zero before the first period.
  [[nodiscard]] charge_breakdown charge(trade_date date, const fill_facts& fill) const;

 private:
  std::vector<charge_rates> periods_;
};

}  // namespace bulkhead
