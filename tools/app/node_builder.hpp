#pragma once
// Puts a node together: per broker its own journal, store, effect gate, counters and supervisor; shared: feed and
// runner.
#include "actors/inbox.hpp"
#include "actors/kept_events.hpp"
#include "actors/node.hpp"
#include "actors/run_counters.hpp"
#include "actors/supervision_history.hpp"
#include "actors/vitals.hpp"
#include "config/settings.hpp"
#include "runtime/ports/event_publisher.hpp"
#include "runtime/ports/feed_source.hpp"
#include "runtime/ports/inbox.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/roles/effect_gate.hpp"
#include "tools/app/broker_process.hpp"
#include "tools/app/parts.hpp"
#include "tools/app/views_watch.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace bulkhead::app {

/// What belongs to one broker alone.
struct broker_context {
  config::broker_settings settings;
  /// Of a broker in a process of its own, which then alone has journal and store; nullptr: it runs here.
  std::shared_ptr<broker_process> process;
  std::shared_ptr<journal> log;
  std::shared_ptr<journal> reader;          ///< the projector's access; the same object where the backend allows it
  std::shared_ptr<state_store> store;       ///< nullptr: no views
  std::shared_ptr<views_watch> views;       ///< of `store`; nullptr: it has none here
  std::shared_ptr<event_publisher> topics;  ///< nullptr: nothing is published
  std::shared_ptr<bulkhead::inbox> inbox;   ///< nullptr: no signals from outside
  /// Outlives `brokers restart`: what ended its handler again and again is buried all the same.
  std::shared_ptr<actors::inbox_attempts> inbox_attempts = std::make_shared<actors::inbox_attempts>();
  std::shared_ptr<effect_gate> gate = std::make_shared<effect_gate>();
  /// Outlives the trader's restarts: what its broker's client keeps of its account.
  std::shared_ptr<account_keep> account = std::make_shared<account_keep>();
  std::shared_ptr<actors::kept_events> kept = std::make_shared<actors::kept_events>();
  std::shared_ptr<actors::broker_counters> counters = std::make_shared<actors::broker_counters>();
  bool has_views = false;
};

/// Makes the process of a broker; nullptr: it runs in the node's process.
using process_maker = std::function<std::shared_ptr<broker_process>(const config::broker_settings&)>;

/// The backends, injected: files in a node, memory in tests.
struct backends {
  std::function<std::shared_ptr<journal>(const broker_id&)> make_journal;
  std::function<std::shared_ptr<journal>(const broker_id&, const std::shared_ptr<journal>&)> make_reader;
  std::function<std::shared_ptr<state_store>(const broker_id&)> make_store;  ///< may give nullptr
  /// May give nullptr.
  std::function<std::shared_ptr<event_publisher>(const config::broker_settings&)> make_topics =
      [](const config::broker_settings&) { return nullptr; };
  /// The inbox of a broker; may give nullptr, may be missing: signals from outside are not taken then.
  std::function<std::shared_ptr<inbox>(const config::broker_settings&)> make_inbox;
};

/// SQLite (or memory) under settings.data_dir, which must exist.
[[nodiscard]] backends file_backends(const config::settings& s);

struct node_parts {
  std::shared_ptr<const config::settings> settings;
  std::vector<std::shared_ptr<broker_context>> brokers;
  std::shared_ptr<journal> shared_log;     ///< the runner's snapshots
  std::shared_ptr<event_publisher> ticks;  ///< market.ticks; nullptr: not published
  std::shared_ptr<actors::feed_counters> feed_counters;
  std::shared_ptr<actors::runner_counters> runner_counters;
  std::function<std::unique_ptr<feed_source>()> open_feed;
  /// The strategies as their files say now, for a reload. Throws std::runtime_error with every finding. Until it is
  /// replaced: the ones that this process started with.
  std::function<std::vector<config::strategy_settings>()> read_strategies;
  std::string process;  ///< names this run of the process; another run has another name
  std::function<void(const actors::supervision_event&)> on_supervision;
  std::shared_ptr<actors::supervision_history> history;  ///< whoever sets on_supervision fills it
  std::shared_ptr<actors::vitals_board> vitals = std::make_shared<actors::vitals_board>();
  client_factory make_client = registered_client;  ///< the client of a trader; tests put a simulated venue here
};

/// Without `make_process` every broker runs in this process, whatever its placement.
[[nodiscard]] node_parts make_node_parts(std::shared_ptr<const config::settings> s, const backends& b,
                                         const process_maker& make_process = {});
/// A broker that runs in this process.
/// The context's gate lets nothing pass once the lease of its journal is over. For a gate of one's own, too.
void heed_lease(broker_context& context);
[[nodiscard]] std::shared_ptr<broker_context> make_broker_context(const config::broker_settings& broker,
                                                                  const backends& b);
[[nodiscard]] actors::node_config make_node_config(const node_parts& parts, caf::actor listener);

/// The broker's supervisor, with the roles that run in this process or with the compartment of its own process.
[[nodiscard]] actors::supervisor_config broker_subtree(const node_parts& parts,
                                                       const std::shared_ptr<broker_context>& b,
                                                       const actors::node_actor& node);

/// How long the end of a run may wait for live brokers to say what became of orders; 0: there is none.
[[nodiscard]] std::chrono::milliseconds longest_settling(const config::settings& s);

[[nodiscard]] std::filesystem::path journal_file(const config::settings& s, const broker_id& b);
[[nodiscard]] std::filesystem::path store_file(const config::settings& s, const broker_id& b);

/// Where the operator's latch of a broker is kept.
[[nodiscard]] std::filesystem::path kill_file_of(const config::settings& s, const broker_id& b);

/// Id under which the node keeps what belongs to no broker; not a valid broker id of a configuration.
inline const broker_id shared_id{"_shared"};

}  // namespace bulkhead::app
