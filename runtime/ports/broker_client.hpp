#pragma once
// The connection to one broker's API, behind the effect gate. One instance per incarnation of a trader; called by that
// trader only. submit and cancel never block: a client with a network answers later, as broker updates.
#include "runtime/domain/account_statement.hpp"
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

  /// venue_clock::own only: where its reports go, from any of its threads. Called once, before anything else. Reports
  /// come at least once: one that was sent before a restart may come again, under the same fill id or order state.
  using report_fn = std::function<void(std::vector<broker_update>)>;
  virtual void report_to(report_fn /*to*/) {}

  /// venue_clock::own only: where its statements of the whole account go, from any of its threads; settled ones alone.
  /// Called once, before report_to().
  using statement_fn = std::function<void(account_statement)>;
  virtual void state_to(statement_fn /*to*/) {}

  /// After a restart: the orders that the journal knows as live. venue_clock::own: also those that have ended and are
  /// not forgotten, as evidence; nothing is asked of them.
  virtual void restore(std::span<const order* const> known) = 0;
  /// Only through the effect gate. Twice with the same client order id is once.
  virtual void submit(const order& o) = 0;
  virtual void cancel(const order& o) = 0;
  /// Asks for o.asked_terms; answered by a `modified` or `modify_rejected` report.
  virtual void modify(const order& o) = 0;
  /// venue_clock::feed only: what happened to our orders in this frame.
  virtual std::vector<broker_update> on_frame(const frame_view& frame) = 0;
};

}  // namespace bulkhead
