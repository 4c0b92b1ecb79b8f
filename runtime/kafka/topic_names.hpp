#pragma once
// The topics of the contract with the outside, by broker. What belongs to no broker has the id "_shared".
#include "runtime/domain/ids.hpp"

#include <array>
#include <string>
#include <string_view>

namespace bulkhead::kafka {

inline constexpr std::string_view market_ticks_topic = "market.ticks";
inline constexpr std::string_view journal_events = "journal.events";        ///< one partition: the truth
inline constexpr std::string_view journal_snapshots = "journal.snapshots";  ///< one partition: shortens a recovery
inline constexpr std::string_view ops_events = "ops.events";                ///< starts, restarts, epochs
inline constexpr std::string_view signals_raw = "signals.raw";              ///< also an inbox
/// Projections of the journal, each with its dead letters in "<topic>.dlq".
inline constexpr std::array<std::string_view, 8> projection_suffixes{
    "signals.raw",    "signals.validated", "signals.rejected", "orders.submitted",
    "orders.updates", "orders.filled",     "orders.failed",    "pnl.snapshots"};

/// "paper.orders.filled".
[[nodiscard]] inline std::string topic_of(const broker_id& b, std::string_view suffix) {
  return b.str() + "." + std::string{suffix};
}
[[nodiscard]] inline std::string dlq_of(std::string_view topic) { return std::string{topic} + ".dlq"; }

}  // namespace bulkhead::kafka
