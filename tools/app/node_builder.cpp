#include "tools/app/node_builder.hpp"

#include "actors/bridge.hpp"
#include "actors/feed.hpp"
#include "actors/projector.hpp"
#include "actors/role.hpp"
#include "actors/runner.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "runtime/journal/sqlite_journal.hpp"
#include "runtime/store/sqlite_store.hpp"
#include "tools/app/parts.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace bulkhead::app {
namespace {

using actors::incarnation;
using actors::supervisor_actor;

actors::restart_limits limits_of(const config::supervisor_settings& s) {
  return {s.intensity, std::chrono::seconds{s.period_s}, std::chrono::milliseconds{s.backoff_min_ms},
          std::chrono::milliseconds{s.backoff_max_ms}};
}

/// FNV-1a: spreads the restarts of subtrees that failed together.
std::uint64_t jitter_seed(std::string_view name) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

actors::child_spec role_child(const node_parts& parts, const std::shared_ptr<broker_context>& b, role kind) {
  return {std::string{to_string(kind)},
          [s = parts.settings, b, kind](caf::actor_system& system, incarnation number, const supervisor_actor&) {
            actors::role_config config{b->settings.id, kind, number, [s, b, kind, number] {
                                         return make_role(*s, b->settings, kind, b->gate, number);
                                       }};
            return caf::actor_cast<caf::actor>(system.spawn(actors::role_behavior, std::move(config)));
          }};
}

actors::child_spec bridge_child(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                const actors::node_actor& node) {
  return {"bridge",
          [s = parts.settings, b, node](caf::actor_system& system, incarnation number, const supervisor_actor& parent) {
            actors::bridge_config config;
            config.broker = b->settings.id;
            config.number = number;
            config.sequencer = sequencer_settings_of(*s, b->settings);
            config.instruments = {s, &s->instruments};
            config.journal = b->log;
            config.gate = b->gate;
            config.counters = b->counters;
            config.max_undurable = static_cast<std::uint64_t>(s->journal.queue) / 2;
            config.step_deadline = std::chrono::milliseconds{s->supervisor.step_deadline_ms};
            config.supervisor = parent;
            config.node = node;
            return caf::actor_cast<caf::actor>(system.spawn(actors::bridge, std::move(config)));
          }};
}

actors::child_spec projector_child(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                   const actors::node_actor& node) {
  return {"projector", [s = parts.settings, b, node](caf::actor_system& system, incarnation, const supervisor_actor&) {
            actors::projector_config config;
            config.broker = b->settings.id;
            config.instruments = {s, &s->instruments};
            config.journal = b->reader;
            config.store = b->store;
            config.node = node;
            return caf::actor_cast<caf::actor>(system.spawn(actors::projector, std::move(config)));
          }};
}

actors::supervisor_config broker_subtree(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                         const actors::node_actor& node) {
  actors::supervisor_config config;
  config.name = b->settings.id.str();
  config.limits = limits_of(parts.settings->supervisor);
  config.jitter_seed = jitter_seed(config.name);
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    config.children.push_back(role_child(parts, b, r));
  }
  if (b->store) config.children.push_back(projector_child(parts, b, node));
  config.children.push_back(bridge_child(parts, b, node));
  config.log = [b, report = parts.on_supervision](const actors::supervision_event& e) {
    if (e.what == "failed") b->counters->restarts.fetch_add(1);
    b->log->append_ops(
        nlohmann::json{{"path", e.path}, {"incarnation", e.number}, {"what", e.what}, {"reason", e.reason}}.dump(
            -1, ' ', false, nlohmann::json::error_handler_t::replace));
    report(e);
  };
  return config;
}

actors::supervisor_config shared_subtree(const node_parts& parts, const actors::node_actor& node) {
  actors::supervisor_config config;
  config.limits = limits_of(parts.settings->supervisor);
  config.jitter_seed = jitter_seed("shared");
  config.log = parts.on_supervision;
  std::set<std::string> brokers;
  for (const auto& b : parts.brokers) brokers.insert(b->settings.id.str());
  const auto s = parts.settings;

  actors::feed_config feed;
  feed.open = parts.open_feed;
  feed.consumers = brokers;
  feed.consumers.insert(actors::runner_consumer);
  feed.speed = s->feed.speed;
  feed.window = static_cast<std::uint64_t>(s->feed.max_in_flight);
  feed.batch = static_cast<std::uint64_t>(s->feed.batch);
  feed.counters = parts.feed_counters;
  config.children.push_back({"feed", [feed](caf::actor_system& system, incarnation, const supervisor_actor&) {
                               return caf::actor_cast<caf::actor>(system.spawn(actors::feed, feed));
                             }});

  actors::runner_config runner;
  runner.make = [s] { return make_strategy_host(*s); };
  runner.brokers = brokers;
  runner.journal = parts.shared_log;
  runner.snapshot_every_frames = static_cast<std::uint64_t>(s->journal.snapshot_every_frames);
  runner.node = node;
  config.children.push_back({"runner", [runner](caf::actor_system& system, incarnation, const supervisor_actor&) {
                               return caf::actor_cast<caf::actor>(system.spawn(actors::runner, runner));
                             }});
  return config;
}

}  // namespace

std::filesystem::path journal_file(const config::settings& s, const broker_id& b) {
  return s.data_dir / (b.str() + ".journal.db");
}

std::filesystem::path store_file(const config::settings& s, const broker_id& b) {
  return s.data_dir / (b.str() + ".views.db");
}

backends file_backends(const config::settings& s) {
  backends out;
  if (s.journal.backend == "memory") {
    out.make_journal = [](const broker_id& b) {
      return std::make_shared<memory_journal>(std::make_shared<memory_log>(b.str()));
    };
  } else {
    const auto sync = s.journal.sync == "full" ? sqlite::sync_mode::full : sqlite::sync_mode::normal;
    out.make_journal = [s, sync](const broker_id& b) {
      sqlite_journal_settings settings;
      settings.file = journal_file(s, b);
      settings.broker = b;
      settings.sync = sync;
      settings.queue_records = static_cast<std::size_t>(s.journal.queue);
      return std::make_shared<sqlite_journal>(std::move(settings));
    };
  }
  out.make_reader = [](const broker_id&, const std::shared_ptr<journal>& writer) { return writer; };
  const bool views = s.store.backend == "sqlite" && s.journal.backend != "memory";
  out.make_store = [s, views](const broker_id& b) -> std::shared_ptr<state_store> {
    if (!views) return nullptr;
    sqlite_store_settings settings;
    settings.file = store_file(s, b);
    settings.broker = b;
    settings.notice = [](const std::string& text) { spdlog::warn("views: {}", text); };
    return std::make_shared<sqlite_store>(std::move(settings));
  };
  return out;
}

node_parts make_node_parts(std::shared_ptr<const config::settings> s, const backends& b) {
  node_parts parts;
  parts.settings = s;
  for (const config::broker_settings& broker : s->brokers) {
    auto context = std::make_shared<broker_context>();
    context->settings = broker;
    context->log = b.make_journal(broker.id);
    context->reader = b.make_reader(broker.id, context->log);
    context->store = b.make_store(broker.id);
    parts.brokers.push_back(std::move(context));
  }
  parts.shared_log = b.make_journal(shared_id);
  parts.feed_counters = std::make_shared<actors::feed_counters>();
  parts.open_feed = [s] {
    feed_result feed = make_feed(*s);
    if (!feed.source) throw std::runtime_error(feed.error);
    return std::move(feed.source);
  };
  parts.on_supervision = [](const actors::supervision_event&) {};
  return parts;
}

actors::node_config make_node_config(const node_parts& parts, caf::actor listener) {
  actors::node_config config;
  config.listener = std::move(listener);
  config.shared = {"", [parts](const actors::node_actor& node) { return shared_subtree(parts, node); }};
  for (const auto& b : parts.brokers) {
    config.brokers.push_back(
        {b->settings.id.str(), [parts, b](const actors::node_actor& node) { return broker_subtree(parts, b, node); }});
    config.waits_for_views = config.waits_for_views && b->store != nullptr;
  }
  return config;
}

}  // namespace bulkhead::app
