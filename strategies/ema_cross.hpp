#pragma once
// Follows the trend: long when a fast average of the price crosses above a slow one, out (or short) when it crosses
// below. Exact rules: docs/kernel.md, "ema_cross".
#include "strategies/per_instrument.hpp"
#include "strategies/sampler.hpp"
#include "strategies/stance.hpp"
#include "strategies/strategy_kind.hpp"

#include <span>

namespace bulkhead {

class ema_cross final : public strategy {
 public:
  struct settings {
    std::int64_t fast = 0;  ///< samples; < slow
    std::int64_t slow = 0;
    std::int64_t interval_s = 0;
    quantity qty = 0;
    duration cooldown;
    bool allow_short = false;
  };

  ema_cross(settings s, std::span<const instrument> instruments);

  void on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) override;
  [[nodiscard]] nlohmann::json snapshot() const override;
  void restore(const nlohmann::json& state) override;
  void flatten() override;

 private:
  struct history {
    sampler sampling;
    std::int64_t samples = 0;
    double fast = 0.0;
    double slow = 0.0;
    stance position;
  };

  void fold(history& h, double x) const;
  void on_cross_up(history& h, timestamp now, std::vector<intent>& out) const;
  void on_cross_down(history& h, timestamp now, std::vector<intent>& out) const;

  settings settings_;
  double fast_alpha_;
  double slow_alpha_;
  per_instrument<history> histories_;
};

[[nodiscard]] strategy_kind ema_cross_kind();

}  // namespace bulkhead
