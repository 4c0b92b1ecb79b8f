#include "actors/role.hpp"

#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"
#include "runtime/fault/failpoint.hpp"

#include <fmt/format.h>

namespace bulkhead::actors {

void role_state::recover(const recover_role& message) {
  if (message.in < in) return;  // from a bridge that was revoked: a later one has begun its session
  fault::hit(scope, "recover.before");
  auto fresh = config.make();
  bridge = caf::actor_cast<bridge_actor>(message.bridge);
  fresh->state_to([to = bridge](account_statement statement) {
    caf::anon_send(to, account_stated{std::make_shared<const account_statement>(std::move(statement))});
  });
  fresh->report_to(
      [to = bridge](std::vector<broker_update> updates) { caf::anon_send(to, venue_reports{std::move(updates)}); });
  fresh->recover(message.from);
  logic = std::move(fresh);
  in = message.in;
  fault::hit(scope, "recover.after");
}

step_result role_state::handle(const step_request& step) const {
  fault::hit(scope, fmt::format("{}.before", to_string(step.kind)));
  step_result result = logic->handle(step);
  fault::hit(scope, fmt::format("{}.after", to_string(step.kind)));
  return result;
}

void role_state::apply(const apply_events& message) const {
  fault::hit(scope, "apply.before");
  logic->apply(message.events);
  fault::hit(scope, "apply.after");
}

place_result role_state::place(const place_request& request) const {
  fault::hit(scope, "place.before");
  stop_if_revoked();
  place_result result = dynamic_cast<trader_logic&>(*logic).place(request);
  fault::hit(scope, "place.after");
  return result;
}

role_actor::behavior_type role_behavior(role_actor::stateful_pointer<role_state> self, role_config config) {
  end_with_exception_text(self);
  self->state.scope = fmt::format("{}.{}", config.broker.str(), to_string(config.kind));
  self->state.config = std::move(config);
  return {
      [self](const recover_role& message) { self->state.recover(message); },
      [self](const work& message) {
        auto& state = self->state;
        if (message.in != state.in) return;
        self->send(state.bridge, work_done{state.in, state.config.number, state.handle(message.step)});
      },
      [self](const apply_events& message) {
        if (message.in == self->state.in) self->state.apply(message);
      },
      [self](const place_work& message) {
        auto& state = self->state;
        if (message.in != state.in) return;
        self->send(state.bridge, place_done{state.in, state.config.number, state.place(message.request)});
      },
      [](const role_up&) {},
  };
}

}  // namespace bulkhead::actors
