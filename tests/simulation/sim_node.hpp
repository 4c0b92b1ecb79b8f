#pragma once
// One life of a whole node: the real actors on CAF's test scheduler, between simulated devices. Nothing happens but in
// turn(), and what happens there is the harness's choice by seed.
#include "actors/system_config.hpp"
#include "simulation/sim_store.hpp"
#include "simulation/world.hpp"
#include "tools/app/node_builder.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>

namespace bulkhead::simulation {

class sim_node {
 public:
  using answer_fn = std::function<void(const actors::operated&)>;
  using told_fn = std::function<void(const actors::strategy_command_done&)>;
  using event_fn = std::function<void(const actors::supervision_event&)>;

  /// Starts it; takes over the disks' locks.
  sim_node(world& w, event_fn on_event);
  sim_node(const sim_node&) = delete;
  sim_node& operator=(const sim_node&) = delete;
  /// The devices are cut off before the actors are ended: nothing that they still do has an effect.
  ~sim_node();

  /// One thing happens: a message is handled, a device works, time passes.
  void turn();
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] const std::vector<actors::subtree_down>& isolated() const { return isolated_; }
  /// The furthest frame that a broker has processed in this life.
  [[nodiscard]] std::uint64_t progress() const;
  [[nodiscard]] unsigned number() const { return number_; }

  // Faults. A path names an actor: "feed", "paper/trader". False: there is none at the moment.
  bool kill(const std::string& path);
  /// Its messages wait for so many turns, or until it is revoked.
  bool hang(const std::string& path, std::size_t turns);
  void fail_commit(const std::string& disk) { failing_disk_ = disk; }
  void stall(const std::string& disk, std::size_t turns) { journals_.at(disk)->stall(turns); }
  void break_store(const std::string& broker, std::size_t answers) { failing_answers_[broker] = answers; }
  void lose_store(const std::string& broker) { stores_.at(broker)->lose_everything(); }
  /// So many of the next messages come a second time, later.
  void repeat_messages(std::size_t count) { to_repeat_ += count; }
  /// It sleeps: cut off from time and answers, it does not know it.
  void fall_asleep() {
    asleep_ = true;
    answer_ = nullptr;
    told_ = nullptr;
  }
  [[nodiscard]] std::uint64_t commits_failed() const { return commits_failed_; }
  [[nodiscard]] std::uint64_t repeated() const { return repeated_; }

  // Operators.
  void operate(const std::string& broker, std::uint64_t ticket, const operator_command& command);
  void tell_strategies(std::uint64_t id, const std::string& what, const strategy_id& strategy);
  void on_answer(answer_fn to) { answer_ = std::move(to); }
  void on_told(told_fn to) { told_ = std::move(to); }
  effect_gate& gate(const std::string& broker);
  [[nodiscard]] const app::node_parts& parts() const { return parts_; }

 private:
  app::backends simulated_backends();
  void wrap_children(actors::subtree_spec& subtree);
  [[nodiscard]] bool run_actor();
  [[nodiscard]] bool run_device();
  void let_time_pass();
  void maybe_repeat(caf::resumable* job);
  void read_answers();

  world* world_;
  unsigned number_;
  event_fn on_event_;
  answer_fn answer_;
  told_fn told_;
  actors::test_system_config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator* scheduler_;
  std::optional<caf::scoped_actor> self_;
  std::map<std::string, std::shared_ptr<sim_journal>> journals_;
  std::map<std::string, std::shared_ptr<sim_store>> stores_;
  std::vector<sim_journal*> journal_row_;
  app::node_parts parts_;
  actors::node_actor node_;
  std::map<std::string, caf::actor> by_path_;
  std::map<const caf::resumable*, std::size_t> withheld_;  ///< turns left
  std::vector<std::function<void()>> repeats_;
  std::string failing_disk_;
  std::map<std::string, std::size_t> failing_answers_;
  std::size_t to_repeat_ = 0;
  std::uint64_t commits_failed_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t turns_ = 0;
  bool asleep_ = false;
  std::shared_ptr<bool> line_is_up_ = std::make_shared<bool>(true);
  bool crashed_ = false;
  bool finished_ = false;
  std::vector<actors::subtree_down> isolated_;
};

}  // namespace bulkhead::simulation
