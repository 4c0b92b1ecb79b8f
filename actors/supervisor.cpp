#include "actors/supervisor.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace bulkhead::actors {

void supervisor_state::begin(supervisor_config c) {
  config = std::move(c);
  policy.emplace_back(config.limits, config.jitter_seed);
  for (child_spec& spec : config.children) children.push_back({std::move(spec), {}, 0, false, {}});
  for (child& c : children) {
    if (!stopping) start(c);
  }
}

std::string supervisor_state::path(const child& c) const {
  return config.name.empty() ? c.spec.name : fmt::format("{}/{}", config.name, c.spec.name);
}

supervisor_state::child* supervisor_state::find(const std::string& name) {
  const auto it = std::ranges::find(children, name, [](const child& c) { return c.spec.name; });
  return it == children.end() ? nullptr : &*it;
}

void supervisor_state::start(child& c) {
  c.waiting = false;
  ++c.number;
  try {
    c.handle = c.spec.start(self->system(), c.number, caf::actor_cast<supervisor_actor>(self));
  } catch (const std::exception& e) {
    c.handle = nullptr;
    failed(c, e.what());
    return;
  }
  self->monitor(c.handle);
  // Both ways: a child never outlives its supervisor. The exit handler keeps the supervisor from dying with a child.
  self->link_to(c.handle);
  log({path(c), c.number, "started", ""});
  for (const auto& [other, up] : known) caf::anon_send(c.handle, up);
  announce({path(c), c.number, c.handle});
}

void supervisor_state::announce(const role_up& up) {
  known[up.path] = up;
  for (const child& c : children) {
    if (c.handle && c.handle != up.handle) caf::anon_send(c.handle, up);
  }
  const bool own = std::ranges::any_of(children, [&](const child& c) { return c.handle == up.handle; });
  if (own && config.parent) caf::anon_send(config.parent, up);
}

void supervisor_state::failed(child& c, const std::string& reason) {
  log({path(c), c.number, "failed", reason});
  known.erase(path(c));
  c.handle = nullptr;
  const auto delay = policy.front().on_failure(self->clock().now());
  if (!delay) {
    give_up(fmt::format("{}: more than {} restarts in {} ms; last: {}", path(c), config.limits.intensity,
                        config.limits.period.count(), reason));
  } else if (delay->count() == 0) {
    start(c);
  } else {
    c.waiting = true;
    self->delayed_send(self, *delay, restart_due{c.spec.name});
  }
}

void supervisor_state::revoke(child& c) {
  const bool still_hangs = c.revoked != nullptr;
  c.revoked = c.handle.address();  // stays monitored: its end shows that its thread is free again
  kill(c.handle);
  if (still_hangs) {
    // Every hanging incarnation holds a scheduler thread; a third one could stop the whole node.
    c.handle = nullptr;
    give_up(fmt::format("{}: did not answer in time, and neither did the incarnation before it, which still runs",
                        path(c)));
    return;
  }
  failed(c, "revoked: did not answer in time");
}

void supervisor_state::kill(const caf::actor& handle) const {
  self->unlink_from(handle);
  caf::anon_send_exit(handle, caf::exit_reason::kill);
}

void supervisor_state::log(const supervision_event& e) const {
  try {
    config.log(e);
  } catch (const std::exception&) {
    // The log is for people: it must not decide over the tree.
    return;
  }
}

void supervisor_state::give_up(const std::string& reason) {
  log({config.name, 0, "gave_up", reason});
  if (config.parent) caf::anon_send(config.parent, subtree_down{config.name, reason});
  stopping = true;
  stop_next();
}

void supervisor_state::stop_next() {
  for (child& c : children | std::views::reverse) {
    c.waiting = false;
    if (!c.handle) continue;
    caf::anon_send_exit(c.handle, caf::exit_reason::user_shutdown);
    self->delayed_send(self, c.spec.stop_timeout, stop_timeout{c.spec.name});
    return;
  }
  self->quit(caf::exit_reason::user_shutdown);
}

void supervisor_state::on_down(const caf::down_msg& down) {
  const auto it =
      std::ranges::find_if(children, [&](const child& c) { return c.handle && c.handle.address() == down.source; });
  if (it == children.end()) {
    for (child& c : children) {
      if (c.revoked == down.source) c.revoked = nullptr;
    }
    return;
  }
  if (stopping) {
    log({path(*it), it->number, "stopped", ""});
    it->handle = nullptr;
    stop_next();
  } else {
    failed(*it, to_string(down.reason));
  }
}

supervisor_actor::behavior_type supervisor(supervisor_actor::stateful_pointer<supervisor_state> self,
                                           supervisor_config config) {
  end_with_exception_text(self);
  self->set_down_handler([self](caf::down_msg& down) { self->state.on_down(down); });
  self->set_exit_handler([self](caf::exit_msg& exit) {
    const auto& parent = self->state.config.parent;
    if (parent && parent.address() == exit.source) self->quit(exit.reason);
  });
  self->state.begin(std::move(config));
  return {
      [self](const role_up& up) { self->state.announce(up); },
      [self](const revoke_child& revoke) {
        auto* c = self->state.find(revoke.name);
        if (c == nullptr || c->number != revoke.number || !c->handle || self->state.stopping) return;
        self->state.revoke(*c);
      },
      [self](const restart_due& due) {
        auto* c = self->state.find(due.name);
        if (c != nullptr && c->waiting && !self->state.stopping) self->state.start(*c);
      },
      [self](const stop_tree&) {
        if (std::exchange(self->state.stopping, true)) return;
        self->state.stop_next();
      },
      [self](const stop_timeout& late) {
        auto* c = self->state.find(late.name);
        if (c == nullptr || !c->handle || !self->state.stopping) return;
        self->demonitor(c->handle);
        self->state.kill(c->handle);
        c->handle = nullptr;
        self->state.stop_next();
      },
  };
}

}  // namespace bulkhead::actors
