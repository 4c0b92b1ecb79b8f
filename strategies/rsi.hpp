#pragma once
// Bets against exhaustion: buys when Wilder's relative strength index says oversold, sells when it says overbought.
// Exact rules and order of operations: docs/kernel.md, "rsi".
#include "strategies/per_instrument.hpp"
#include "strategies/sampler.hpp"
#include "strategies/stance.hpp"
#include "strategies/strategy_kind.hpp"

#include <span>

namespace bulkhead {

class rsi final : public strategy {
 public:
  struct settings {
    std::int64_t period = 0;  ///< changes that the first average is taken over
    double oversold = 0.0;
    double overbought = 0.0;
    double exit_level = 0.0;
    std::int64_t interval_s = 0;
    quantity qty = 0;
    duration cooldown;
    bool allow_short = false;
  };

  rsi(settings s, std::span<const instrument> instruments);

  void on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) override;
  [[nodiscard]] nlohmann::json snapshot() const override;
  void restore(const nlohmann::json& state) override;
  void flatten() override;

 private:
  struct history {
    sampler sampling;
    std::int64_t samples = 0;
    double previous = 0.0;
    double gain = 0.0;  ///< sum of the first `period` changes until there are so many, then the average
    double loss = 0.0;
    stance position;
  };

  void fold(history& h, double x) const;
  void evaluate_flat(history& h, double index, timestamp now, std::vector<intent>& out) const;
  void say(signal_action action, side s, double index, std::vector<intent>& out) const;

  settings settings_;
  per_instrument<history> histories_;
};

[[nodiscard]] strategy_kind rsi_kind();

}  // namespace bulkhead
