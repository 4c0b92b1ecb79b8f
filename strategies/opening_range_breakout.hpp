#pragma once
// Goes with the first move out of the day's opening range, once a day, with a bracket that takes the position out
// again. Exact rules: docs/kernel.md, "opening_range_breakout".
#include "strategies/per_instrument.hpp"
#include "strategies/strategy_kind.hpp"

#include <span>

namespace bulkhead {

class opening_range_breakout final : public strategy {
 public:
  struct settings {
    std::int64_t range_minutes = 0;
    quantity qty = 0;
    std::int64_t stop_loss_ticks = 0;  ///< 0: no stop
    std::int64_t target_ticks = 0;     ///< 0: no target
    duration latest_entry;             ///< since midnight IST
    bool allow_short = false;
  };

  /// Throws std::invalid_argument for an instrument whose tick size is not above 0: a bracket could not be placed.
  opening_range_breakout(settings s, std::span<const instrument> instruments, const trading_session& session);

  void on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) override;
  [[nodiscard]] nlohmann::json snapshot() const override;
  void restore(const nlohmann::json& state) override;
  void flatten() override;

 private:
  struct history {
    trade_date date = 0;  ///< 0: no tick yet
    bool seen = false;    ///< a tick fell into the date's range
    price high;
    price low;
    bool entered = false;  ///< on this date
  };

  void enter(history& h, side s, const instrument& row, std::vector<intent>& out) const;

  settings settings_;
  trading_session session_;
  per_instrument<history> histories_;
};

[[nodiscard]] strategy_kind opening_range_breakout_kind();

}  // namespace bulkhead
