// The process of one broker: its subtree as in a node, with stand-ins for feed and runner at the other end of a link.
// It ends with its node, at once, and when its subtree gives up.
#include "actors/heart.hpp"
#include "actors/stand_in.hpp"
#include "actors/system_config.hpp"
#include "actors/watched.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/fault/failpoint.hpp"
#include "runtime/link/link_codec.hpp"
#include "runtime/process/link_port.hpp"
#include "tools/app/commands.hpp"
#include "tools/app/data_dir.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/app/node_notes.hpp"
#include "tools/app/process_desk.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

constexpr int exit_gave_up = 3;
constexpr int exit_without_node = 4;

/// Where messages of the node go inside this process. The stand-ins may be started anew.
class switchboard {
 public:
  void plug(link::source as, caf::actor handle) {
    const std::scoped_lock lock{guard_};
    (as == link::source::feed ? feed_ : runner_) = std::move(handle);
  }
  void plug_desk(caf::actor desk) { desk_ = std::move(desk); }

  /// On the link's thread.
  void hand_over(link::to_process m) {
    const caf::actor to = addressee(m);
    if (to) caf::anon_send(to, actors::node_said{std::move(m)});
  }

 private:
  caf::actor addressee(const link::to_process& m) {
    const std::scoped_lock lock{guard_};
    if (std::holds_alternative<link::frame_part>(m)) return feed_;
    if (std::holds_alternative<link::signal_part>(m)) return runner_;
    if (const auto* up = std::get_if<link::peer_up>(&m)) return up->from == link::source::feed ? feed_ : runner_;
    return desk_;
  }

  std::mutex guard_;
  caf::actor feed_;
  caf::actor runner_;
  caf::actor desk_;
};

/// Ends this process at once: an effect without a node to hold the gate is none that anybody wants.
[[noreturn]] void end_without_node(const std::string& broker, const std::string& why) {
  fmt::print(stderr, "bulkhead {}: {}; the process ends\n", broker, why);
  std::fflush(nullptr);
  ::_exit(exit_without_node);
}

/// Dies with its node, leaves no core file of an account, and is not stopped by a closed link.
void settle_in(const compartment_options& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != options.parent) end_without_node(options.broker, "the node is gone");
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  // A service manager that ends the whole group means the node, which drains this process: its link says when to end.
  for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
}

actors::supervisor_config stand_ins(const std::string& broker, const std::shared_ptr<process::link_port>& port,
                                    const std::shared_ptr<switchboard>& board,
                                    const std::function<void(const actors::supervision_event&)>& report) {
  actors::supervisor_config config;
  config.log = [broker, report](actors::supervision_event e) {
    e.path = fmt::format("{}/{}", broker, e.path.empty() ? "link" : "link/" + e.path);
    report(e);
  };
  const auto counter = std::make_shared<std::atomic<std::uint64_t>>(0);
  for (const auto as : {link::source::feed, link::source::runner}) {
    config.children.push_back(
        {as == link::source::feed ? "feed" : "runner",
         [=](caf::actor_system& system, actors::incarnation number, const actors::supervisor_actor&) {
           actors::stand_in_config one;
           one.as = as;
           one.number = number;
           one.send = [port](const link::to_node& m) { port->send(link::encode(m)); };
           one.next_subscription = [counter] { return counter->fetch_add(1) + 1; };
           const caf::actor handle = system.spawn(actors::stand_in, std::move(one));
           board->plug(as, handle);
           return handle;
         }});
  }
  return config;
}

/// Answers the node's questions and waits for the end of the subtree. Runs on the main thread.
class desk {
 public:
  desk(caf::scoped_actor& self, const node_parts& parts, process::link_port& port)
      : self_(&self),
        broker_(parts.brokers.front()->settings.id),
        codec_(broker_, parts.settings->instruments),
        port_(&port),
        queries_(parts) {}

  /// Returns the exit code.
  int serve(const actors::node_actor& node) {
    int code = -1;
    const auto me = caf::actor_cast<caf::actor>(*self_);
    while (code < 0) {
      (*self_)->receive([&](const actors::node_said& m) { heard(m.what, node, me); },
                        [&](const actors::operated& m) { answer(m); },
                        [&](const actors::bridge_status& m) { answer(m); },
                        [&](const actors::subtree_down& m) { code = gave_up(m.reason); },
                        [&](const actors::node_finished& m) { code = finished(m); },
                        caf::after(std::chrono::milliseconds{50}) >> [] {});
      if (code < 0 && stopped_ && std::chrono::steady_clock::now() > stop_by_) code = exit_done;
    }
    return code;
  }

 private:
  void heard(const link::to_process& m, const actors::node_actor& node, const caf::actor& me) {
    if (const auto* c = std::get_if<link::command>(&m)) {
      (*self_)->send(node, actors::operate{broker_, c->ticket, c->what, me});
    } else if (const auto* s = std::get_if<link::status_question>(&m)) {
      (*self_)->send(node, actors::ask_status{broker_, s->ticket, me});
    } else if (const auto* q = std::get_if<link::query>(&m)) {
      port_->send(link::encode(link::query_answer{q->number, queries_.answer(q->text)}));
    } else if (std::holds_alternative<link::stop>(m)) {
      (*self_)->send(node, actors::runner_drained{});  // the last that its end waited for
      stopped_ = true;
      stop_by_ = std::chrono::steady_clock::now() + std::chrono::milliseconds{1500};
    }
  }

  void answer(const actors::operated& m) {
    link::command_answer out{m.ticket, m.error, {}, {}};
    if (m.events) {
      for (const event& e : *m.events) out.events.push_back(codec_.encode(e));
    }
    for (const client_order_id& id : m.at_gate) out.at_gate.push_back(id.str());
    port_->send(link::encode(out));
  }

  void answer(const actors::bridge_status& m) {
    port_->send(link::encode(link::status_answer{m.ticket, m.down, m.is_open, m.outage, m.last_seq, m.durable_seq,
                                                 m.processed, m.event_time, m.kill, m.incarnations}));
  }

  int gave_up(const std::string& reason) {
    port_->send(link::encode(link::gave_up{reason}));
    return exit_gave_up;
  }

  int finished(const actors::node_finished& m) {
    return m.isolated.empty() ? exit_done : gave_up(m.isolated.front().reason);
  }

  caf::scoped_actor* self_;
  broker_id broker_;
  event_codec codec_;
  process::link_port* port_;
  process_desk queries_;
  bool stopped_ = false;
  std::chrono::steady_clock::time_point stop_by_;
};

int run_subtree(const compartment_options& options, const std::shared_ptr<const config::settings>& s) {
  const auto page = process::shared_page::attach(options.page);
  const auto nodes = process::shared_page::at<node_page>(page, true);
  const auto own = process::shared_page::at<process_page>(page, false);
  const auto context = make_broker_context(s->brokers.front(), file_backends(*s));
  context->gate = std::make_shared<effect_gate>(std::shared_ptr<gate_hold>{nodes, &nodes->hold});
  heed_lease(*context);
  context->counters = {own, &own->counters};

  const std::size_t threads =
      s->scheduler_threads > 0 ? static_cast<std::size_t>(s->scheduler_threads) : actors::scheduler_threads(1);
  actors::system_config system_config{threads};
  caf::actor_system system{system_config};
  caf::scoped_actor self{system};
  const auto board = std::make_shared<switchboard>();
  board->plug_desk(caf::actor_cast<caf::actor>(self));
  const auto stream = std::make_shared<link::link_stream<link::to_process>>(s->instruments.size());
  const auto port = std::make_shared<process::link_port>(
      options.link,
      [board, stream](std::string_view bytes) {
        stream->add(bytes);
        while (auto m = stream->next()) board->hand_over(std::move(*m));
      },
      [gate = context->gate, broker = options.broker](const std::string& why) {
        gate->fence();
        end_without_node(broker, why);
      });
  port->send(link::encode(identity_of(*s, s->brokers.front())));
  system.spawn(actors::heart, std::shared_ptr<std::atomic<std::uint64_t>>{own, &own->heartbeat},
               std::chrono::milliseconds{s->process.heartbeat_ms});

  node_parts parts;
  parts.settings = s;
  parts.brokers = {context};
  parts.feed_counters = std::make_shared<actors::feed_counters>();
  parts.runner_counters = std::make_shared<actors::runner_counters>();
  parts.on_supervision = [port, broker = options.broker,
                          to = caf::actor_cast<caf::actor>(self)](const actors::supervision_event& e) {
    port->send(link::encode(link::supervised{e.path, e.number, e.what, e.reason}));
    if (e.what == "gave_up" && e.path == broker) caf::anon_send(to, actors::subtree_down{e.path, e.reason});
  };
  actors::node_config config;
  config.listener = caf::actor_cast<caf::actor>(self);
  config.vitals = parts.vitals;
  config.waits_for_views = context->has_views;
  config.waits_for_topics = context->topics != nullptr;
  config.end_patience = config.topics_patience = std::chrono::hours{24 * 365};  // the node says when it ends
  config.on_drained = [port](const actors::broker_drained& m) { port->send(link::encode(link::drained{m.last_seq})); };
  config.on_views = [port](const actors::views_current& m) { port->send(link::encode(link::views{m.seq})); };
  config.shared = {
      "", [&](const actors::node_actor&) { return stand_ins(options.broker, port, board, parts.on_supervision); }};
  config.brokers = {{options.broker, [parts, context](const actors::node_actor& node) {
                       return broker_subtree(parts, context, node);
                     }}};
  const auto node =
      actors::spawn_watched(system, {parts.vitals, options.broker + "/node"}, actors::node, std::move(config));
  const actors::watchdog dog{parts.vitals, watchdog_settings_of(*s), [parts](const actors::watchdog_report& r) {
                               note(parts, {r.path, r.incarnation, r.what, r.text});
                             }};
  int code = exit_failed;
  try {
    code = desk{self, parts, *port}.serve(node);
  } catch (const std::exception& e) {
    // Without its main thread nobody could command it any more, and its heart would go on beating.
    fmt::print(stderr, "bulkhead {}: {}; the process ends\n", options.broker, e.what());
  }
  note_late_views(parts);
  if (context->topics) context->topics->keep_position(std::chrono::seconds{1});
  port->flush(std::chrono::seconds{1});
  std::fflush(nullptr);
  ::_exit(code);  // what counts is durable, and an actor that hangs must not keep the process
}

}  // namespace

int run_compartment(const compartment_options& options) {
  settle_in(options);
  config::load_result loaded = load(options.common, options.broker);
  for (const config::finding& f : loaded.findings) fmt::print(stderr, "bulkhead {}: {}\n", options.broker, f.text());
  if (!loaded.value || loaded.value->brokers.size() != 1) {
    fmt::print(stderr, "bulkhead {}: its configuration has problems; the process ends\n", options.broker);
    return exit_usage;
  }
  const auto s = std::make_shared<const config::settings>(std::move(*loaded.value));
  spdlog::set_default_logger(spdlog::stderr_logger_mt("bulkhead " + options.broker));
  spdlog::set_level(spdlog::level::from_str(s->log_level));
  if (const char* text = std::getenv("BULKHEAD_FAILPOINTS")) (void)fault::arm_from(text);  // the node has checked it
  broker_lock lock;
  constexpr std::chrono::seconds for_an_orphan{5};
  if (const std::string busy = lock.take(s->data_dir, s->brokers.front().id, for_an_orphan); !busy.empty()) {
    fmt::print(stderr, "bulkhead {}: {}\n", options.broker, busy);
    return exit_failed;
  }
  return run_subtree(options, s);
}

}  // namespace bulkhead::app
