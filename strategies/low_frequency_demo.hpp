#pragma once
// Buys in one period and sells in the next, whatever the price: shows the whole path of an order without an opinion.
// Exact rules: docs/kernel.md, "low_frequency_demo".
#include "strategies/per_instrument.hpp"
#include "strategies/strategy_kind.hpp"

#include <span>

namespace bulkhead {

class low_frequency_demo final : public strategy {
 public:
  struct settings {
    std::int64_t period_s = 0;
    quantity qty = 0;
  };

  low_frequency_demo(settings s, std::span<const instrument> instruments);

  void on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) override;
  [[nodiscard]] nlohmann::json snapshot() const override;
  void restore(const nlohmann::json& state) override;
  void flatten() override;

 private:
  struct history {
    bool started = false;
    std::int64_t bucket = 0;
    bool holding = false;
  };

  settings settings_;
  per_instrument<history> histories_;
};

[[nodiscard]] strategy_kind low_frequency_demo_kind();

}  // namespace bulkhead
