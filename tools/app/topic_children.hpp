#pragma once
// The children of a node's supervisors that speak to topics: who publishes, and who takes signals from outside.
#include "actors/watched.hpp"
#include "tools/app/node_builder.hpp"

namespace bulkhead::app {

/// Where a child of a broker's supervisor, or of the shared one (""), is watched.
[[nodiscard]] actors::watch_post post_of(const std::shared_ptr<actors::vitals_board>& board, const std::string& broker,
                                         const std::string& child, actors::incarnation number,
                                         const actors::supervisor_actor& parent);

/// Needs b->topics.
[[nodiscard]] actors::child_spec publisher_child(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                                 const actors::node_actor& node);
/// Needs parts.ticks.
[[nodiscard]] actors::child_spec ticks_child(const node_parts& parts, const actors::node_actor& node);
/// Needs b->inbox.
[[nodiscard]] actors::child_spec inbox_child(const node_parts& parts, const std::shared_ptr<broker_context>& b);

}  // namespace bulkhead::app
