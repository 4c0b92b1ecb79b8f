#pragma once
// Bets on a return to the average: buys below, sells above a band of standard deviations, with limit orders; out when
// the price is back. Exact rules and order of operations: docs/kernel.md, "mean_reversion".
#include "strategies/per_instrument.hpp"
#include "strategies/sample_window.hpp"
#include "strategies/sampler.hpp"
#include "strategies/stance.hpp"
#include "strategies/strategy_kind.hpp"

#include <optional>
#include <span>

namespace bulkhead {

class mean_reversion final : public strategy {
 public:
  struct settings {
    std::int64_t window = 0;  ///< samples
    double entry_z = 0.0;     ///< > exit_z
    double exit_z = 0.0;      ///< >= 0
    std::int64_t interval_s = 0;
    quantity qty = 0;
    duration cooldown;
    std::int64_t limit_offset_ticks = 0;
    bool allow_short = false;
  };

  /// Throws std::invalid_argument for an instrument whose tick size is not above 0: no limit price could be found.
  mean_reversion(settings s, std::span<const instrument> instruments);

  void on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) override;
  [[nodiscard]] nlohmann::json snapshot() const override;
  void restore(const nlohmann::json& state) override;
  void flatten() override;

 private:
  struct history {
    sampler sampling;
    sample_window window;
    stance position;
  };

  /// How many standard deviations the newest sample is from the mean; nullopt: too few samples, or no deviation.
  [[nodiscard]] std::optional<double> z_of(const history& h) const;
  void evaluate_flat(history& h, double z, const instrument& row, const tick& tick, timestamp now,
                     std::vector<intent>& out) const;
  void say_exit(history& h, side s, double z, std::vector<intent>& out) const;

  settings settings_;
  per_instrument<history> histories_;
};

[[nodiscard]] strategy_kind mean_reversion_kind();

}  // namespace bulkhead
