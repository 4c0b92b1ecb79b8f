#pragma once
// In a broker's own process: stands where feed or runner stand in a node. What a subscriber asks goes over the link to
// the node, what the node sends for that subscription goes to the subscriber.
#include "actors/interfaces.hpp"

#include <functional>

namespace bulkhead::actors {

struct stand_in_config {
  link::source as = link::source::feed;
  incarnation number = 0;
  std::function<void(const link::to_node&)> send;    ///< queues; never blocks
  std::function<std::uint64_t()> next_subscription;  ///< counts up over every incarnation of both stand-ins
};

/// Receives node_said (frame_part, signal_part, peer_up) and what brokers send to feed and runner.
caf::behavior stand_in(caf::event_based_actor* self, stand_in_config config);

}  // namespace bulkhead::actors
