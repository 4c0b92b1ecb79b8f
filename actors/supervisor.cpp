#include "actors/supervisor.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace bulkhead::actors {
namespace {

using supervision::ending;

ending ending_of(const caf::error& reason) {
  if (!reason || reason == caf::exit_reason::normal) return ending::normal;
  if (reason == caf::exit_reason::user_shutdown) return ending::shutdown;
  if (reason.category() == caf::detail::error_factory<actor_failure>::category) return ending::fatal;
  return ending::failed;
}

std::string text_of(const caf::error& reason) {
  const bool has_text = reason && reason.context().match_elements<std::string>();
  return has_text ? reason.context().get_as<std::string>(0) : to_string(reason);
}

}  // namespace

timestamp wall_time() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count() * 1'000'000};
}

caf::error exit_reason_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const fatal_failure& e) {
    return caf::make_error(actor_failure::fatal, std::string{e.what()});
  } catch (const std::exception& e) {
    return caf::make_error(caf::sec::runtime_error, std::string{e.what()});
  } catch (...) {
    return caf::make_error(caf::sec::runtime_error, std::string{"unknown exception"});
  }
}

void supervisor_state::begin(supervisor_config c) {
  config = std::move(c);
  supervision::tree_rules rules;
  rules.strategy = config.strategy;
  rules.limits = config.limits;
  rules.jitter_seed = config.jitter_seed;
  for (child_spec& spec : config.children) {
    children.push_back({std::move(spec), {}, 0, {}, {}});
    const std::string child_path = path(children.size() - 1);
    const auto last = config.last_numbers.find(child_path);
    const child_spec& kept = children.back().spec;
    rules.children.push_back(
        {child_path, kept.type, kept.stop_timeout, last == config.last_numbers.end() ? 0 : last->second});
  }
  core = std::make_unique<supervision::supervision_core>(std::move(rules));
  perform(core->begin());
}

std::string supervisor_state::path(std::size_t n) const {
  const std::string& child_name = children[n].spec.name;
  return config.name.empty() ? child_name : fmt::format("{}/{}", config.name, child_name);
}

std::size_t supervisor_state::find(const std::string& child_name) const {
  const auto it = std::ranges::find(children, child_name, [](const child& c) { return c.spec.name; });
  return static_cast<std::size_t>(it - children.begin());
}

void supervisor_state::perform(supervision::actions list) {
  std::ranges::move(list, std::back_inserter(to_do));
  if (std::exchange(performing, true)) return;
  while (!to_do.empty() || core->has_waiting()) {
    if (to_do.empty()) {
      std::ranges::move(core->proceed(now()), std::back_inserter(to_do));
      continue;
    }
    const supervision::action next = std::move(to_do.front());
    to_do.pop_front();
    carry_out(next);
  }
  performing = false;
}

void supervisor_state::carry_out(const supervision::action& a) {
  using kind = supervision::action::kind;
  switch (a.what) {
    case kind::start:
      start(a.child, a.number);
      break;
    case kind::stop:
      if (!children[a.child].handle) break;
      if (children[a.child].spec.supervises) {
        caf::anon_send(caf::actor_cast<supervisor_actor>(children[a.child].handle), stop_tree{});
      } else {
        caf::anon_send_exit(children[a.child].handle, caf::exit_reason::user_shutdown);
      }
      break;
    case kind::kill:
      known.erase(path(a.child));
      if (const caf::actor handle = std::exchange(children[a.child].handle, nullptr)) {
        children[a.child].leaving[handle.address()] = a.number;  // its end shows that its thread is free again
        kill(handle);
      }
      break;
    case kind::timer:
      if (a.after.count() == 0) {
        self->send(self, supervision_due{a.timer});  // behind what came in meanwhile
      } else {
        self->delayed_send(self, a.after, supervision_due{a.timer});
      }
      break;
    case kind::note:
      log(a);
      break;
    case kind::escalate:
      if (config.parent) caf::anon_send(config.parent, subtree_down{config.name, a.reason});
      break;
    case kind::ready:
      config.ready();
      break;
    case kind::done:
      self->quit(caf::exit_reason::user_shutdown);
      break;
  }
}

void supervisor_state::start(std::size_t n, incarnation number) {
  child& c = children[n];
  c.number = number;
  c.why_down.clear();
  try {
    c.handle = c.spec.start(self->system(), number, caf::actor_cast<supervisor_actor>(self));
  } catch (const fatal_failure& e) {
    perform(core->start_failed(n, number, ending::fatal, e.what(), now()));
    return;
  } catch (const std::exception& e) {
    perform(core->start_failed(n, number, ending::failed, e.what(), now()));
    return;
  }
  self->monitor(c.handle);
  // Both ways: a child never outlives its supervisor. The exit handler keeps the supervisor from dying with a child.
  self->link_to(c.handle);
  for (const auto& [other, up] : known) caf::anon_send(c.handle, up);
  if (!c.spec.supervises) is_up(n);
}

void supervisor_state::is_up(std::size_t n) {
  const child& c = children[n];
  perform(core->started(n, c.number));
  if (!c.spec.supervises) announce({path(n), c.number, c.handle});
}

void supervisor_state::announce(const role_up& up) {
  const auto before = known.find(up.path);
  if (before != known.end() && before->second.handle == up.handle) return;
  known[up.path] = up;
  for (std::size_t n = 0; n < children.size(); ++n) {
    // What a subtree told is no news to it.
    const bool told_it = children[n].spec.supervises && up.path.starts_with(path(n) + "/");
    if (children[n].handle && children[n].handle != up.handle && !told_it) caf::anon_send(children[n].handle, up);
  }
  const bool own = config.name.empty() ? find(up.path) != children.size() : up.path.starts_with(config.name + "/");
  if (own && config.parent) caf::anon_send(config.parent, up);
}

void supervisor_state::kill(const caf::actor& handle) const {
  self->unlink_from(handle);
  caf::anon_send_exit(handle, caf::exit_reason::kill);
}

void supervisor_state::log(const supervision::action& note) const {
  const bool whole_tree = note.child == supervision::no_child;
  try {
    config.log({whole_tree ? config.name : path(note.child), note.number, std::string{note.event}, note.reason,
                wall_time(), note.after.count()});
  } catch (const std::exception&) {
    // The log is for people: it must not decide over the tree.
    return;
  }
}

void supervisor_state::on_down(const caf::down_msg& down) {
  for (std::size_t n = 0; n < children.size(); ++n) {
    child& c = children[n];
    if (const auto it = c.leaving.find(down.source); it != c.leaving.end()) {
      const incarnation number = it->second;
      c.leaving.erase(it);
      perform(core->ended(n, number, ending::failed, text_of(down.reason), now()));
      return;
    }
    if (!c.handle || c.handle.address() != down.source) continue;
    c.handle = nullptr;
    known.erase(path(n));
    std::string reason = c.why_down.empty() ? text_of(down.reason) : c.why_down;
    const bool was_up = core->is_running(n) || core->is_stopping(n);
    const ending how = ending_of(down.reason);
    if (was_up) {
      perform(core->ended(n, c.number, how, reason, now()));
    } else {
      perform(core->start_failed(n, c.number, how == ending::fatal ? how : ending::failed, reason, now()));
    }
    return;
  }
}

void supervisor_state::on_exit(const caf::exit_msg& exit) {
  if (!config.parent || config.parent.address() != exit.source) return;
  self->quit(exit.reason);
}

supervisor_actor::behavior_type supervisor(supervisor_actor::stateful_pointer<supervisor_state> self,
                                           supervisor_config config) {
  end_with_exception_text(self);
  self->set_down_handler([self](caf::down_msg& down) { self->state.on_down(down); });
  self->set_exit_handler([self](caf::exit_msg& exit) { self->state.on_exit(exit); });
  self->state.begin(std::move(config));
  return {
      [self](const role_up& up) { self->state.announce(up); },
      [self](const revoke_child& revoke) {
        auto& state = self->state;
        const std::size_t n = state.find(revoke.name);
        if (n != state.children.size()) state.perform(state.core->revoke(n, revoke.number, state.now()));
      },
      [self](const restart_child& restart) {
        auto& state = self->state;
        const std::size_t n = state.find(restart.name);
        if (n != state.children.size()) state.perform(state.core->restart_child(n, state.now()));
      },
      [self](const supervision_due& due) {
        auto& state = self->state;
        state.perform(state.core->timer_due(due.timer, state.now()));
      },
      [self](const child_ready& ready) {
        auto& state = self->state;
        const std::size_t n = state.find(ready.name);
        if (n != state.children.size() && state.children[n].number == ready.number) state.is_up(n);
      },
      [self](const subtree_down& down) {
        auto& state = self->state;
        for (std::size_t n = 0; n < state.children.size(); ++n) {
          if (state.path(n) == down.name) state.children[n].why_down = down.reason;
        }
      },
      [self](const stop_tree&) { self->state.perform(self->state.core->stop()); },
  };
}

child_spec supervised_tree(std::string name, const std::string& path, std::function<supervisor_config()> make,
                           std::chrono::milliseconds stop_timeout) {
  child_spec spec;
  spec.supervises = true;
  spec.stop_timeout = stop_timeout;
  spec.start = [name, path, make = std::move(make)](caf::actor_system& system, incarnation number,
                                                    const supervisor_actor& parent) {
    supervisor_config config = make();
    config.name = path;
    config.parent = caf::actor_cast<caf::actor>(parent);
    config.ready = [parent, name, number] { caf::anon_send(parent, child_ready{name, number}); };
    return caf::actor_cast<caf::actor>(system.spawn(supervisor, std::move(config)));
  };
  spec.name = std::move(name);
  return spec;
}

}  // namespace bulkhead::actors
