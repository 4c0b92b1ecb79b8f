#pragma once
// Shows history to strategies that have none, before they are hosted (docs/kernel.md, "Warm-up").
#include "runtime/domain/session.hpp"
#include "strategies/hosted_strategy.hpp"

#include <functional>
#include <span>

namespace bulkhead {

/// `next` appends one frame and gives true, or gives false at the end, as feed_source::next does. Ticks go where the
/// host would send them; what is said is dropped; afterwards every strategy is flat. One that throws gets its `fault`
/// and sees no more.
void warm_up(std::span<hosted_strategy> strategies, const trading_session& session, const instrument_table& instruments,
             const std::function<bool(frame_batch&)>& next);

}  // namespace bulkhead
