#pragma once
// What happened to a strategy in the host that runs it, on its way to the journals of the brokers that it names.
#include "runtime/domain/events.hpp"

#include <cstdint>

namespace bulkhead {

/// Follows frame `feed`: journaled after that frame's events and before those of the next frame. After a restart of the
/// host the same notice comes again under the same (feed, ordinal).
struct strategy_notice {
  strategy_changed what;
  feed_seq feed = 0;
  std::uint32_t ordinal = 0;  ///< among the notices of the host that follow this frame, whomever they go to
};

}  // namespace bulkhead
