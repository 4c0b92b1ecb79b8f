#include "actors/node.hpp"

#include "actors/watched.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include <fmt/format.h>

namespace bulkhead::actors {

void node_state::begin(node_config c) {
  config = std::move(c);
  for (const subtree_spec& spec : config.brokers) brokers[spec.name].supervisor = launch(spec, {});
  shared = launch(config.shared, {});
}

supervisor_actor node_state::launch(const subtree_spec& spec, std::map<std::string, incarnation> last_numbers) {
  supervisor_config sup = spec.make(caf::actor_cast<node_actor>(self));
  sup.parent = caf::actor_cast<caf::actor>(self);
  sup.last_numbers = std::move(last_numbers);
  const std::string path = sup.name.empty() ? "supervisor" : fmt::format("{}/supervisor", sup.name);
  auto handle = spawn_watched(self->system(), {config.vitals, path}, supervisor, std::move(sup));
  self->monitor(handle);
  self->link_to(handle);
  running.insert(handle.address());
  return handle;
}

std::string node_state::why_no_restart(const broker_id& broker) const {
  const auto it = brokers.find(broker.str());
  if (it == brokers.end()) return "no such broker runs here";
  if (stopping || ending || draining) return "the node is ending: `bulkhead run --resume` starts it again";
  if (!it->second.down) return "it is not isolated: only a broker whose subtree gave up is started again";
  if (running.contains(it->second.supervisor.address()))
    return "its old subtree is still stopping: try again in a moment";
  // Each holds a scheduler thread of the whole node, and another life could hang two more.
  const auto hangs = [&](const vital_signs& v) { return v.revoked && v.path.starts_with(broker.str() + "/"); };
  if (config.vitals && std::ranges::any_of(config.vitals->read(), hangs)) {
    return "a part of it still hangs in a handler (`brokers vitals`): try again when it has returned, or start the "
           "node again";
  }
  return {};
}

void node_state::restart(const restart_broker& message) {
  if (std::string why = why_no_restart(message.broker); !why.empty()) {
    caf::anon_send(message.who, broker_restarted{message.broker, message.ticket, std::move(why), 0});
    return;
  }
  const std::string& name = message.broker.str();
  subtree& broker = brokers.at(name);
  std::erase_if(isolated, [&](const subtree_down& d) { return d.name == name; });
  broker.down = false;
  broker.drained_at.reset();
  broker.bridge = nullptr;
  broker.refuse_through = config.newest_frame();
  // Feed and runner know of it before its bridge subscribes.
  tell_shared(readmit{name, broker.refuse_through});
  const auto spec = std::ranges::find(config.brokers, name, &subtree_spec::name);
  broker.supervisor = launch(*spec, broker.numbers);
  for (const auto& [path, up] : shared_roles) self->send(broker.supervisor, up);
  caf::anon_send(message.who, broker_restarted{message.broker, message.ticket, {}, broker.refuse_through});
}

void node_state::isolate(const subtree_down& message) {
  if (std::ranges::any_of(isolated, [&](const subtree_down& d) { return d.name == message.name; })) return;
  isolated.push_back(message);
  isolated.back().at = wall_time();
  const auto it = brokers.find(message.name);
  if (it == brokers.end()) {  // feed or runner gave up: nobody has anything to work on any more
    stop_all();
    return;
  }
  it->second.down = true;
  tell_shared(unsubscribe{message.name});
  finish_if_done();
}

void node_state::isolate_and_stop(const overrun& message) {
  const auto it = brokers.find(message.broker.str());
  if (it == brokers.end() || it->second.down || stopping) return;
  self->send(it->second.supervisor, stop_tree{});
  isolate({it->first, message.reason});
}

void node_state::finish_if_done() {
  const bool drained = std::ranges::all_of(brokers, [](const auto& b) { return b.second.down || b.second.drained_at; });
  // With every broker isolated the node stays for its operator as long as there is a feed.
  const bool all_down = std::ranges::all_of(brokers, [](const auto& b) { return b.second.down; });
  if (!drained || stopping || (all_down && !runner_kept)) return;
  if (!std::exchange(ending, true)) self->delayed_send(self, patience(), stop_timeout{});
  const bool held = std::ranges::all_of(
      brokers, [&](const auto& b) { return b.second.down || held_at(b.second) >= *b.second.drained_at; });
  if ((held && runner_kept && (ticks_published || !config.waits_for_ticks)) || patience_over) stop_all();
}

std::uint64_t node_state::held_at(const subtree& broker) const {
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  return std::min(config.waits_for_views ? broker.views_at : all, config.waits_for_topics ? broker.topics_at : all);
}

void node_state::held_more(const std::string& broker) {
  config.on_views({broker_id{broker}, held_at(brokers[broker])});
  if (ending) finish_if_done();
}

std::chrono::milliseconds node_state::patience() const {
  const bool has_topics = config.waits_for_topics || config.waits_for_ticks;
  return has_topics && !draining ? config.topics_patience : config.end_patience;
}

void node_state::patience_ends() {
  const auto quiet = self->clock().now() - held_moved;
  if (!draining && quiet < patience()) {
    self->delayed_send(self, patience(), stop_timeout{});
    return;
  }
  patience_over = true;
  finish_if_done();
}

void node_state::stop_all() {
  if (std::exchange(stopping, true)) return;
  self->send(shared, stop_tree{});
  for (auto& [name, b] : brokers) self->send(b.supervisor, stop_tree{});
}

void node_state::on_down(const caf::down_msg& down) {
  for (auto& [name, b] : brokers) {
    if (b.bridge && b.bridge.address() == down.source) {
      b.bridge = nullptr;
      return;
    }
  }
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

void node_state::role_changed(const role_up& up) {
  if (const std::size_t slash = up.path.find('/'); slash != std::string::npos) {
    // A broker's own role is of no concern to others; its bridge is the way to it for an operator.
    const auto it = brokers.find(up.path.substr(0, slash));
    if (it == brokers.end()) return;
    it->second.numbers[up.path] = up.number;
    const std::string child = up.path.substr(slash + 1);
    if (child == "bridge" || child == "process") {
      it->second.bridge = caf::actor_cast<bridge_actor>(up.handle);
      it->second.in_process = child == "process";
      self->monitor(up.handle);  // while it is down, an operator is told so at once
    }
    return;
  }
  if (up.path == "ticks") return;  // it needs the feed, and nobody needs it
  shared_roles[up.path] = up;
  for (const auto& [name, b] : brokers) {
    // Before its bridge learns of the new runner and subscribes.
    if (!b.down && b.refuse_through != 0) caf::anon_send(up.handle, readmit{name, b.refuse_through});
  }
  if (draining && up.path == "feed") caf::anon_send(up.handle, stop_feed{});
  for (const auto& [name, b] : brokers) {
    self->send(b.supervisor, up);
    if (b.down) caf::anon_send(up.handle, unsubscribe{name});
  }
}

std::string node_state::why_unreachable(const broker_id& broker) const {
  const auto it = brokers.find(broker.str());
  if (it == brokers.end()) return "no such broker runs here";
  const auto down = std::ranges::find(isolated, broker.str(), &subtree_down::name);
  if (down != isolated.end()) {
    return fmt::format("it is isolated: {}; `bulkhead brokers restart {}` starts it again", down->reason, broker.str());
  }
  if (!it->second.bridge) return "its bridge is not up (yet)";
  return {};
}

void node_state::hand_over(const operate& message) {
  std::string why = why_unreachable(message.broker);
  if (why.empty()) {
    self->send(brokers.at(message.broker.str()).bridge, message);
  } else {
    caf::anon_send(message.who, operated{message.broker, message.ticket, std::move(why), nullptr, {}});
  }
}

void node_state::hand_over(const ask_status& message) {
  bridge_status status;
  status.ticket = message.ticket;
  status.broker = message.broker;
  status.down = why_unreachable(message.broker);
  const auto down = std::ranges::find(isolated, message.broker.str(), &subtree_down::name);
  if (down != isolated.end()) {
    status.down = down->reason;
    status.isolated_at = down->at;
  }
  if (status.down.empty()) {
    self->send(brokers.at(message.broker.str()).bridge, message);
  } else {
    caf::anon_send(message.who, std::move(status));
  }
}

void node_state::hand_over(const ask_process& message) {
  std::string why = why_unreachable(message.broker);
  if (why.empty() && !brokers.at(message.broker.str()).in_process) why = "it runs in the node's own process";
  if (why.empty()) {
    caf::anon_send(caf::actor_cast<caf::actor>(brokers.at(message.broker.str()).bridge), message);
  } else {
    caf::anon_send(message.who, process_told{message.ticket, std::move(why), {}});
  }
}

void node_state::hand_over(const strategy_command& message) {
  const auto runner = shared_roles.find("runner");
  if (runner != shared_roles.end()) {
    caf::anon_send(caf::actor_cast<runner_actor>(runner->second.handle), message);
  } else {
    caf::anon_send(message.reply, strategy_command_done{message.id, "the runner is not up (yet)", {}});
  }
}

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_config config) {
  end_with_exception_text(self);
  self->set_down_handler([self](caf::down_msg& down) { self->state.on_down(down); });
  self->set_exit_handler([](caf::exit_msg&) {});  // a supervisor that ended is seen as down
  self->state.begin(std::move(config));
  return {
      [self](const role_up& up) { self->state.role_changed(up); },
      [self](const drain_node&) {
        self->state.draining = true;
        const auto feed = self->state.shared_roles.find("feed");
        if (feed != self->state.shared_roles.end()) caf::anon_send(feed->second.handle, stop_feed{});
      },
      [self](const broker_drained& message) {
        auto& broker = self->state.brokers[message.broker.str()];
        broker.drained_at = message.last_seq;
        self->state.config.on_drained(message);
        self->state.finish_if_done();
      },
      [self](const views_current& message) {
        auto& broker = self->state.brokers[message.broker.str()];
        if (message.seq > broker.views_at) self->state.held_moved = self->clock().now();
        broker.views_at = std::max(broker.views_at, message.seq);
        self->state.held_more(message.broker.str());
      },
      [self](const topics_current& message) {
        if (message.publisher == ticks_consumer) {
          self->state.ticks_published = true;
          if (self->state.ending) self->state.finish_if_done();
          return;
        }
        auto& broker = self->state.brokers[message.publisher];
        if (message.seq > broker.topics_at) self->state.held_moved = self->clock().now();
        broker.topics_at = std::max(broker.topics_at, message.seq);
        self->state.held_more(message.publisher);
      },
      [self](const runner_drained&) {
        self->state.runner_kept = true;
        self->state.finish_if_done();
      },
      [self](const subtree_down& message) { self->state.isolate(message); },
      [self](const overrun& message) { self->state.isolate_and_stop(message); },
      [self](const operate& message) { self->state.hand_over(message); },
      [self](const ask_status& message) { self->state.hand_over(message); },
      [self](const restart_broker& message) { self->state.restart(message); },
      [self](const ask_process& message) { self->state.hand_over(message); },
      [self](const strategy_command& message) { self->state.hand_over(message); },
      [self](const stop_timeout&) { self->state.patience_ends(); },
  };
}

}  // namespace bulkhead::actors
