#pragma once
// One run: the product's node for some seconds, a fault that comes again and again at the neighbour, and what the
// healthy broker showed meanwhile.
#include "actors/system_config.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/journal/journal_reader.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/app/plain_loop.hpp"
#include "tools/bench/isolation/faults.hpp"
#include "tools/bench/isolation/setup.hpp"
#include "tools/bench/pipeline/run_result.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

namespace bulkhead::bench {

struct healthy_figures {
  std::vector<double> latencies;  ///< seconds from the time that a frame was due until its order was sequenced
  double orders_per_s = 0;        ///< sequenced, over the whole run
  std::uint64_t restarts = 0;     ///< of any of its actors
  std::uint64_t lost = 0;         ///< events that differ from the undisturbed day's, or are missing before its end
  std::uint64_t late = 0;         ///< orders sequenced later than a step's deadline
  std::uint64_t events = 0;       ///< in its journal at the end
  std::uint64_t neighbour_restarts = 0;
};

/// The undisturbed day of the healthy broker: the kernel in a plain loop. Also, when each frame is due.
struct reference_day {
  std::vector<std::string> dump;
  std::vector<timestamp> frame_ts;  ///< by feed_seq - 1
};

inline reference_day make_reference(const config::settings& s) {
  reference_day out;
  feed_result feed = app::make_feed(s);
  if (!feed.source) throw std::runtime_error(feed.error);
  frame_batch all;
  while (feed.source->next(all)) out.frame_ts.push_back(all[all.size() - 1].ts);
  feed.source->seek(1);
  config::settings alone = s;  // what the neighbour does must not matter: it is not even there
  std::erase_if(alone.brokers, [](const auto& b) { return b.id.str() != healthy_id; });
  app::plain_loop loop{alone, *feed.source};
  loop.run([](std::uint64_t) {});
  const event_codec codec{broker_id{healthy_id}, s.instruments};
  for (const auto& events : loop.brokers().front()->events()) {
    for (const event& e : *events) out.dump.push_back(codec.encode(e));
  }
  return out;
}

/// Whatever is in the journal has to be the beginning of the undisturbed day.
inline std::uint64_t count_lost(const std::filesystem::path& journal, const reference_day& day, std::uint64_t& events) {
  std::uint64_t wrong = 0;
  events = 0;
  const journal_reader reader{journal};
  const journal_status status = reader.for_each(1, [&](const journal_record& r) {
    if (events >= day.dump.size() || r.payload != day.dump[events]) ++wrong;
    ++events;
    return true;
  });
  if (!status.ok()) throw std::runtime_error(status.error);
  return wrong;
}

struct run_request {
  std::filesystem::path dir;      ///< its own, emptied before and after
  std::filesystem::path shipped;  ///< config/bulkhead.yaml
  isolation_load load;
  double seconds = 3;
};

inline healthy_figures run_once(const run_request& plan, const reference_day& day, fault_kind fault) {
  std::filesystem::remove_all(plan.dir);
  std::filesystem::create_directories(plan.dir);
  app::common_options options;
  options.config = write_configuration(plan.dir, plan.shipped, plan.load);
  const auto settings = load_configuration(options);
  std::filesystem::create_directories(settings->data_dir);

  const auto feed = std::make_shared<feed_log>();
  const auto log = std::make_shared<broker_log>();
  app::backends backends = app::file_backends(*settings);
  backends.make_journal = [log, plain = backends.make_journal](const broker_id& id) -> std::shared_ptr<journal> {
    if (id.str() != healthy_id) return plain(id);
    return std::make_shared<timed_journal>(plain(id), log);
  };
  healthy_figures out;
  std::atomic<std::uint64_t> healthy_failures{0};
  std::atomic<std::uint64_t> neighbour_failures{0};
  double measured_s = plan.seconds;
  {
    actors::system_config system_config{actors::scheduler_threads(settings->brokers.size())};
    caf::actor_system system{system_config};
    caf::scoped_actor self{system};
    app::node_parts parts = app::make_node_parts(settings, backends, [&](const config::broker_settings& b) {
      return b.placement == "process" ? std::make_shared<app::broker_process>(*settings, b, options) : nullptr;
    });
    parts.open_feed = [feed, settings] {
      return std::make_unique<timed_source>(std::move(app::make_feed(*settings).source), feed);
    };
    parts.on_supervision = [&](const actors::supervision_event& e) {
      if (e.what != "failed" && e.what != "gave_up") return;
      (e.path.starts_with(healthy_id) ? healthy_failures : neighbour_failures).fetch_add(1);
    };
    const auto node = system.spawn(actors::node, app::make_node_config(parts, caf::actor_cast<caf::actor>(self)));
    wait_until([&] { return feed->first_read.load() != time_point{}; }, "the start");
    {
      const injector faults{fault, parts};
      std::this_thread::sleep_until(feed->first_read.load() +
                                    std::chrono::nanoseconds{std::int64_t(plan.seconds * 1e9)});
      if (breaks_neighbour(fault)) wait_until([&] { return neighbour_failures > 0; }, "the fault");
      measured_s = std::chrono::duration<double>(bench_clock::now() - feed->first_read.load()).count();
      // What is measured is over; a flooded neighbour would need ten times the run to take in what it was given.
      self->send(node, actors::overrun{broker_id{neighbour_id}, "the run is over"});
      self->send(node, actors::drain_node{});
    }
    self->receive(
        [](actors::node_finished&) {},
        caf::after(std::chrono::seconds{240}) >> [] { throw std::runtime_error("the node did not end within 240 s"); });
    for (const auto& b : parts.brokers) {
      if (b->process) (void)b->process->slot().close();
    }
    parts = {};
  }
  const double speed = static_cast<double>(plan.load.speed);
  const double deadline = static_cast<double>(settings->supervisor.step_deadline_ms) / 1000;
  for (const stamp& s : log->sequenced.intents) {
    const double due = static_cast<double>((day.frame_ts.at(s.feed - 1) - day.frame_ts.front()).ns) / 1e9 / speed;
    const double latency = std::chrono::duration<double>(s.at - feed->first_read.load()).count() - due;
    if (latency > deadline) ++out.late;
    if (s.feed >= 50) out.latencies.push_back(latency);
  }
  out.orders_per_s = static_cast<double>(log->sequenced.intents.size()) / measured_s;
  out.restarts = healthy_failures.load();
  out.neighbour_restarts = neighbour_failures.load();
  out.lost = count_lost(app::journal_file(*settings, broker_id{healthy_id}), day, out.events);
  std::filesystem::remove_all(plan.dir);
  return out;
}

}  // namespace bulkhead::bench
