#pragma once
// Statutory and brokerage charges of one fill. Rates are dated configuration (config/charges.yaml names the source of
// each); nothing here knows a rate.
#include "runtime/domain/market.hpp"
#include "runtime/domain/money.hpp"
#include "runtime/domain/signal.hpp"
#include "runtime/domain/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bulkhead {

/// Parts per thousand million: 0.00345 % = 34'500.
struct rate {
  std::int64_t ppb = 0;
};

/// value * rate, rounded half away from zero to the paisa.
[[nodiscard]] money operator*(money value, rate r);

/// What a fill's charges go by.
enum class charge_segment : std::uint8_t { equity_intraday, equity_delivery, futures, options };
inline constexpr std::size_t charge_segment_count = 4;

/// By Kite's segment column ("...-FUT", "...-OPT") and, for equities and indices, by product: CNC is delivery.
[[nodiscard]] charge_segment charge_segment_of(const instrument& row, product p);
[[nodiscard]] std::string_view to_string(charge_segment s);  // "equity_intraday", ...

struct charge_breakdown {
  money brokerage;
  money stt;       ///< securities transaction tax
  money exchange;  ///< exchange transaction charge
  money sebi;      ///< SEBI turnover fee
  money gst;
  money stamp;
  money dp;  ///< depository participant's charge, GST included

  [[nodiscard]] money total() const;
  charge_breakdown& operator+=(const charge_breakdown& other);
};

/// What an executed order costs at the broker.
struct brokerage_terms {
  std::optional<money> flat;  ///< per order, whatever its value; the two below are then not used
  rate percent;               ///< of the order's value ...
  money cap;                  ///< ... but at most this per order
};

/// Rates of one segment on a fill's value (options: the premium).
struct segment_rates {
  brokerage_terms brokerage;
  rate stt_buy;
  rate stt_sell;
  rate exchange;
  rate sebi;
  rate stamp_buy;
  rate stamp_sell;
};

/// The components of a fill's charges that GST can be levied on.
enum class charge_component : std::uint8_t { brokerage, stt, exchange, sebi, stamp };
[[nodiscard]] std::string_view to_string(charge_component c);  // "brokerage", ...

struct gst_terms {
  rate percent;
  std::vector<charge_component> on;  ///< levied on the sum of these, each rounded
};

/// The depository participant's charge on shares that leave the account. Never on MIS, futures and options.
struct dp_terms {
  enum class levy : std::uint8_t {
    first_sale_of_day,  ///< the first CNC sale of an instrument on a date at this broker
    every_order,        ///< the first fill of every CNC sell order
  };
  money amount;
  bool gst_added = false;  ///< GST comes on top of the amount; false: the amount includes it
  levy on = levy::first_sale_of_day;
};
[[nodiscard]] std::string_view to_string(dp_terms::levy l);  // "first_sale_of_day", "every_order"

/// One period's rates, valid from `from` until the next schedule's `from`.
struct charge_rates {
  trade_date from = 0;
  std::array<segment_rates, charge_segment_count> segments;  ///< by charge_segment
  gst_terms gst;
  dp_terms dp;

  [[nodiscard]] segment_rates& of(charge_segment s) { return segments.at(static_cast<std::size_t>(s)); }
  [[nodiscard]] const segment_rates& of(charge_segment s) const { return segments.at(static_cast<std::size_t>(s)); }
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
    charge_segment segment = charge_segment::equity_intraday;
    bulkhead::side side = bulkhead::side::buy;
    bool first_delivery_sale =
        false;                 ///< first CNC sell of the instrument on this date: what the DP charge is levied on
    money value;               ///< of this fill
    money order_value_before;  ///< of the order's earlier fills
    money brokerage_before;    ///< charged on those
  };
  /// Each component rounded to the paisa on its own; brokerage is what the order owes so far less what it paid, so a
  /// flat sum and the cap hold per order. All zero before the first period.
  [[nodiscard]] charge_breakdown charge(trade_date date, const fill_facts& fill) const;

 private:
  std::vector<charge_rates> periods_;
};

}  // namespace bulkhead
