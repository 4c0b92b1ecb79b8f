#pragma once
// A strategy: ticks in, signals out. Pure: no clock, no randomness, no knowledge of any broker. It sees only ticks of
// the open session and only of the instruments it asked for, in event-time order, and gives the same signals for the
// same ticks on every run.
#include "runtime/domain/market.hpp"
#include "runtime/domain/signal.hpp"

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// What a strategy says; the host adds id, strategy, instrument, frame and ordinal.
struct intent {
  signal_action action = signal_action::entry;
  bulkhead::side side = bulkhead::side::buy;
  quantity qty = 0;
  order_type type = order_type::market;
  price limit_price;
  std::string reason;
  bulkhead::validity validity = bulkhead::validity::day;
  price trigger_price;     ///< SL, SL-M
  price stop_loss_offset;  ///< entries: see signal; 0: no stop
  price target_offset;     ///< entries; 0: no target
};

class strategy {
 public:
  virtual ~strategy() = default;
  /// Called for each tick of its instruments. Appends zero or more intents for that instrument.
  virtual void on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) = 0;
  /// The whole state (history, position belief, cooldown), exact: doubles as their bits.
  [[nodiscard]] virtual nlohmann::json snapshot() const = 0;
  virtual void restore(const nlohmann::json& state) = 0;
  /// After a warm-up, whose intents nobody followed: holds nothing, waits for no cooldown; the history stays.
  virtual void flatten() = 0;
};

}  // namespace bulkhead
