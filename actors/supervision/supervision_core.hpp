#pragma once
// When the children of one supervisor start, restart and stop: the rules of OTP's supervisor (one_for_one, one_for_all,
// rest_for_one; permanent, transient and temporary children; restart intensity; ordered start, reverse stop), and what
// OTP has not: a backoff before a restart, revocation of a child that hangs, failures that end the tree at once. Pure:
// the time is given; what is to be done comes back as a list of actions, to be carried out in order. One owner.
//
// One job (a start of the tree, a restart, the end) at a time. What happens meanwhile waits, as in a mailbox: when the
// actions are carried out and has_waiting(), call proceed().
#include "actors/supervision/restart_policy.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkhead::actors::supervision {

enum class restart_type : std::uint8_t {
  permanent,  ///< always restarted
  transient,  ///< restarted when it failed
  temporary,  ///< never restarted; once ended it is forgotten
};

enum class restart_strategy : std::uint8_t {
  one_for_one,   ///< only the child that ended
  one_for_all,   ///< all are stopped, then started
  rest_for_one,  ///< it and those after it in the order of start
};

enum class ending : std::uint8_t { normal, shutdown, failed, fatal };

struct child_rules {
  std::string path;
  restart_type type = restart_type::permanent;
  std::chrono::milliseconds stop_timeout{1000};  ///< after that it is killed
  std::uint64_t last_number = 0;                 ///< of its incarnations in an earlier life of the tree
};

struct tree_rules {
  restart_strategy strategy = restart_strategy::one_for_one;
  restart_limits limits;
  std::uint64_t jitter_seed = 1;
  std::vector<child_rules> children;  ///< in the order of start
};

struct action {
  enum class kind : std::uint8_t {
    start,     ///< start incarnation `number` of `child`; then started() or start_failed()
    stop,      ///< ask it to end; then ended()
    kill,      ///< end it and wait no more; ended() when it is gone
    timer,     ///< after `after`: timer_due(timer)
    note,      ///< for the log: `event` of that child (no_child: of the tree)
    escalate,  ///< the tree gives up, for `reason`; it stops its children next
    ready,     ///< the first start is complete
    done,      ///< nothing of the tree runs any more
  };
  kind what = kind::note;
  std::size_t child = 0;
  std::uint64_t number = 0;
  std::uint64_t timer = 0;
  std::chrono::milliseconds after{0};  ///< timer; note "failed": until the restart
  std::string_view event{};            ///< note: "started", "failed", "ended", "stopped", "killed", "gave_up"
  std::string reason{};
};

using actions = std::vector<action>;
inline constexpr std::size_t no_child = ~std::size_t{0};

class supervision_core {
 public:
  using time_point = restart_policy::time_point;

  explicit supervision_core(tree_rules rules);

  /// Starts all children. One that does not start gives the tree up. Once, before anything else.
  actions begin();
  actions started(std::size_t child, std::uint64_t number);
  /// `how`: failed or fatal. While the tree runs, a restart that failed is tried again and counts as another one.
  actions start_failed(std::size_t child, std::uint64_t number, ending how, const std::string& reason, time_point now);
  actions ended(std::size_t child, std::uint64_t number, ending how, const std::string& reason, time_point now);
  actions timer_due(std::uint64_t timer, time_point now);
  /// Stops the children in reverse order.
  actions stop();
  /// This incarnation does not answer: it is killed and counts as failed. The next one that is given up while it still
  /// runs ends the tree: each holds a thread.
  actions revoke(std::size_t child, std::uint64_t number, time_point now);
  /// Stops and starts one child, for an operator: not counted. A temporary one stays as it is.
  actions restart_child(std::size_t child, time_point now);

  [[nodiscard]] bool has_waiting() const noexcept { return !job_ && !waiting_.empty() && !over_; }
  /// Takes what waited, up to the next job.
  actions proceed(time_point now);

  /// A job is under way: something is asked for and not answered yet.
  [[nodiscard]] bool is_busy() const noexcept { return job_.has_value(); }
  [[nodiscard]] bool is_over() const noexcept { return over_; }
  [[nodiscard]] bool is_running(std::size_t child) const { return children_.at(child).now == state::running; }
  [[nodiscard]] bool is_to_try_again(std::size_t child) const { return children_.at(child).now == state::to_try_again; }
  [[nodiscard]] bool is_stopping(std::size_t child) const { return children_.at(child).now == state::stopping; }
  [[nodiscard]] std::uint64_t number_of(std::size_t child) const { return children_.at(child).number; }

 private:
  enum class state : std::uint8_t {
    absent,
    starting,
    running,
    stopping,
    backing_off,   ///< its failure is counted; it starts when the delay is over
    to_try_again,  ///< its restart failed; that is counted when its turn comes
  };
  struct child {
    state now = state::absent;
    std::uint64_t number = 0;
    std::uint64_t timer = 0;      ///< the one that counts; others are stale
    std::uint64_t abandoned = 0;  ///< an incarnation that was killed and has not ended
    bool is_forgotten = false;
  };
  struct job {
    std::vector<std::size_t> stops;   ///< the next one last
    std::vector<std::size_t> starts;  ///< the next one last
    std::size_t cause = no_child;
    std::chrono::milliseconds delay{0};  ///< between stops and starts
    bool is_first_start = false;
    bool is_end = false;
  };
  struct waiting_input {
    enum class kind : std::uint8_t { ended, timer, stop, revoke, restart_child };
    kind what = kind::stop;
    std::size_t child = 0;
    std::uint64_t number = 0;  ///< or timer
    ending how = ending::failed;
    std::string reason;
  };
  struct failure {
    std::string text;
    time_point at;
  };

  actions take() { return std::exchange(out_, {}); }
  /// Now, or after what waits.
  void offer(const waiting_input& input, time_point now);
  void dispatch(const waiting_input& input, time_point now);
  void handle_end(std::size_t n, ending how, const std::string& reason, time_point now);
  void handle_timer(std::uint64_t timer, time_point now);
  void handle_revoke(std::size_t n, std::uint64_t number, time_point now);
  void handle_restart(std::size_t n);
  void count_restart(std::size_t n, const std::string& reason, time_point now);
  void begin_restart(std::size_t n, std::chrono::milliseconds delay);
  void begin_end();
  void give_up(const std::string& reason, time_point now);
  void advance();
  /// False: it waits for the child to end.
  bool stop_one(std::size_t n);
  void start_one(std::size_t n);
  void wait_for(std::size_t n, state what, std::chrono::milliseconds delay);
  [[nodiscard]] std::optional<waiting_input> take_unread_end(std::size_t n);
  void remember(std::size_t n, const std::string& reason, time_point now);
  [[nodiscard]] std::string history(time_point now) const;
  void note(std::size_t n, std::string_view event, const std::string& reason = {},
            std::chrono::milliseconds delay = {});

  tree_rules rules_;
  restart_policy policy_;
  std::vector<child> children_;
  std::optional<job> job_;
  std::deque<waiting_input> waiting_;
  std::deque<failure> failures_;  ///< the newest few, for people
  std::uint64_t last_timer_ = 0;
  bool over_ = false;
  actions out_;
};

}  // namespace bulkhead::actors::supervision
