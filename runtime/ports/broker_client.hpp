#pragma once
// The connection to one broker's API, behind the effect gate. One instance per incarnation of a trader; called by that
// trader only. submit and cancel never block: a client with a network answers later, as broker updates.
#include "runtime/domain/order_manager.hpp"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace bulkhead {

/// Whose clock moves the venue.
enum class venue_clock {
  feed,  ///< simulated: its book is a fold over our journal and moves with the feed's frames
  own,   ///< a real market: answers come when they come, as inputs
};

class broker_client {
 public:
  virtual ~broker_client() = default;
  [[nodiscard]] virtual venue_clock clock() const = 0;

  /// After a restart: the orders that the journal knows as live.
  virtual void restore(std::span<const order* const> live) = 0;
  /// Only through the effect gate. Twice with the same client order id is once.
  virtual void submit(const order& o) = 0;
  virtual void cancel(const client_order_id& id) = 0;
  /// venue_clock::feed only: what happened to our orders in this frame.
  virtual std::vector<broker_update> on_frame(const frame_view& frame) = 0;
};

}  // namespace bulkhead
