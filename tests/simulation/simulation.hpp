#pragma once
// A whole run by one seed: nodes that live, fail and crash over one day, faults, operators, bad input; then every
// promise is checked against what is on the disks and what reached the venue.
#include "simulation/run_record.hpp"
#include "simulation/sim_node.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace bulkhead::simulation {

class simulation {
 public:
  simulation(std::uint64_t seed, findings& found);
  ~simulation();
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;

  run_record run();

 private:
  enum class fault_kind : std::uint8_t {
    kill_actor,
    failpoint,
    crash_node,
    sleep_node,
    hang,
    fail_commit,
    stall,
    store,
    repeat,
    isolate,
  };
  struct planned_fault {
    std::uint64_t frame = 0;
    fault_kind kind = fault_kind::kill_actor;
    std::string target;  ///< broker; "" for the shared subtree
  };
  struct asked {
    std::string broker;
    operator_command::kind what = operator_command::kind::kill;
    bool is_bad = false;
  };

  // simulation.cpp: the run
  void plan();
  void start_node();
  void live();
  void on_event(const actors::supervision_event& e);
  void wake_sleeper();
  void check_isolation();

  // faults.cpp
  [[nodiscard]] fault_kind draw_kind(const std::string& target);
  void inject_due();
  void inject(const planned_fault& f);
  void arm_failpoint(const std::string& target);
  void end_node(bool asleep);
  [[nodiscard]] std::string path_in(const std::string& target);

  // operators.cpp
  void operators_act();
  void command_orders();
  void command_strategies();
  void send_bad_input();
  void kill_switch();
  void release_due();
  void answered(const actors::operated& answer);
  void told(const actors::strategy_command_done& done);
  std::uint64_t ask(const std::string& broker, const operator_command& command, bool is_bad);

  findings* found_;
  world world_;
  run_record record_;
  std::vector<planned_fault> plan_;
  std::size_t next_fault_ = 0;
  std::uint64_t progress_ = 0;
  std::unique_ptr<sim_node> node_;
  std::unique_ptr<sim_node> sleeper_;
  std::size_t sleeper_turns_ = 0;    ///< still to be lived
  std::uint64_t sleeper_wakes_ = 0;  ///< at this progress
  bool is_over_ = false;             ///< the node at hand ends: crash or sleep
  bool calm_ = false;                ///< no more faults
  std::string isolating_;            ///< path of an actor that is killed whenever it starts
  bool kill_again_ = false;
  std::map<std::uint64_t, asked> asked_;
  std::map<std::uint64_t, bool> told_strategies_;  ///< id -> it is well-formed
  std::map<std::string, std::uint64_t> release_at_;
  std::uint64_t next_ticket_ = 1;
  bool is_paused_ = false;
};

/// promises.cpp: what must hold when all is over.
void check_promises(const world& w, const run_record& record, findings& found);

}  // namespace bulkhead::simulation
