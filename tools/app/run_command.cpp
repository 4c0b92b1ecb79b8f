#include "actors/system_config.hpp"
#include "actors/watchdog.hpp"
#include "actors/watched.hpp"
#include "runtime/fault/chaos.hpp"
#include "runtime/roles/kill_file.hpp"
#include "tools/app/commands.hpp"
#include "tools/app/control_desk.hpp"
#include "tools/app/control_server.hpp"
#include "tools/app/journal_source.hpp"
#include "tools/app/live_feed.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/app/node_notes.hpp"
#include "tools/app/parts.hpp"
#include "tools/app/progress.hpp"
#include "tools/app/run_outcome.hpp"
#include "tools/app/run_start.hpp"
#include "tools/app/topics.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

std::atomic<int> interrupts{0};
std::atomic<int> reloads{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_interrupt(int) { interrupts.fetch_add(1); }
void on_reload(int) { reloads.fetch_add(1); }

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = on_reload;
  ::sigaction(SIGHUP, &action, nullptr);
}

void log_supervision(const actors::supervision_event& e) {
  if (e.what == "chaos" || e.what == "returned" || e.what == "queue_short") {
    spdlog::warn("{} {}: {}", e.path, e.what, e.reason);
  } else if (e.what == "gave_up") {
    spdlog::error("{} gave up: {}", e.path.empty() ? "the shared subtree" : e.path, e.reason);
  } else if (e.what == "failed" || e.what == "killed" || e.what == "hangs" || e.what == "queue_long") {
    spdlog::error("{} (incarnation {}) {}: {}", e.path, e.number, e.what, e.reason);
  } else if (e.what == "started" && e.number > 1) {
    spdlog::warn("{} restarted as incarnation {}", e.path, e.number);
  } else {
    spdlog::debug("{} (incarnation {}) {}", e.path, e.number, e.what);
  }
}

/// For a reload: only the strategies of the new configuration take effect, but all of it has to be valid.
/// The risk managers keep the limits that they were started with, so a set with other limits is refused.
std::vector<config::strategy_settings> reread_strategies(const common_options& options, const config::settings& start) {
  config::load_result result = load(options);
  if (result.value) {
    for (const config::strategy_settings& now : result.value->strategies) {
      const auto before = std::ranges::find(start.strategies, now.name, &config::strategy_settings::name);
      const bool same = before == start.strategies.end() ? now.risk.empty() : before->risk == now.risk;
      if (same) continue;
      throw std::runtime_error(
          fmt::format("{}: risk: the limits of strategy {} differ from those that the node was "
                      "started with; they change at a restart only (run --resume)",
                      now.file.string(), now.name.str()));
    }
    return std::move(result.value->strategies);
  }
  std::string all;
  for (const config::finding& f : result.findings) all += fmt::format("{}{}", all.empty() ? "" : "\n", f.text());
  throw std::runtime_error(all);
}

/// Waits for the end; the first Ctrl-C drains, and five seconds later the process ends whatever still runs. Live
/// brokers have `settling` more to say what became of orders, unless there is a second Ctrl-C.
run_outcome wait_for_end(caf::scoped_actor& self, const actors::node_actor& node,
                         const std::shared_ptr<actors::feed_counters>& counters, live_feed* live,
                         std::chrono::milliseconds settling) {
  run_outcome outcome;
  bool finished = false;
  progress bar{"run"};
  std::chrono::steady_clock::time_point give_up{};
  while (!finished) {
    self->receive(
        [&](actors::node_finished& end) {
          outcome.isolated = std::move(end.isolated);
          finished = true;
        },
        [](const actors::strategy_command_done& done) {
          if (done.error.empty()) {
            spdlog::warn("SIGHUP: {}", done.text);
          } else {
            spdlog::error("SIGHUP: {}", done.error);
          }
        },
        caf::after(std::chrono::milliseconds{50}) >> [] {});
    if (reloads.exchange(0) > 0) {
      self->send(node, actors::strategy_command{0, "reload", {}, caf::actor_cast<caf::actor>(self)});
    }
    const timestamp now{counters->event_ns.load()};
    if (live == nullptr) {
      bar.update(counters->sent.load(), counters->total.load(), now.ns == 0 ? "" : to_iso_ist(now));
    } else {
      bar.say(fmt::format("frame {} {}, feed {}", counters->sent.load(), now.ns == 0 ? "" : to_iso_ist(now),
                          live->state().text()));
    }
    if (interrupts.load() > 0 && !std::exchange(outcome.interrupted, true)) {
      bar.finish();
      fmt::print(stderr, "stopping: draining what was sent, then a snapshot\n");
      if (settling.count() > 0) {
        fmt::print(
            stderr,
            "orders that a broker has not answered for are waited for, {} s at most; Ctrl-C again ends at once\n",
            (settling.count() + 999) / 1000);
      }
      fault::end_chaos();
      if (live != nullptr) live->close();
      self->send(node, actors::drain_node{});
      give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds{4500} + settling;
    }
    const bool is_impatient = settling.count() > 0 && interrupts.load() > 1;
    if (outcome.interrupted && !finished && (is_impatient || std::chrono::steady_clock::now() > give_up)) {
      fmt::print(stderr,
                 "bulkhead: a part of the node did not stop in time; what is journaled is safe: run --resume\n");
      std::fflush(nullptr);
      ::_exit(exit_failed);
    }
  }
  return outcome;
}

/// An actor that hangs in a handler cannot be ended, only the process can.
bool all_actors_end(caf::actor_system& system, const caf::scoped_actor& self) {
  constexpr int tries = 100;
  for (int i = 0; i < tries; ++i) {
    if (system.registry().running() <= (self ? 1U : 0U)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return false;
}

process_maker processes_of(const common_options& options, const std::shared_ptr<const config::settings>& s) {
  return [options, s](const config::broker_settings& b) {
    return b.placement == "process" ? std::make_shared<broker_process>(*s, b, options) : nullptr;
  };
}

/// Nobody acts or writes for a broker once this is over; its files can be read.
void end_processes(const node_parts& parts) {
  for (const auto& b : parts.brokers) {
    if (b->process && !b->process->slot().close()) {
      fmt::print(stderr, "bulkhead: the process of {} cannot be ended; what it journaled is safe\n",
                 b->settings.id.str());
    }
  }
}

/// `live` is nullptr for a feed that is read from its beginning to its end.
int run_tree(const run_options& options, const std::shared_ptr<const config::settings>& s, const std::string& feed,
             const std::shared_ptr<live_feed>& live) {
  const std::size_t threads = s->scheduler_threads > 0 ? static_cast<std::size_t>(s->scheduler_threads)
                                                       : actors::scheduler_threads(s->brokers.size());
  actors::system_config system_config{threads};
  caf::actor_system system{system_config};
  caf::scoped_actor self{system};
  node_parts parts = make_node_parts(s, file_backends(*s), processes_of(options.common, s));
  if (live) parts.open_feed = [live] { return live->open(); };
  if (publishes_ticks(*s)) parts.ticks = make_ticks_topic(*s, feed);
  parts.on_supervision = [history = parts.history](const actors::supervision_event& e) {
    history->add(e);
    log_supervision(e);
  };
  for (const auto& b : parts.brokers) b->gate->hold(kill_file{kill_file_of(*s, b->settings.id)}.read());
  parts.read_strategies = [common = options.common, s] { return reread_strategies(common, *s); };
  const auto counters = parts.feed_counters;
  // The door first: a node that nobody could speak to does not trade.
  std::atomic<control_desk*> desk_at{nullptr};
  std::optional<control_desk> desk;  // outlives the door, whose threads ask it
  auto door = std::make_unique<control_server>(s->control_socket, [&desk_at](const nlohmann::json& request) {
    control_desk* at = desk_at.load();
    return at == nullptr ? nlohmann::json{{"ok", false}, {"error", "the node is starting: try again in a moment"}}
                         : at->answer(request);
  });
  auto node = actors::spawn_watched(system, {parts.vitals, "node"}, actors::node,
                                    make_node_config(parts, caf::actor_cast<caf::actor>(self)));
  desk.emplace(system, node, parts);
  if (live) desk->show_feed([live] { return live->state().json(); });
  desk_at.store(&*desk);
  auto dog = std::make_unique<actors::watchdog>(parts.vitals, watchdog_settings_of(*s),
                                                [parts](const actors::watchdog_report& r) {
                                                  note(parts, {r.path, r.incarnation, r.what, r.text});
                                                });
  const run_outcome outcome = wait_for_end(self, node, counters, live.get(), longest_settling(*s));
  if (live) live->stop();
  const nlohmann::json bounds = bounds_json(parts);
  note_late_views(parts);
  fault::end_chaos();
  dog.reset();
  door.reset();
  end_processes(parts);
  // Journals and stores close before the actor system does: their threads answer to its actors.
  parts = {};
  node = nullptr;
  const int code = print_outcome(options, *s, outcome, bounds);
  if (!all_actors_end(system, self)) {
    fmt::print(stderr, "bulkhead: an actor still hangs; the process ends without it\n");
    std::fflush(nullptr);
    ::_exit(exit_failed);
  }
  return code;
}

}  // namespace

int run_node(const run_options& options) {
  const auto settings = load_or_explain(options.common);
  if (!settings) return exit_usage;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("bulkhead"));
  spdlog::set_level(spdlog::level::from_str(settings->log_level));
  run_start start{options, settings};
  if (const auto refused = start.prepare()) {
    fmt::print(stderr, "bulkhead: {}\n", refused->text);
    return refused->exit_code;
  }
  catch_interrupts();
  return run_tree(options, settings, start.fingerprint(), start.live());
}

}  // namespace bulkhead::app
