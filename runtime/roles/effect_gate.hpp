#pragma once
// The last check before an order leaves for a broker. One per broker. It lets an intent pass only if it is durable,
// this node's epoch and lease of the journal are still ours, the trader that asks is the current incarnation, and the
// kill latch is open: both the one that the journal says and the one that an operator holds closed ahead of the
// journal. Thread-safe: the journal's thread raises the durable mark, supervisors admit incarnations, the trader asks.
#include "runtime/domain/risk/risk_engine.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace bulkhead {

/// What is held over a gate from outside of its broker's subtree; may lie in memory that another process writes.
struct gate_hold {
  std::atomic<kill_mode> held{kill_mode::off};
  std::atomic<bool> revoked{false};  ///< the process that asks is no longer the one that may act
};

class effect_gate {
 public:
  effect_gate() = default;
  explicit effect_gate(std::shared_ptr<gate_hold> hold) : hold_(std::move(hold)) {}
  /// Until when this process may act, asked anew for each effect: a process that was stopped in between finds the time
  /// run out, and another owner waits for that. The caller sends at once after the check; what remains is a request
  /// that the kernel holds as the process is stopped: reconciliation is for it. Set before anybody asks; thread-safe,
  /// cheap.
  void heed_lease(std::function<std::chrono::steady_clock::time_point()> until) { lease_until_ = std::move(until); }
  /// Journal acknowledged everything up to `seq`. Never goes back.
  void set_durable(std::uint64_t seq) noexcept;
  /// The journal refused a write of our epoch: nothing passes any more.
  void fence(std::uint64_t session) noexcept;
  /// Nothing passes any more, whoever asks.
  void fence() noexcept { fence(~std::uint64_t{0}); }
  /// Opened the journal: from now on only a refusal of this session, or of a later one, counts. A revoked bridge's does
  /// not.
  void own(std::uint64_t session) noexcept { session_.store(session); }
  /// Only this incarnation of the trader passes from now on.
  void admit(std::uint64_t incarnation) noexcept { incarnation_.store(incarnation); }
  /// What the journal says.
  void latch(kill_mode mode) noexcept { kill_.store(mode); }
  [[nodiscard]] kill_mode latched() const noexcept { return kill_.load(); }
  /// The operator's hand on it: closed before the kill is journaled, opened after its release is durable.
  void hold(kill_mode mode) noexcept { hold_->held.store(mode); }
  [[nodiscard]] kill_mode held() const noexcept { return hold_->held.load(); }
  /// The stricter of the two: what counts.
  [[nodiscard]] kill_mode effective() const noexcept { return std::max(kill_.load(), held()); }

  /// Whether this life of the subtree has found the broker's book to fit the journal, or to differ in what was latched
  /// before. A real account takes nothing new until then; a simulated one has no book of its own and is not asked.
  void set_compared(bool is_compared) noexcept { is_compared_.store(is_compared); }
  [[nodiscard]] bool is_compared() const noexcept { return is_compared_.load(); }

  /// nullopt: this incarnation of the trader may still speak to the broker, be it only to cancel. Otherwise why not.
  [[nodiscard]] std::optional<std::string> stale(std::uint64_t incarnation) const;
  /// nullopt: the intent may leave now. Otherwise why not.
  [[nodiscard]] std::optional<std::string> refusal(std::uint64_t intent_seq, std::uint64_t incarnation,
                                                   bool reduces) const;

 private:
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<std::uint64_t> incarnation_{0};
  std::atomic<std::uint64_t> session_{1};  ///< epochs count from 1 and only rise
  std::atomic<std::uint64_t> fenced_{0};   ///< the newest that was refused
  std::atomic<kill_mode> kill_{kill_mode::off};
  std::atomic<bool> is_compared_{false};
  std::function<std::chrono::steady_clock::time_point()> lease_until_;  ///< none: for good
  std::shared_ptr<gate_hold> hold_ = std::make_shared<gate_hold>();
};

}  // namespace bulkhead
