#include "actors/projector.hpp"

#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"
#include "runtime/domain/views.hpp"

#include <stdexcept>

namespace bulkhead::actors {

void projector_state::begin(projector_config c) {
  config = std::move(c);
  codec = std::make_unique<event_codec>(config.broker, *config.instruments);
  ask_position();
  if (config.recheck.count() > 0) self->delayed_send(self, config.recheck, project_up_to{0});
}

void projector_state::recheck() {
  if (config.recheck.count() == 0) return;
  if (ready && !busy) ask_position();
  self->delayed_send(self, config.recheck, project_up_to{0});
}

void projector_state::ask_position() {
  ready = false;
  busy = true;
  config.store->projected([to = caf::actor_cast<projector_actor>(self)](store_status status, std::uint64_t seq) {
    caf::anon_send(to, projected_known{std::move(status.error), seq});
  });
}

void projector_state::known(const projected_known& message) {
  if (!message.error.empty()) {
    again(config.retry);
    return;
  }
  ready = true;
  busy = false;
  next = message.seq + 1;
  step();
}

void projector_state::step() {
  if (!ready || busy) return;
  if (durable == 0) return;  // the bridge has not told yet
  if (next > durable + 1) {  // the journal is younger than the store: its views are of another past
    busy = true;
    config.store->clear([to = caf::actor_cast<projector_actor>(self)](store_status status) {
      caf::anon_send(to, projection_done{std::move(status.error), 0});
    });
    return;
  }
  if (next > durable) {
    self->send(config.node, views_current{config.broker, durable});
    return;
  }
  busy = true;
  config.journal->read(
      next, config.page,
      [to = caf::actor_cast<projector_actor>(self)](journal_status status, std::vector<journal_record> records) {
        caf::anon_send(to, records_read{std::move(status), std::move(records)});
      });
}

void projector_state::project(const records_read& message) {
  if (!message.status.ok() || message.records.empty()) {
    again(config.retry);
    return;
  }
  merged_changes merged;
  for (const journal_record& record : message.records) {
    if (record.seq > durable) break;
    for (view_change& change : views_of(codec->decode(record.payload), config.broker, *config.instruments)) {
      merged.add(std::move(change));
    }
  }
  std::vector<view_update> updates;
  for (view_change& change : merged.take()) updates.push_back({std::move(change.key), std::move(change.fields)});
  stop_if_revoked();  // the next incarnation may be further: views never go back
  const std::uint64_t last = std::min(durable, message.records.back().seq);
  config.store->project(last, std::move(updates),
                        [to = caf::actor_cast<projector_actor>(self), last](store_status status) {
                          caf::anon_send(to, projection_done{std::move(status.error), last});
                        });
}

void projector_state::done(const projection_done& message) {
  if (!message.error.empty()) {
    ready = false;
    again(config.retry);
    return;
  }
  next = message.seq + 1;
  busy = false;
  if (next <= durable)
    self->send(config.node, views_current{config.broker, message.seq});  // on the way: a sign of life
  if (next > durable || durable - next >= config.page) {
    step();
  } else {
    again(config.pace);
  }
}

void projector_state::again(std::chrono::milliseconds delay) {
  busy = true;
  self->delayed_send(self, delay, project_again{});
}

projector_actor::behavior_type projector(projector_actor::stateful_pointer<projector_state> self,
                                         projector_config config) {
  end_with_exception_text(self);
  self->state.begin(std::move(config));
  return {
      [](const role_up&) {},
      [self](const project_up_to& message) {
        auto& state = self->state;
        if (message.seq == 0 && self->current_sender() == self->ctrl()) return state.recheck();
        state.durable = std::max(state.durable, message.seq);
        state.step();
      },
      [self](const projected_known& message) { self->state.known(message); },
      [self](const records_read& message) { self->state.project(message); },
      [self](const projection_done& message) { self->state.done(message); },
      [self](const project_again&) {
        auto& state = self->state;
        state.busy = false;
        if (state.ready) {
          state.step();
        } else {
          state.ask_position();
        }
      },
  };
}

}  // namespace bulkhead::actors
