#pragma once
// The root of the tree: the shared supervisor (feed, runner) and one supervisor per broker. A broker's subtree that
// gives up is isolated: marked, no longer waited for, the others go on. Ends when every broker has drained or is
// isolated.
#include "actors/supervisor.hpp"

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
  bool waits_for_views = true;                   ///< before it ends, the views hold what the journals hold
  std::chrono::milliseconds end_patience{3000};  ///< for views and the runner's snapshot at the end
  caf::actor listener;                           ///< gets node_finished
};

struct node_state {
  struct subtree {
    supervisor_actor supervisor;
    std::optional<std::uint64_t> drained_at;  ///< last seq
    std::uint64_t views_at = 0;
    bool down = false;
  };

  explicit node_state(node_actor::pointer self) : self(self) {}
  void begin(node_config c);
  void isolate(const subtree_down& message);
  void finish_if_done();
  void stop_all();
  void on_down(const caf::down_msg& down);
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
  bool runner_kept = false;
  bool draining = false;
  bool patience_over = false;
  bool ending = false;
  bool stopping = false;
  std::set<caf::actor_addr> running;  ///< supervisors that have not ended
};

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self, node_config config);

}  // namespace bulkhead::actors
