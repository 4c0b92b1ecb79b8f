#pragma once
// A whole node on CAF's deterministic scheduler, with journals in memory: one thread, one order of messages, the same
// on every run. Brokers paper and paper2 both trade the session in tests/data.
#include "actors/system_config.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "support/settings_fixture.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/app/parts.hpp"

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>

namespace bulkhead::test {

struct node_result {
  std::map<std::string, std::vector<std::string>> dumps;  ///< broker -> canonical dump
  std::vector<actors::supervision_event> failures;
  std::vector<actors::supervision_event> supervision;  ///< every one, failures too
  std::vector<actors::subtree_down> isolated;
  bool finished = false;
  std::uint64_t most_ahead = 0;     ///< frames sent ahead of the slowest consumer
  std::uint64_t most_retained = 0;  ///< signals kept for one broker
  std::map<std::string, std::uint64_t> most_undurable;

  [[nodiscard]] std::vector<std::string> failed_paths() const {
    std::vector<std::string> paths;
    for (const auto& e : failures) paths.push_back(e.path);
    return paths;
  }
};

/// The logs outlive a node, so that a second run on the same ones is a restart.
class deterministic_node {
 public:
  explicit deterministic_node(std::shared_ptr<const config::settings> s) : settings_(std::move(s)) {}

  /// Runs to the end of the feed (or to `rounds` turns of the scheduler, as a crash of the whole process would cut it).
  /// `between` is called whenever `step` turns are over, and when nothing is left to do at that time.
  using look_in =
      std::function<void(const actors::node_actor& node, caf::scoped_actor& self, const node_result& so_far)>;
  node_result run(
      std::size_t rounds = ~std::size_t{0}, const look_in& between = [](const auto&, auto&, const auto&) {},
      std::size_t step = ~std::size_t{0}) {
    node_result result;
    actors::test_system_config config;
    caf::actor_system system{config};
    auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
    {
      caf::scoped_actor self{system};
      app::node_parts parts = app::make_node_parts(settings_, memory_backends());
      parts.on_supervision = [&result](const actors::supervision_event& e) {
        if (e.what == "failed") result.failures.push_back(e);
        result.supervision.push_back(e);
      };
      auto node = system.spawn(actors::node, app::make_node_config(parts, caf::actor_cast<caf::actor>(self)));
      for (int idle = 0; idle < 400 && !result.finished && rounds > 0;) {
        while (rounds > 0 && scheduler.try_run_once()) {
          if (--rounds % step == 0) between(node, self, result);
        }
        between(node, self, result);
        self->receive(
            [&](actors::node_finished& end) {
              result.finished = true;
              result.isolated = std::move(end.isolated);
            },
            caf::after(std::chrono::seconds{0}) >> [] {});
        scheduler.advance_time(std::chrono::milliseconds{10});
        ++idle;
      }
      result.most_ahead = parts.feed_counters->most_ahead.load();
      result.most_retained = parts.runner_counters->most_retained.load();
      for (const auto& b : parts.brokers) {
        result.most_undurable[b->settings.id.str()] = b->counters->most_undurable.load();
      }
      caf::anon_send_exit(node, caf::exit_reason::kill);
      scheduler.run();
    }
    for (const auto& [broker, log] : logs_) {
      for (const journal_record& r : log->read(1, ~std::size_t{0})) result.dumps[broker].push_back(r.payload);
    }
    return result;
  }

  [[nodiscard]] const std::map<std::string, std::shared_ptr<memory_log>>& logs() const { return logs_; }

 private:
  app::backends memory_backends() {
    app::backends b;
    b.make_journal = [this](const broker_id& id) {
      auto& log = logs_[id.str()];
      if (!log) log = std::make_shared<memory_log>(id.str());
      return std::make_shared<memory_journal>(log);
    };
    b.make_reader = [](const broker_id&, const std::shared_ptr<journal>& writer) { return writer; };
    b.make_store = [](const broker_id&) { return nullptr; };
    return b;
  }

  std::shared_ptr<const config::settings> settings_;
  std::map<std::string, std::shared_ptr<memory_log>> logs_;
};

}  // namespace bulkhead::test
