#include "actors/node.hpp"

#include <algorithm>

namespace bulkhead::actors {

void node_state::begin(node_config c) {
  config = std::move(c);
  const auto me = caf::actor_cast<node_actor>(self);
  const auto launch = [&](const subtree_spec& spec) {
    supervisor_config sup = spec.make(me);
    sup.parent = caf::actor_cast<caf::actor>(self);
    auto handle = self->spawn(supervisor, std::move(sup));
    self->monitor(handle);
    self->link_to(handle);
    running.insert(handle.address());
    return handle;
  };
  for (const subtree_spec& spec : config.brokers) brokers[spec.name].supervisor = launch(spec);
  shared = launch(config.shared);
}

void node_state::isolate(const subtree_down& message) {
  if (std::ranges::any_of(isolated, [&](const subtree_down& d) { return d.name == message.name; })) return;
  isolated.push_back(message);
  const auto it = brokers.find(message.name);
  if (it == brokers.end()) {  // feed or runner gave up: nobody has anything to work on any more
    stop_all();
    return;
  }
  it->second.down = true;
  tell_shared(unsubscribe{message.name});
  finish_if_done();
}

void node_state::finish_if_done() {
  const bool drained = std::ranges::all_of(brokers, [](const auto& b) { return b.second.down || b.second.drained_at; });
  if (!drained || stopping) return;
  if (!std::exchange(ending, true)) self->delayed_send(self, config.end_patience, stop_timeout{});
  const bool viewed = std::ranges::all_of(brokers, [&](const auto& b) {
    return b.second.down || !config.waits_for_views || b.second.views_at >= *b.second.drained_at;
  });
  if ((viewed && runner_kept) || patience_over) stop_all();
}

void node_state::stop_all() {
  if (std::exchange(stopping, true)) return;
  self->send(shared, stop_tree{});
  for (auto& [name, b] : brokers) self->send(b.supervisor, stop_tree{});
}

void node_state::on_down(const caf::down_msg& down) {
  running.erase(down.source);
  if (!stopping) {
    const auto broker = std::ranges::find_if(
        brokers, [&](const auto& b) { return b.second.supervisor.address() == down.source && !b.second.down; });
    if (broker != brokers.end()) {
      isolate({broker->first, "its supervisor ended: " + to_string(down.reason)});
    } else if (shared.address() == down.source) {
      isolate({"", "its supervisor ended: " + to_string(down.reason)});
    }
  }
  if (!running.empty() || !stopping) return;
  caf::anon_send(config.listener, node_finished{isolated});
  self->quit(caf::exit_reason::user_shutdown);
}

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_config config) {
  end_with_exception_text(self);
  self->set_down_handler([self](caf::down_msg& down) { self->state.on_down(down); });
  self->set_exit_handler([](caf::exit_msg&) {});  // a supervisor that ended is seen as down
  self->state.begin(std::move(config));
  return {
      [self](const role_up& up) {
        auto& state = self->state;
        if (up.path.find('/') != std::string::npos) return;  // a broker's own role: of no concern to others
        state.shared_roles[up.path] = up;
        if (state.draining && up.path == "feed") caf::anon_send(up.handle, stop_feed{});
        for (const auto& [name, b] : state.brokers) {
          self->send(b.supervisor, up);
          if (b.down) caf::anon_send(up.handle, unsubscribe{name});
        }
      },
      [self](const drain_node&) {
        self->state.draining = true;
        const auto feed = self->state.shared_roles.find("feed");
        if (feed != self->state.shared_roles.end()) caf::anon_send(feed->second.handle, stop_feed{});
      },
      [self](const broker_drained& message) {
        auto& broker = self->state.brokers[message.broker.str()];
        broker.drained_at = message.last_seq;
        self->state.finish_if_done();
      },
      [self](const views_current& message) {
        auto& broker = self->state.brokers[message.broker.str()];
        broker.views_at = std::max(broker.views_at, message.seq);
        if (self->state.ending) self->state.finish_if_done();
      },
      [self](const runner_drained&) {
        self->state.runner_kept = true;
        if (self->state.ending) self->state.finish_if_done();
      },
      [self](const subtree_down& message) { self->state.isolate(message); },
      [self](const stop_timeout&) {
        self->state.patience_over = true;
        self->state.finish_if_done();
      },
  };
}

}  // namespace bulkhead::actors
