#include "runtime/roles/effect_gate.hpp"

#include <fmt/format.h>

namespace bulkhead {

void effect_gate::set_durable(std::uint64_t seq) noexcept {
  std::uint64_t known = durable_.load();
  while (known < seq && !durable_.compare_exchange_weak(known, seq)) {
  }
}

void effect_gate::fence(std::uint64_t session) noexcept {
  std::uint64_t known = fenced_.load();
  while (known < session && !fenced_.compare_exchange_weak(known, session)) {
  }
}

std::optional<std::string> effect_gate::stale(std::uint64_t incarnation) const {
  if (hold_->revoked.load()) return "effect gate: the node has ended this process's leave to act";
  if (fenced_.load() >= session_.load()) return "effect gate: another writer has taken over this broker's journal";
  if (incarnation != incarnation_.load()) return "effect gate: asked by a revoked incarnation of the trader";
  // Last: time goes on while the others are checked.
  if (lease_until_ && std::chrono::steady_clock::now() >= lease_until_()) {
    return "effect gate: the lease on the journal has run out";
  }
  return std::nullopt;
}

std::optional<std::string> effect_gate::refusal(std::uint64_t intent_seq, std::uint64_t incarnation,
                                                bool reduces) const {
  if (auto why = stale(incarnation)) return why;
  if (intent_seq > durable_.load()) {
    return fmt::format("effect gate: intent {} is not durable yet (durable up to {})", intent_seq, durable_.load());
  }
  const kill_mode kill = effective();
  if (kill == kill_mode::halt || (kill == kill_mode::reduce_only && !reduces)) {
    return "effect gate: the kill switch is closed";
  }
  return std::nullopt;
}

}  // namespace bulkhead
