#include "runtime/roles/effect_gate.hpp"

#include <fmt/format.h>

namespace bulkhead {

void effect_gate::set_durable(std::uint64_t seq) noexcept {
  std::uint64_t known = durable_.load();
  while (known < seq && !durable_.compare_exchange_weak(known, seq)) {
  }
}

std::optional<std::string> effect_gate::refusal(std::uint64_t intent_seq, std::uint64_t incarnation,
                                                bool reduces) const {
  if (fenced_.load()) return "effect gate: another writer has taken over this broker's journal";
  if (incarnation != incarnation_.load()) return "effect gate: asked by a revoked incarnation of the trader";
  if (intent_seq > durable_.load()) {
    return fmt::format("effect gate: intent {} is not durable yet (durable up to {})", intent_seq, durable_.load());
  }
  const kill_mode kill = kill_.load();
  if (kill == kill_mode::halt || (kill == kill_mode::reduce_only && !reduces)) {
    return "effect gate: the kill switch is closed";
  }
  return std::nullopt;
}

}  // namespace bulkhead
