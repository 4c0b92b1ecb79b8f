#pragma once
// Follows what moved: long when the price rose by so much over its last samples, out when that rise is gone. Exact
// rules and order of operations: docs/kernel.md, "momentum".
#include "strategies/per_instrument.hpp"
#include "strategies/sample_window.hpp"
#include "strategies/sampler.hpp"
#include "strategies/stance.hpp"
#include "strategies/strategy_kind.hpp"

#include <span>

namespace bulkhead {

class momentum final : public strategy {
 public:
  struct settings {
    std::int64_t lookback = 0;  ///< samples between the two prices compared
    double threshold_bps = 0.0;
    std::int64_t interval_s = 0;
    quantity qty = 0;
    duration cooldown;
    bool allow_short = false;
  };

  momentum(settings s, std::span<const instrument> instruments);

  void on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) override;
  [[nodiscard]] nlohmann::json snapshot() const override;
  void restore(const nlohmann::json& state) override;
  void flatten() override;

 private:
  struct history {
    sampler sampling;
    sample_window window;  ///< lookback + 1
    stance position;
  };

  void evaluate_flat(history& h, double change_bps, timestamp now, std::vector<intent>& out) const;
  void say(signal_action action, side s, double change_bps, std::vector<intent>& out) const;

  settings settings_;
  per_instrument<history> histories_;
};

[[nodiscard]] strategy_kind momentum_kind();

}  // namespace bulkhead
