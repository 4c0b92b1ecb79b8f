#pragma once
// The last check before an order leaves for a broker. One per broker. It lets an intent pass only if it is durable,
// this node's epoch of the journal is still ours, the trader that asks is the current incarnation, and the kill latch
// is open. Thread-safe: the journal's thread raises the durable mark, supervisors admit incarnations, the trader asks.
#include "runtime/domain/risk/risk_engine.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace bulkhead {

class effect_gate {
 public:
  /// Journal acknowledged everything up to `seq`. Never goes back.
  void set_durable(std::uint64_t seq) noexcept;
  /// The journal refused a write of our epoch: nothing passes any more.
  void fence() noexcept { fenced_.store(true); }
  void unfence() noexcept { fenced_.store(false); }
  /// Only this incarnation of the trader passes from now on.
  void admit(std::uint64_t incarnation) noexcept { incarnation_.store(incarnation); }
  void latch(kill_mode mode) noexcept { kill_.store(mode); }
  [[nodiscard]] kill_mode latched() const noexcept { return kill_.load(); }

  /// nullopt: the intent may leave now. Otherwise why not.
  [[nodiscard]] std::optional<std::string> refusal(std::uint64_t intent_seq, std::uint64_t incarnation,
                                                   bool reduces) const;

 private:
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<std::uint64_t> incarnation_{0};
  std::atomic<bool> fenced_{false};
  std::atomic<kill_mode> kill_{kill_mode::off};
};

}  // namespace bulkhead
