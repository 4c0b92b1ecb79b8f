#pragma once
// Puts a node together: per broker its own journal, store, effect gate, counters and supervisor; shared: feed and
// runner.
#include "actors/node.hpp"
#include "actors/run_counters.hpp"
#include "config/settings.hpp"
#include "runtime/ports/feed_source.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/roles/effect_gate.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace bulkhead::app {

/// What belongs to one broker alone.
struct broker_context {
  config::broker_settings settings;
  std::shared_ptr<journal> log;
  std::shared_ptr<journal> reader;     ///< the projector's access; the same object where the backend allows it
  std::shared_ptr<state_store> store;  ///< nullptr: no views
  std::shared_ptr<effect_gate> gate = std::make_shared<effect_gate>();
  std::shared_ptr<actors::broker_counters> counters = std::make_shared<actors::broker_counters>();
};

/// The backends, injected: files in a node, memory in tests.
struct backends {
  std::function<std::shared_ptr<journal>(const broker_id&)> make_journal;
  std::function<std::shared_ptr<journal>(const broker_id&, const std::shared_ptr<journal>&)> make_reader;
  std::function<std::shared_ptr<state_store>(const broker_id&)> make_store;  ///< may give nullptr
};

/// SQLite (or memory) under settings.data_dir, which must exist.
[[nodiscard]] backends file_backends(const config::settings& s);

struct node_parts {
  std::shared_ptr<const config::settings> settings;
  std::vector<std::shared_ptr<broker_context>> brokers;
  std::shared_ptr<journal> shared_log;  ///< the runner's snapshots
  std::shared_ptr<actors::feed_counters> feed_counters;
  std::function<std::unique_ptr<feed_source>()> open_feed;
  std::function<void(const actors::supervision_event&)> on_supervision;
};

[[nodiscard]] node_parts make_node_parts(std::shared_ptr<const config::settings> s, const backends& b);
[[nodiscard]] actors::node_config make_node_config(const node_parts& parts, caf::actor listener);

[[nodiscard]] std::filesystem::path journal_file(const config::settings& s, const broker_id& b);
[[nodiscard]] std::filesystem::path store_file(const config::settings& s, const broker_id& b);

/// Id under which the node keeps what belongs to no broker; not a valid broker id of a configuration.
inline const broker_id shared_id{"_shared"};

}  // namespace bulkhead::app
