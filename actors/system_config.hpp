#pragma once
// CAF's configuration, in one place. Measured: the default policy (work stealing) serves last-in-first-out per worker
// and starves downstream actors under load; sharing keeps the tick-to-fill chain in microseconds.
#include <cstddef>

#include <caf/all.hpp>

namespace bulkhead::actors {

/// For so many brokers: a hanging handler holds a thread until it returns, and a supervisor gives up when a second
/// incarnation hangs, so two for every subtree that can hang, the shared one too; and two for everybody else.
[[nodiscard]] constexpr std::size_t scheduler_threads(std::size_t brokers) { return 2 * brokers + 2 + 2; }

class system_config : public caf::actor_system_config {
 public:
  /// More threads than brokers that may hang in a handler at the same time.
  explicit system_config(std::size_t threads);
};

/// For tests: the deterministic scheduler with a clock that moves only when told.
class test_system_config : public caf::actor_system_config {
 public:
  test_system_config();
};

}  // namespace bulkhead::actors
