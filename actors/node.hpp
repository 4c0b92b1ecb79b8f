#pragma once
// The root of the tree: the shared supervisor (feed, runner) and one supervisor per broker. A broker's subtree that
// gives up is isolated: marked, no longer waited for, the others go on; an operator can start it again. Ends when every
// broker has drained or is isolated, and the feed has ended.
#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bulkhead::actors {

struct subtree_spec {
  std::string name;  ///< broker id; empty: the shared subtree
  /// Given the node, the supervisor's configuration.
  std::function<supervisor_config(const node_actor&)> make;
};

struct node_config {
  subtree_spec shared;
  std::vector<subtree_spec> brokers;
  bool waits_for_views = true;    ///< before it ends, the views hold what the journals hold
  bool waits_for_topics = false;  ///< likewise the topics
  bool waits_for_ticks = false;   ///< and market.ticks holds what the feed sent
  /// At the end, for views, topics and the runner's snapshot; anew with each progress, unless an operator waits.
  std::chrono::milliseconds end_patience{3000};
  /// Instead, where topics are waited for and no operator is: Kafka takes longer to come back than a file.
  std::chrono::milliseconds topics_patience{30'000};
  caf::actor listener;                                                  ///< gets node_finished
  std::function<feed_seq()> newest_frame = [] { return feed_seq{0}; };  ///< that the feed has sent; thread-safe
  std::shared_ptr<vitals_board> vitals;  ///< where the supervisors are watched; null: nowhere
  /// What each broker says of its end, for whom it has to be told; called on a scheduler thread.
  std::function<void(const broker_drained&)> on_drained = [](const broker_drained&) {};
  /// Views and topics, whichever of those that the node waits for is behind.
  std::function<void(const views_current&)> on_views = [](const views_current&) {};
};

struct node_state {
  struct subtree {
    supervisor_actor supervisor;
    std::optional<std::uint64_t> drained_at;  ///< last seq
    std::uint64_t views_at = 0;
    std::uint64_t topics_at = 0;
    bool down = false;
    bridge_actor bridge;      ///< null until it is up; of a broker in a process of its own, its compartment
    bool in_process = false;  ///< `bridge` is a compartment
    std::map<std::string, incarnation> numbers;  ///< of its children, by path
    feed_seq refuse_through = 0;  ///< it was started again: entries of frames up to here are too old to be acted on
  };

  explicit node_state(node_actor::pointer self) : self(self) {}
  void begin(node_config c);
  supervisor_actor launch(const subtree_spec& spec, std::map<std::string, incarnation> last_numbers);
  void restart(const restart_broker& message);
  /// Why that broker cannot be started again now; empty: it can.
  [[nodiscard]] std::string why_no_restart(const broker_id& broker) const;
  void isolate(const subtree_down& message);
  void isolate_and_stop(const overrun& message);
  void finish_if_done();
  /// Up to where that broker's views and topics hold its journal, where the node waits for them.
  [[nodiscard]] std::uint64_t held_at(const subtree& broker) const;
  void held_more(const std::string& broker);
  void stop_all();
  [[nodiscard]] std::chrono::milliseconds patience() const;
  void patience_ends();
  void on_down(const caf::down_msg& down);
  void role_changed(const role_up& up);
  void hand_over(const operate& message);
  void hand_over(const ask_status& message);
  void hand_over(const ask_process& message);
  void hand_over(const strategy_command& message);
  /// Why a broker's bridge cannot be asked; empty: it can.
  [[nodiscard]] std::string why_unreachable(const broker_id& broker) const;
  template <class Message>
  void tell_shared(const Message& message) {
    for (const auto& [path, up] : shared_roles) caf::anon_send(up.handle, message);
  }

  static inline const char* name = "node";
  node_actor::pointer self;
  node_config config;
  supervisor_actor shared;
  std::map<std::string, role_up> shared_roles;
  std::map<std::string, subtree> brokers;
  std::vector<subtree_down> isolated;
  caf::actor_clock::time_point held_moved{};  ///< when views or topics last came nearer to their journal
  bool runner_kept = false;
  bool ticks_published = false;
  bool draining = false;  ///< by an operator, who waits
  bool patience_over = false;
  bool ending = false;
  bool stopping = false;
  std::set<caf::actor_addr> running;  ///< supervisors that have not ended
};

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_config config);

}  // namespace bulkhead::actors
