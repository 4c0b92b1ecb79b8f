#pragma once
// Hosts a supervision core (actors/supervision/): starts children, watches them, stops them, as the core says. A
// restarted child keeps its path: everybody who needs its address is told with role_up. A child may be a supervisor
// itself (supervised_tree()). When the tree gives up, its parent is told, the children are stopped and the actor ends.
#include "actors/interfaces.hpp"
#include "actors/supervision/supervision_core.hpp"
#include "runtime/domain/time.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bulkhead::actors {

/// A child that throws this is not restarted: its tree gives up at once, for this reason.
class fatal_failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Exit reasons of our own actors.
enum class actor_failure : std::uint8_t { none, fatal };

struct child_spec {
  std::string name;  ///< last part of the path
  /// Starts incarnation `number`. Must not block; a throw counts as a start that failed.
  std::function<caf::actor(caf::actor_system&, incarnation number, const supervisor_actor& parent)> start;
  std::chrono::milliseconds stop_timeout{1000};  ///< after that it is killed
  supervision::restart_type type = supervision::restart_type::permanent;
  bool supervises = false;  ///< is up when it says so with child_ready, and is stopped with stop_tree
};

/// One start, restart or end of a child, for the operations log.
struct supervision_event {
  std::string path;
  incarnation number = 0;
  std::string what;           ///< "started", "failed", "ended", "stopped", "killed", "gave_up"
  std::string reason;         ///< failed, ended, killed, gave_up
  timestamp at;               ///< wall time, for people
  std::int64_t delay_ms = 0;  ///< failed: until the restart
};

/// Now, to the millisecond, as people are told of what happened; nothing is decided by it.
[[nodiscard]] timestamp wall_time();

struct supervisor_config {
  std::string name;  ///< path of this subtree; a child's path is "{name}/{child}", or the child's name if this is empty
  std::vector<child_spec> children;
  restart_limits limits;
  std::uint64_t jitter_seed = 1;
  caf::actor parent;  ///< gets role_up of every child and, when this subtree gives up, subtree_down
  /// Called on a scheduler thread; must not block.
  std::function<void(const supervision_event&)> log = [](const supervision_event&) {};
  supervision::restart_strategy strategy = supervision::restart_strategy::one_for_one;
  std::map<std::string, incarnation> last_numbers;  ///< by path, of an earlier life: incarnations go on after them
  std::function<void()> ready = [] {};              ///< the first start is complete
};

struct supervisor_state {
  struct child {
    child_spec spec;
    caf::actor handle;  ///< of the incarnation that counts; null: none
    incarnation number = 0;
    std::string why_down;  ///< what a child that is a supervisor gave up for
    /// Ended or about to, and not gone: their ends still have to be told to the core.
    std::map<caf::actor_addr, incarnation> leaving;
  };

  explicit supervisor_state(supervisor_actor::pointer self) : self(self) {}
  void begin(supervisor_config config);
  /// Carries out what the core asks for, and what that leads to.
  void perform(supervision::actions list);
  void carry_out(const supervision::action& a);
  void start(std::size_t n, incarnation number);
  void is_up(std::size_t n);
  /// Ends a child that may not listen: it must not take its supervisor along when it ends.
  void kill(const caf::actor& handle) const;
  void log(const supervision::action& note) const;
  void announce(const role_up& up);
  void on_down(const caf::down_msg& down);
  void on_exit(const caf::exit_msg& exit);
  /// Index of the child of that name; children.size(): there is none.
  [[nodiscard]] std::size_t find(const std::string& name) const;
  [[nodiscard]] std::string path(std::size_t n) const;
  [[nodiscard]] supervision::supervision_core::time_point now() const { return self->clock().now(); }

  static inline const char* name = "supervisor";
  supervisor_actor::pointer self;
  supervisor_config config;
  std::vector<child> children;
  std::unique_ptr<supervision::supervision_core> core;
  std::deque<supervision::action> to_do;
  bool performing = false;
  std::map<std::string, role_up> known;  ///< roles in- and outside that children need to find
};

supervisor_actor::behavior_type supervisor(supervisor_actor::stateful_pointer<supervisor_state> self,
                                           supervisor_config config);

/// A child that is a supervisor: `make` gives its configuration, anew for every start; name, parent and ready are set
/// here. It has `stop_timeout` for all its children together.
[[nodiscard]] child_spec supervised_tree(std::string name, const std::string& path,
                                         std::function<supervisor_config()> make,
                                         std::chrono::milliseconds stop_timeout = std::chrono::milliseconds{10'000});

/// What is thrown at the moment, as an exit reason: fatal_failure stays one.
[[nodiscard]] caf::error exit_reason_of(std::exception_ptr thrown);

/// Makes a throw in one of this actor's handlers end it with the exception's text as reason.
template <class Actor>
void end_with_exception_text(Actor* self) {
  self->set_exception_handler([](std::exception_ptr& thrown) -> caf::error { return exit_reason_of(thrown); });
}

}  // namespace bulkhead::actors

CAF_ERROR_CODE_ENUM(bulkhead::actors::actor_failure, "bulkhead")
