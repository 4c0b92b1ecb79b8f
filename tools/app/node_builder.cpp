#include "tools/app/node_builder.hpp"

#include "actors/bridge.hpp"
#include "actors/compartment.hpp"
#include "actors/feed.hpp"
#include "actors/projector.hpp"
#include "actors/role.hpp"
#include "actors/runner.hpp"
#include "actors/watched.hpp"
#include "runtime/brokers/registry.hpp"
#include "runtime/feeds/recording_source.hpp"
#include "runtime/journal/kafka_journal.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "runtime/journal/sqlite_journal.hpp"
#include "runtime/store/sqlite_store.hpp"
#include "tools/app/inbox_child.hpp"
#include "tools/app/journal_source.hpp"
#include "tools/app/kafka_access.hpp"
#include "tools/app/live_feed.hpp"
#include "tools/app/node_notes.hpp"
#include "tools/app/redis_views_of.hpp"
#include "tools/app/strategy_set.hpp"
#include "tools/app/topic_children.hpp"
#include "tools/app/topics.hpp"

#include <algorithm>
#include <chrono>
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

client_hooks hooks_of(const std::shared_ptr<broker_context>& b) {
  client_hooks hooks;
  hooks.keep = b->account;
  hooks.notice = [id = b->settings.id](const std::string& text) { spdlog::warn("{}: {}", id.str(), text); };
  hooks.event_time = [counters = b->counters] { return timestamp{counters->event_ns.load()}; };
  return hooks;
}

actors::child_spec role_child(const node_parts& parts, const std::shared_ptr<broker_context>& b, role kind) {
  return {std::string{to_string(kind)},
          [s = parts.settings, b, kind, client = parts.make_client, board = parts.vitals](
              caf::actor_system& system, incarnation number, const supervisor_actor& parent) {
            actors::role_config config{b->settings.id, kind, number, [s, b, kind, client, number] {
                                         return make_role(*s, b->settings, kind, b->gate, number, client, hooks_of(b));
                                       }};
            const auto post = post_of(board, b->settings.id.str(), std::string{to_string(kind)}, number, parent);
            return caf::actor_cast<caf::actor>(
                actors::spawn_watched(system, post, actors::role_behavior, std::move(config)));
          }};
}

/// As long as it takes to prove an order absent; and two reads of a quiet order book. Where placing is off nobody asks.
actors::settle_times settle_times_of(const config::broker_settings& b) {
  if (!b.enabled) return {};
  const kite_settings& s = b.kite;
  const std::int64_t doubt = s.absence_after_ms + s.between_absences_ms + s.total_timeout_ms + 3 * s.poll_ms;
  return {std::chrono::milliseconds{3 * s.poll_ms + 500}, std::chrono::milliseconds{doubt}};
}

actors::child_spec bridge_child(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                const actors::node_actor& node) {
  return {"bridge", [s = parts.settings, b, node, client = parts.make_client, board = parts.vitals](
                        caf::actor_system& system, incarnation number, const supervisor_actor& parent) {
            actors::bridge_config config;
            config.broker = b->settings.id;
            config.number = number;
            config.sequencer = sequencer_settings_of(*s, b->settings, client);
            config.instruments = {s, &s->instruments};
            config.journal = b->log;
            config.gate = b->gate;
            config.counters = b->counters;
            config.kept = b->kept;
            config.max_undurable = static_cast<std::uint64_t>(s->journal.queue) / 2;
            config.step_deadline = std::chrono::milliseconds{s->supervisor.step_deadline_ms};
            config.journal_deadline = std::chrono::seconds{s->journal.deadline_s};
            config.settle = settle_times_of(b->settings);
            config.supervisor = parent;
            config.node = node;
            const auto post = post_of(board, b->settings.id.str(), "bridge", number, parent);
            return caf::actor_cast<caf::actor>(actors::spawn_watched(system, post, actors::bridge, std::move(config)));
          }};
}

actors::child_spec projector_child(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                   const actors::node_actor& node) {
  return {
      "projector", [s = parts.settings, b, node, board = parts.vitals](caf::actor_system& system, incarnation number,
                                                                       const supervisor_actor& parent) {
        actors::projector_config config;
        config.broker = b->settings.id;
        config.instruments = {s, &s->instruments};
        config.journal = b->reader;
        config.store = b->store;
        config.node = node;
        constexpr std::chrono::seconds often_enough{3};
        if (s->store.backend == "redis") config.recheck = often_enough;  // a FLUSHALL tells nobody
        const auto post = post_of(board, b->settings.id.str(), "projector", number, parent);
        return caf::actor_cast<caf::actor>(actors::spawn_watched(system, post, actors::projector, std::move(config)));
      }};
}

actors::child_spec process_child(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                 const actors::node_actor& node) {
  constexpr std::chrono::milliseconds end_in_order{3000};
  return {"process",
          [s = parts.settings, b, node, report = parts.on_supervision, feed = parts.feed_counters](
              caf::actor_system& system, incarnation number, const supervisor_actor&) {
            actors::compartment_config config;
            config.broker = b->settings.id;
            config.instruments = {s, &s->instruments};
            config.expected = b->process->expected();
            config.door = {[p = b->process, number](process::slot_listener listener) {
                             return p->slot().start(p->launch(number), std::move(listener));
                           },
                           [p = b->process](std::uint64_t ticket, std::string bytes) {
                             return p->slot().send(ticket, std::move(bytes));
                           },
                           [p = b->process](std::uint64_t ticket, std::string reason) {
                             p->slot().end(ticket, std::move(reason));
                           }};
            config.log = report;
            config.frames = [c = feed] { return c->total.load(); };
            config.node = node;
            return caf::actor_cast<caf::actor>(system.spawn(actors::compartment, std::move(config)));
          },
          end_in_order};
}

}  // namespace

actors::supervisor_config broker_subtree(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                         const actors::node_actor& node) {
  actors::supervisor_config config;
  config.name = b->settings.id.str();
  config.limits = limits_of(parts.settings->supervisor);
  config.jitter_seed = jitter_seed(config.name);
  if (b->process) {
    config.children.push_back(process_child(parts, b, node));
    config.log = [b, report = parts.on_supervision](const actors::supervision_event& e) {
      if (e.what == "failed") b->counters->restarts.fetch_add(1);
      // A trader that hangs cannot be ended: what it still tries after its broker's end must not pass.
      const bool over = e.what == "gave_up" || (e.what == "killed" && e.path.ends_with("/trader"));
      if (over) b->gate->admit(0);
      report(e);
    };
    return config;
  }
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    config.children.push_back(role_child(parts, b, r));
  }
  if (b->store) config.children.push_back(projector_child(parts, b, node));
  if (b->topics) config.children.push_back(publisher_child(parts, b, node));
  config.children.push_back(bridge_child(parts, b, node));
  if (b->inbox) config.children.push_back(inbox_child(parts, b));
  config.log = [b, report = parts.on_supervision](const actors::supervision_event& e) {
    if (e.what == "failed") b->counters->restarts.fetch_add(1);
    b->log->append_ops(ops_text(e));
    report(e);
  };
  return config;
}

namespace {

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
  const bool is_live = is_live_feed(*s);
  feed.speed = is_live ? 0 : s->feed.speed;
  feed.window = static_cast<std::uint64_t>(s->feed.max_in_flight);
  feed.batch = static_cast<std::uint64_t>(s->feed.batch);
  feed.counters = parts.feed_counters;
  if (parts.ticks) {
    feed.readers.insert(actors::ticks_consumer);
    if (feed.speed == 0 && !is_live) feed.consumers.insert(actors::ticks_consumer);
  }
  for (const auto& b : parts.brokers) {
    // A process that is stopped must not hold up the others of a paced feed, and a live market waits for nobody.
    if (b->process || is_live || s->feed.overload == "conflate") feed.conflated.insert(b->settings.id.str());
  }
  config.children.push_back(
      {"feed",
       [feed, board = parts.vitals](caf::actor_system& system, incarnation number, const supervisor_actor& parent) {
         const auto post = post_of(board, "", "feed", number, parent);
         return caf::actor_cast<caf::actor>(actors::spawn_watched(system, post, actors::feed, feed));
       }});

  actors::runner_config runner;
  runner.initial_set = to_text(s->strategies);
  runner.process = parts.process;
  runner.read_set = [read = parts.read_strategies] { return to_text(read()); };
  runner.build = [s](const std::string& set) { return make_strategies(*s, strategy_set_of(set)); };
  runner.host = [s](std::vector<hosted_strategy> set) {
    time_budget budget;
    budget.budget_ms = s->strategy_host.time_budget_ms;
    budget.strikes = static_cast<std::uint32_t>(s->strategy_host.time_budget_strikes);
    budget.now_ns = [] {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count();
    };
    return std::make_unique<strategy_host>(std::move(set), s->session, s->instruments, std::move(budget));
  };
  runner.brokers = brokers;
  runner.journal = parts.shared_log;
  runner.snapshot_every_frames = static_cast<std::uint64_t>(s->journal.snapshot_every_frames);
  runner.max_retained = static_cast<std::uint64_t>(s->strategy_host.max_retained_signals);
  runner.journal_deadline = std::chrono::seconds{s->journal.deadline_s};
  runner.counters = parts.runner_counters;
  runner.node = node;
  config.children.push_back(
      {"runner",
       [runner, board = parts.vitals](caf::actor_system& system, incarnation number, const supervisor_actor& parent) {
         const auto post = post_of(board, "", "runner", number, parent);
         return caf::actor_cast<caf::actor>(actors::spawn_watched(system, post, actors::runner, runner));
       }});
  if (parts.ticks) config.children.push_back(ticks_child(parts, node));
  return config;
}

}  // namespace

std::chrono::milliseconds longest_settling(const config::settings& s) {
  std::chrono::milliseconds longest{0};
  for (const config::broker_settings& b : s.brokers) {
    const broker_kind* kind = find_kind(b.kind);
    if (kind == nullptr || kind->clock != venue_clock::own) continue;
    longest = std::max(longest, settle_times_of(b).doubt);
  }
  return longest;
}

std::filesystem::path journal_file(const config::settings& s, const broker_id& b) {
  return s.data_dir / (b.str() + ".journal.db");
}

std::filesystem::path store_file(const config::settings& s, const broker_id& b) {
  return s.data_dir / (b.str() + ".views.db");
}

std::filesystem::path kill_file_of(const config::settings& s, const broker_id& b) {
  return s.data_dir / (b.str() + ".kill");
}

backends file_backends(const config::settings& s) {
  backends out;
  if (s.journal.backend == "memory") {
    out.make_journal = [](const broker_id& b) {
      return std::make_shared<memory_journal>(std::make_shared<memory_log>(b.str()));
    };
  } else if (s.journal.backend == "kafka") {
    out.make_journal = [s](const broker_id& b) {
      kafka_journal_settings settings;
      settings.servers = kafka_connection(s, b);
      settings.broker = b;
      settings.lease = std::chrono::milliseconds{s.kafka.lease_ms};
      settings.queue_records = static_cast<std::size_t>(s.journal.queue);
      settings.replication = static_cast<std::int32_t>(s.kafka.replication);
      return std::make_shared<kafka_journal>(std::move(settings));
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
  const bool views = s.store.backend != "none" && s.journal.backend != "memory";
  out.make_store = [s, views](const broker_id& b) -> std::shared_ptr<state_store> {
    if (!views) return nullptr;
    if (s.store.backend == "redis") return make_redis_store(s, b);
    sqlite_store_settings settings;
    settings.file = store_file(s, b);
    settings.broker = b;
    settings.notice = [](const std::string& text) { spdlog::warn("views: {}", text); };
    return std::make_shared<sqlite_store>(std::move(settings));
  };
  if (publishes_topics(s)) {
    out.make_topics = [s](const config::broker_settings& b) { return make_publisher(s, b); };
  }
  out.make_inbox = [s](const config::broker_settings& b) { return make_inbox(s, b); };
  return out;
}

void heed_lease(broker_context& context) {
  // Weak: the gate outlives the journal where a trader hangs at the end.
  context.gate->heed_lease([log = std::weak_ptr{context.log}] {
    const auto journal = log.lock();
    return journal ? journal->lease_until() : std::chrono::steady_clock::time_point::min();
  });
}

std::shared_ptr<broker_context> make_broker_context(const config::broker_settings& broker, const backends& b) {
  auto context = std::make_shared<broker_context>();
  context->settings = broker;
  context->log = b.make_journal(broker.id);
  heed_lease(*context);
  context->reader = b.make_reader(broker.id, context->log);
  context->store = b.make_store(broker.id);
  context->has_views = context->store != nullptr;
  if (context->store) {
    context->views = std::make_shared<views_watch>(
        [id = broker.id](const std::string& line) { spdlog::warn("views of {}: {}", id.str(), line); });
    context->store = watched(std::move(context->store), context->views);
  }
  context->topics = b.make_topics(broker);
  if (b.make_inbox) context->inbox = b.make_inbox(broker);
  return context;
}

node_parts make_node_parts(std::shared_ptr<const config::settings> s, const backends& b,
                           const process_maker& make_process) {
  node_parts parts;
  parts.settings = s;
  for (const config::broker_settings& broker : s->brokers) {
    auto process = make_process ? make_process(broker) : nullptr;
    if (!process) {
      parts.brokers.push_back(make_broker_context(broker, b));
      continue;
    }
    auto context = std::make_shared<broker_context>();
    context->settings = broker;
    context->gate = std::make_shared<effect_gate>(process->hold());
    context->counters = process->counters();
    context->has_views = s->store.backend != "none";
    context->process = std::move(process);
    parts.brokers.push_back(std::move(context));
  }
  parts.shared_log = b.make_journal(shared_id);
  parts.feed_counters = std::make_shared<actors::feed_counters>();
  parts.runner_counters = std::make_shared<actors::runner_counters>();
  parts.open_feed = [s]() -> std::unique_ptr<feed_source> {
    feed_result feed = make_feed(*s);
    if (!feed.source) throw std::runtime_error(feed.error);
    if (s->feed.record.empty()) return std::move(feed.source);
    return std::make_unique<recording_source>(std::move(feed.source), ticks_recorder{s->feed.record, s->instruments});
  };
  parts.read_strategies = [s] { return s->strategies; };
  parts.process = fmt::format("{}", std::chrono::system_clock::now().time_since_epoch().count());
  parts.on_supervision = [](const actors::supervision_event&) {};
  parts.history = std::make_shared<actors::supervision_history>();
  return parts;
}

actors::node_config make_node_config(const node_parts& parts, caf::actor listener) {
  actors::node_config config;
  config.listener = std::move(listener);
  config.newest_frame = [c = parts.feed_counters] { return c->sent.load(); };
  config.vitals = parts.vitals;
  config.waits_for_topics = publishes_topics(*parts.settings);
  config.waits_for_ticks = parts.ticks != nullptr;
  config.shared = {"", [parts](const actors::node_actor& node) { return shared_subtree(parts, node); }};
  for (const auto& b : parts.brokers) {
    config.brokers.push_back(
        {b->settings.id.str(), [parts, b](const actors::node_actor& node) { return broker_subtree(parts, b, node); }});
    config.waits_for_views = config.waits_for_views && b->has_views;
  }
  return config;
}

}  // namespace bulkhead::app
