#pragma once
// Starts children in order, restarts the one that failed (one_for_one, permanent children), stops them in reverse, and
// gives up when they fail more often than its restart limits allow: then it stops them all, tells its parent and ends.
// A restarted role keeps its path: everybody who needs its address is told with role_up.
#include "actors/interfaces.hpp"
#include "actors/restart_policy.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bulkhead::actors {

struct child_spec {
  std::string name;  ///< last part of the path
  /// Starts incarnation `number`. Must not block; a throw counts as a failure of the child.
  std::function<caf::actor(caf::actor_system&, incarnation number, const supervisor_actor& parent)> start;
  std::chrono::milliseconds stop_timeout{1000};  ///< after that it is killed
};

/// One start, restart or end of a child, for the operations log.
struct supervision_event {
  std::string path;
  incarnation number = 0;
  std::string what;    ///< "started", "failed", "gave_up", "stopped"
  std::string reason;  ///< failed, gave_up
};

struct supervisor_config {
  std::string name;  ///< path of this subtree; a child's path is "{name}/{child}", or the child's name if this is empty
  std::vector<child_spec> children;
  restart_limits limits;
  std::uint64_t jitter_seed = 1;
  caf::actor parent;  ///< gets role_up of every child and, when this subtree gives up, subtree_down
  /// Called on a scheduler thread; must not block.
  std::function<void(const supervision_event&)> log = [](const supervision_event&) {};
};

struct supervisor_state {
  struct child {
    child_spec spec;
    caf::actor handle;
    incarnation number = 0;
    bool waiting = false;     ///< for its backoff to end
    caf::actor_addr revoked;  ///< an incarnation that was ended and may still hang in a handler
  };

  explicit supervisor_state(supervisor_actor::pointer self) : self(self) {}
  void begin(supervisor_config config);
  void start(child& c);
  void failed(child& c, const std::string& reason);
  void revoke(child& c);
  /// Ends a child that may not listen: it must not take its supervisor along when it ends.
  void kill(const caf::actor& handle) const;
  void log(const supervision_event& e) const;
  void announce(const role_up& up);
  void give_up(const std::string& reason);
  void stop_next();
  void on_down(const caf::down_msg& down);
  child* find(const std::string& name);
  [[nodiscard]] std::string path(const child& c) const;

  static inline const char* name = "supervisor";
  supervisor_actor::pointer self;
  supervisor_config config;
  std::vector<child> children;
  std::vector<restart_policy> policy;    ///< one for the subtree, made in begin()
  std::map<std::string, role_up> known;  ///< roles in- and outside that children need to find
  bool stopping = false;
};

supervisor_actor::behavior_type supervisor(supervisor_actor::stateful_pointer<supervisor_state> self,
                                           supervisor_config config);

/// Makes a throw in one of this actor's handlers end it with the exception's text as reason.
template <class Actor>
void end_with_exception_text(Actor* self) {
  self->set_exception_handler([](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      return caf::make_error(caf::sec::runtime_error, std::string{e.what()});
    } catch (...) {
      return caf::make_error(caf::sec::runtime_error, std::string{"unknown exception"});
    }
  });
}

}  // namespace bulkhead::actors
