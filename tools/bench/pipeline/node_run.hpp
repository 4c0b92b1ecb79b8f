#pragma once
// One run of the product's node: its actors, supervisors, roles and journals, in a folder of its own.
#include "actors/system_config.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/bench/pipeline/run_result.hpp"

#include <filesystem>
#include <string>

namespace bulkhead::bench {

/// "full" and "normal": SQLite with that sync; "memory": no disk.
inline run_result run_node(config::settings s, const std::string& journal, const std::filesystem::path& dir,
                           const run_plan& plan) {
  s.data_dir = dir;
  s.feed.speed = plan.speed;
  s.journal.backend = journal == "memory" ? "memory" : "sqlite";
  s.journal.sync = journal == "normal" ? "normal" : "full";
  const auto settings = std::make_shared<const config::settings>(std::move(s));
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);

  const auto feed = std::make_shared<feed_log>();
  std::vector<std::shared_ptr<broker_log>> logs;
  app::backends backends = app::file_backends(*settings);
  backends.make_journal = [&logs,
                           plain = backends.make_journal](const broker_id& id) -> std::shared_ptr<bulkhead::journal> {
    if (id == app::shared_id) return plain(id);
    logs.push_back(std::make_shared<broker_log>());
    return std::make_shared<timed_journal>(plain(id), logs.back());
  };

  run_result result;
  std::string failure;
  {
    actors::system_config system_config{settings->brokers.size() + 2};
    caf::actor_system system{system_config};
    caf::scoped_actor self{system};
    app::node_parts parts = app::make_node_parts(settings, backends);
    parts.open_feed = [feed, plan] {
      return std::make_unique<timed_source>(std::make_unique<bench_source>(plan.frames, plan.market), feed);
    };
    parts.on_supervision = [&failure](const actors::supervision_event& e) {
      if (e.what == "failed" || e.what == "gave_up") failure = e.path + ": " + e.reason;
    };
    system.spawn(actors::node, app::make_node_config(parts, caf::actor_cast<caf::actor>(self)));
    wait_until(
        [&] {
          return std::ranges::all_of(parts.brokers, [&](const auto& b) {
            return b->counters->frames.load() == plan.frames &&
                   b->counters->durable.load() == b->counters->events.load();
          });
        },
        "the node");
    result.seconds = std::chrono::duration<double>(bench_clock::now() - feed->first_read.load()).count();
    self->receive([](actors::node_finished&) {});
    parts = {};
  }
  std::filesystem::remove_all(dir);
  if (!failure.empty()) throw std::runtime_error("the node failed: " + failure);
  result.seen = latencies_of(*feed, logs, plan);
  return result;
}

}  // namespace bulkhead::bench
