#pragma once
// The actor of a broker's role. trader.hpp, risk_manager.hpp and portfolio.hpp say what each is made of; what they
// share is here: a session with the bridge, one answer per step, nothing kept that the session's recovery does not
// bring back.
#include "actors/interfaces.hpp"
#include "runtime/roles/role_logic.hpp"

#include <functional>
#include <memory>
#include <string>

namespace bulkhead::actors {

struct role_config {
  broker_id broker;
  role kind = role::trader;
  incarnation number = 0;
  /// A fresh logic: called at every session, so that recovery starts from nothing.
  std::function<std::unique_ptr<role_logic>()> make;
};

struct role_state {
  void recover(const recover_role& message);
  step_result handle(const step_request& step) const;
  void apply(const apply_events& message) const;
  place_result place(const place_request& request) const;

  role_config config;
  std::string scope;  ///< "{broker}.{role}", of failpoints
  session in = 0;
  bridge_actor bridge;
  std::unique_ptr<role_logic> logic;
  const char* name = "role";
};

role_actor::behavior_type role_behavior(role_actor::stateful_pointer<role_state> self, role_config config);

}  // namespace bulkhead::actors
