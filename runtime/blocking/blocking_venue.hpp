#pragma once
// A broker's API as blocking calls: each returns when the venue has answered. Implemented by a broker with a network,
// called by blocking_client on that broker's own threads, several at a time: must be thread-safe.
#include "runtime/domain/order_manager.hpp"

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace bulkhead {

/// The venue has answered no: what was asked had no effect and never will.
class venue_refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing left for the venue: the same may be asked again.
class venue_unreached : public venue_refused {
 public:
  using venue_refused::venue_refused;
};

/// Every call throws venue_refused for a no, venue_unreached for what never left, and any other std::exception where
/// nobody knows whether it took effect (time-out, broken connection, an answer that cannot be read).
class blocking_venue {
 public:
  virtual ~blocking_venue() = default;
  /// What the answer says about the order: accepted, with fills if they came along.
  virtual std::vector<broker_update> submit(const order& o) = 0;
  /// submit() threw venue_unreached for it, and it will not be asked again.
  virtual void give_up(const order& /*o*/) {}
  virtual std::vector<broker_update> cancel(const order& o) = 0;
  /// Asks for o.asked_terms.
  virtual std::vector<broker_update> modify(const order& o) = 0;
  /// What the venue's book says about these orders.
  virtual std::vector<broker_update> book(std::span<const order> live) = 0;
};

}  // namespace bulkhead
