#include "actors/compartment.hpp"

#include "runtime/fault/failpoint.hpp"
#include "runtime/link/link_codec.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead::actors {
namespace {

/// Ends the subtree for good: no restart can mend this.
[[noreturn]] void stop_for_good(const std::string& reason) { throw fatal_failure(reason); }

struct relay_config {
  std::string scope;  ///< of the failpoints: not the broker's own, which are its process's
  process_door door;
  std::uint64_t ticket = 0;
  std::uint64_t subscription = 0;
  std::size_t frame_bytes = 0;
  std::size_t signals_at_once = 0;
};

/// Receives one subscription of the process. A message that does not get into the queue ends the process: its slot
/// says why.
caf::behavior relay(caf::event_based_actor* self, relay_config config) {
  end_with_exception_text(self);
  return {
      [config](const frames& m) {
        fault::hit(config.scope, "frames");
        for (const link::frame_part& part :
             link::split({config.subscription, m.batch, m.end, m.notices}, config.frame_bytes)) {
          if (!config.door.send(config.ticket, link::encode(link::to_process{part}))) return;
        }
      },
      [config](const frame_signals& m) {
        fault::hit(config.scope, "signals");
        for (const link::signal_part& part :
             link::split({config.subscription, m.through, m.signals, m.notices, m.refuse_entries_through},
                         config.signals_at_once)) {
          if (!config.door.send(config.ticket, link::encode(link::to_process{part}))) return;
        }
      },
  };
}

/// Runs on the process's thread; knows the actor by its handle alone.
process::slot_listener listener_of(const compartment_actor& to, const std::shared_ptr<std::atomic<int>>& unhandled,
                                   std::size_t instruments, int most_unhandled) {
  process::slot_listener out;
  out.ready = [unhandled, most_unhandled] { return unhandled->load() < most_unhandled; };
  out.received = [to, unhandled,
                  stream = std::make_shared<link::link_stream<link::to_node>>(instruments)](std::string_view bytes) {
    stream->add(bytes);
    while (auto m = stream->next()) {
      unhandled->fetch_add(1);
      caf::anon_send(to, process_said{std::move(*m)});
    }
  };
  out.ended = [to](const std::string& reason) { caf::anon_send(to, process_ended{reason}); };
  return out;
}

std::string difference(const link::hello& expected, const link::hello& m) {
  const auto differs = [](std::string_view what, const auto& wanted, const auto& given) {
    return wanted == given ? std::string{} : fmt::format("its {} is {}, the node's {}; ", what, given, wanted);
  };
  std::string all = differs("version", expected.version, m.version) + differs("build", expected.build, m.build) +
                    differs("broker", expected.broker, m.broker) + differs("schema", expected.schema, m.schema);
  if (expected.settings != m.settings) {
    all +=
        "its settings are not the node's: a file of the configuration was edited since the node started; put it back, "
        "or start the node again; ";
  }
  if (!all.empty()) all.resize(all.size() - 2);
  return all;
}

}  // namespace

compartment_state::~compartment_state() {
  try {
    if (config.door.end && ticket != 0) config.door.end(ticket, "its compartment in the node ended");
  } catch (const std::exception&) {
    return;  // out of memory: the next start ends it as well
  }
}

void compartment_state::begin(compartment_config c) {
  config = std::move(c);
  codec = std::make_unique<event_codec>(config.broker, *config.instruments);
  ticket = config.door.start(listener_of(caf::actor_cast<compartment_actor>(self), unhandled,
                                         config.instruments->size(), config.most_unhandled));
  self->delayed_send(self, config.patience / 8, check_answers{});
}

void compartment_state::role_changed(const role_up& up) {
  if (up.path != "feed" && up.path != "runner") return;
  const auto which = up.path == "feed" ? link::source::feed : link::source::runner;
  peer& p = at(which);
  p.handle = up.handle;
  if (p.pending) {
    subscribe_for(p, *p.pending);
  } else if (greeted) {
    send(link::peer_up{which, up.number});  // only the process knows from where it wants to read on
  }
}

void compartment_state::heard(const process_said& message) {
  unhandled->fetch_sub(1);
  fault::hit("link." + config.broker.str(), "heard");
  if (ticket == 0) return;  // never: its end is the last that comes from a process
  if (!greeted && !std::holds_alternative<link::hello>(message.what)) {
    stop_for_good("its process did not begin with hello");
  }
  std::visit([this](const auto& m) { on(m); }, message.what);
}

void compartment_state::on(const link::hello& m) {
  if (const std::string wrong = difference(config.expected, m); !wrong.empty()) {
    stop_for_good(fmt::format("its process (pid {}) is refused: {}", m.pid, wrong));
  }
  greeted = true;
}

void compartment_state::check_frame(feed_seq frame) const {
  const std::uint64_t last = config.frames();
  if (last == 0 || frame <= last) return;
  throw std::runtime_error(fmt::format("its process named frame {}, the feed has {}", frame, last));
}

void compartment_state::on(const link::subscribed& m) {
  check_frame(m.seen);
  if (m.from == 0 || m.from > m.seen + 1) {
    throw std::runtime_error(fmt::format(
        "its process asked for frames from {} and has processed {}: allowed: 1 to the one after", m.from, m.seen));
  }
  peer& p = at(m.to);
  if (p.handle) {
    subscribe_for(p, m);
  } else {
    p.pending = m;
  }
}

void compartment_state::subscribe_for(peer& p, const link::subscribed& m) {
  const link::subscribed wanted = m;
  p.pending.reset();
  if (p.relay) {
    self->unlink_from(p.relay);
    caf::anon_send_exit(p.relay, caf::exit_reason::kill);
  }
  p.relay =
      self->spawn<caf::linked>(relay, relay_config{"link." + config.broker.str(), config.door, ticket,
                                                   wanted.subscription, config.frame_bytes, config.signals_at_once});
  caf::anon_send(p.handle, subscribe{config.broker.str(), wanted.from, wanted.seen, p.relay});
}

void compartment_state::on(const link::progress& m) {
  fault::hit("link." + config.broker.str(), "credit");
  check_frame(m.processed);
  check_frame(m.resume);
  const credit c{config.broker.str(), m.processed, m.resume};
  for (const peer& p : peers) {
    if (p.handle) caf::anon_send(p.handle, c);
  }
}

std::optional<compartment_state::question> compartment_state::take_question(std::uint64_t number) {
  const auto it = asked.find(number);
  if (it == asked.end()) return std::nullopt;  // answered already, with a refusal: it took too long
  question q = std::move(it->second);
  asked.erase(it);
  return q;
}

void compartment_state::on(const link::command_answer& m) {
  const auto q = take_question(m.ticket);
  if (!q) return;
  operated done{config.broker, q->ticket, m.error, nullptr, {}};
  if (!m.events.empty()) {
    auto events = std::make_shared<std::vector<event>>();
    for (const std::string& text : m.events) events->push_back(codec->decode(text));
    done.events = std::move(events);
  }
  for (const std::string& id : m.at_gate) done.at_gate.emplace_back(id);
  caf::anon_send(q->who, std::move(done));
}

void compartment_state::on(const link::status_answer& m) {
  const auto q = take_question(m.ticket);
  if (!q) return;
  bridge_status status;
  status.ticket = q->ticket;
  status.broker = config.broker;
  status.down = m.down;
  status.is_open = m.is_open;
  status.outage = m.outage;
  status.last_seq = m.last_seq;
  status.durable_seq = m.durable_seq;
  status.processed = m.processed;
  status.event_time = m.event_time;
  status.kill = m.kill;
  status.incarnations = m.incarnations;
  caf::anon_send(q->who, std::move(status));
}

void compartment_state::on(const link::query_answer& m) {
  if (const auto q = take_question(m.number)) caf::anon_send(q->who, process_told{q->ticket, {}, m.text});
}

void compartment_state::on(const link::drained& m) {
  self->send(config.node, broker_drained{config.broker, m.last_seq});
}

void compartment_state::on(const link::views& m) {
  // Its node says it of views and topics together.
  self->send(config.node, views_current{config.broker, m.seq});
  self->send(config.node, topics_current{config.broker.str(), m.seq});
}

void compartment_state::on(const link::supervised& m) {
  supervision_event e{m.path, m.number, m.what, m.reason};
  e.at = wall_time();  // the link carries no time
  config.log(e);
}

void compartment_state::on(const link::gave_up& m) { for_good = m.reason; }

template <class Message>
void compartment_state::ask(const Message& message, question::kind kind,
                            const std::function<link::to_process(std::uint64_t)>& make) {
  question q{message.ticket, message.who, self->clock().now() + config.patience, kind};
  if (!greeted) {
    return refuse(q, ticket == 0 ? "its process has ended: try again in a moment"
                                 : "its process is starting: try again in a moment");
  }
  if (asked.size() >= config.most_asked) return refuse(q, "too many questions wait for its process: try again later");
  const std::uint64_t number = next_question++;
  asked.emplace(number, std::move(q));
  send(make(number));
}

void compartment_state::refuse(const question& q, const std::string& why) const {
  if (q.what == question::kind::command) {
    caf::anon_send(q.who, operated{config.broker, q.ticket, why, nullptr, {}});
  } else if (q.what == question::kind::query) {
    caf::anon_send(q.who, process_told{q.ticket, why, {}});
  } else {
    bridge_status status;
    status.ticket = q.ticket;
    status.broker = config.broker;
    status.down = why;
    caf::anon_send(q.who, std::move(status));
  }
}

void compartment_state::check() {
  const auto now = self->clock().now();
  std::erase_if(asked, [&](const auto& entry) {
    if (entry.second.until > now) return false;
    refuse(entry.second, "its process did not answer in time; what was asked may still happen");
    return true;
  });
  self->delayed_send(self, config.patience / 8, check_answers{});
}

void compartment_state::send(const link::to_process& m) { config.door.send(ticket, link::encode(m)); }

void compartment_state::stop_process() {
  if (std::exchange(stopping, true)) return;
  if (greeted) {
    send(link::stop{});
  } else {
    config.door.end(ticket, "stopped before it had begun");
  }
}

void compartment_state::ended(const process_ended& message) {
  for (const auto& [number, q] : asked) refuse(q, "its process ended: " + message.reason);
  asked.clear();
  if (std::exchange(ticket, 0) != 0) {
    // What was asked meanwhile is queued ahead of this: it gets its answer before the end.
    greeted = false;
    self->send(self, message);
    return;
  }
  if (stopping) {
    self->quit(caf::exit_reason::user_shutdown);
  } else if (!for_good.empty()) {
    stop_for_good(for_good);
  } else {
    throw std::runtime_error("its process: " + message.reason);
  }
}

compartment_actor::behavior_type compartment(compartment_actor::stateful_pointer<compartment_state> self,
                                             compartment_config config) {
  end_with_exception_text(self);
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (exit.reason == caf::exit_reason::user_shutdown) {  // its supervisor stops it in order
      self->state.stop_process();
    } else {
      self->quit(std::move(exit.reason));
    }
  });
  self->state.begin(std::move(config));
  using kind = compartment_state::question::kind;
  return {
      [self](const role_up& m) { self->state.role_changed(m); },
      [self](const process_said& m) { self->state.heard(m); },
      [self](const process_ended& m) { self->state.ended(m); },
      [self](const operate& m) {
        self->state.ask(m, kind::command, [&](std::uint64_t n) { return link::command{n, m.command}; });
      },
      [self](const ask_status& m) {
        self->state.ask(m, kind::status, [](std::uint64_t n) { return link::status_question{n}; });
      },
      [self](const ask_process& m) {
        self->state.ask(m, kind::query, [&](std::uint64_t n) { return link::query{n, m.text}; });
      },
      [self](const check_answers&) { self->state.check(); },
  };
}

}  // namespace bulkhead::actors
