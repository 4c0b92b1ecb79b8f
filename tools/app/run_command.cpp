#include "actors/system_config.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/journal_reader.hpp"
#include "tools/app/commands.hpp"
#include "tools/app/data_dir.hpp"
#include "tools/app/feed_check.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/app/parts.hpp"
#include "tools/app/progress.hpp"
#include "tools/app/report.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

std::atomic<int> interrupts{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_interrupt(int) { interrupts.fetch_add(1); }

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

void log_supervision(const actors::supervision_event& e) {
  if (e.what == "failed" || e.what == "gave_up") {
    spdlog::error("{} (incarnation {}) {}: {}", e.path, e.number, e.what, e.reason);
  } else if (e.what == "started" && e.number > 1) {
    spdlog::warn("{} restarted as incarnation {}", e.path, e.number);
  } else {
    spdlog::debug("{} (incarnation {}) {}", e.path, e.number, e.what);
  }
}

struct run_outcome {
  std::vector<actors::subtree_down> isolated;
  bool interrupted = false;
};

/// Waits for the end; the first Ctrl-C drains, and five seconds later the process ends whatever still runs.
run_outcome wait_for_end(caf::scoped_actor& self, const actors::node_actor& node,
                         const std::shared_ptr<actors::feed_counters>& counters) {
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
        caf::after(std::chrono::milliseconds{50}) >> [] {});
    const timestamp now{counters->event_ns.load()};
    bar.update(counters->sent.load(), counters->total.load(), now.ns == 0 ? "" : to_iso_ist(now));
    if (interrupts.load() > 0 && !std::exchange(outcome.interrupted, true)) {
      bar.finish();
      fmt::print(stderr, "stopping: draining what was sent, then a snapshot\n");
      self->send(node, actors::drain_node{});
      give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds{4500};
    }
    if (outcome.interrupted && !finished && std::chrono::steady_clock::now() > give_up) {
      fmt::print(stderr,
                 "bulkhead: a part of the node did not stop in time; what is journaled is safe: run --resume\n");
      std::fflush(nullptr);
      ::_exit(exit_failed);
    }
  }
  return outcome;
}

std::vector<broker_report> read_reports(const config::settings& s, std::string& error) {
  std::vector<broker_report> reports;
  for (const config::broker_settings& b : s.brokers) {
    broker_report report{b.id, s.instruments};
    const event_codec codec{b.id, s.instruments};
    try {
      const journal_reader reader{journal_file(s, b.id)};
      const journal_status status = reader.for_each(1, [&](const journal_record& record) {
        report.add(codec.decode(record.payload));
        return true;
      });
      if (!status.ok()) error = status.error;
    } catch (const std::exception& e) {
      error = fmt::format("{}: {}", journal_file(s, b.id).string(), e.what());
    }
    if (report.marked_at.ns == 0) report.mark({});  // stopped before the first snapshot
    reports.push_back(std::move(report));
  }
  return reports;
}

int print_outcome(const run_options& options, const config::settings& s, const run_outcome& outcome) {
  std::string error;
  const auto reports = read_reports(s, error);
  if (options.common.json) {
    nlohmann::json out{{"interrupted", outcome.interrupted}, {"isolated", nlohmann::json::array()}};
    for (const auto& down : outcome.isolated) {
      out["isolated"].push_back({{"broker", down.name.empty() ? "shared" : down.name}, {"reason", down.reason}});
    }
    for (const broker_report& r : reports) out["brokers"][r.broker.str()] = r.to_json();
    fmt::print("{}\n", out.dump(1));
  } else {
    fmt::print("{}", to_tables(reports));
  }
  for (const config::broker_settings& b : s.brokers) {
    if (!b.enabled) {
      fmt::print(stderr,
                 "note: placing is off for {} (trading.{}.enabled: false): signals were validated, no order left\n",
                 b.id.str(), b.id.str());
    }
  }
  for (const auto& down : outcome.isolated) {
    fmt::print(stderr, "bulkhead: {} is isolated: {}\n", down.name.empty() ? "the shared subtree" : down.name,
               down.reason);
  }
  if (!error.empty()) fmt::print(stderr, "bulkhead: {}\n", error);
  if (outcome.interrupted) fmt::print(stderr, "stopped; go on with: bulkhead run --resume\n");
  return outcome.isolated.empty() && error.empty() ? exit_done : exit_failed;
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

int run_tree(const run_options& options, const std::shared_ptr<const config::settings>& s) {
  const std::size_t threads =
      s->scheduler_threads > 0 ? static_cast<std::size_t>(s->scheduler_threads) : s->brokers.size() + 2;
  actors::system_config system_config{threads};
  caf::actor_system system{system_config};
  caf::scoped_actor self{system};
  node_parts parts = make_node_parts(s, file_backends(*s));
  parts.on_supervision = log_supervision;
  const auto counters = parts.feed_counters;
  auto node = system.spawn(actors::node, make_node_config(parts, caf::actor_cast<caf::actor>(self)));
  const run_outcome outcome = wait_for_end(self, node, counters);
  // Journals and stores close before the actor system does: their threads answer to its actors.
  parts = {};
  node = nullptr;
  const int code = print_outcome(options, *s, outcome);
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
  if (const char* text = std::getenv("BULKHEAD_FAILPOINTS")) {
    if (const std::string wrong = fault::arm_from(text); !wrong.empty()) {
      fmt::print(stderr, "bulkhead: BULKHEAD_FAILPOINTS: {}\n", wrong);
      return exit_usage;
    }
  }
  if (settings->journal.backend == "memory") {
    fmt::print(stderr,
               "bulkhead: journal.backend: given \"memory\", allowed for run: sqlite; use backtest for a run "
               "whose history nobody keeps\n");
    return exit_usage;
  }
  const feed_result feed = make_feed(*settings);
  if (!feed.source) {
    fmt::print(stderr, "bulkhead: {}\n", feed.error);
    return exit_usage;
  }
  report_feed_problems(*feed.source);
  data_dir_lock lock;
  if (const std::string busy = lock.take(settings->data_dir); !busy.empty()) {
    fmt::print(stderr, "bulkhead: {}\n", busy);
    return exit_failed;
  }
  const start_mode mode = options.resume ? start_mode::resume : options.fresh ? start_mode::fresh : start_mode::plain;
  if (const std::string wrong = prepare_data_dir(*settings, mode, feed.source->fingerprint()); !wrong.empty()) {
    fmt::print(stderr, "bulkhead: {}\n", wrong);
    return exit_usage;
  }
  catch_interrupts();
  return run_tree(options, settings);
}

}  // namespace bulkhead::app
