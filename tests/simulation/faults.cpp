// Which faults there are and how each is done.
#include "runtime/fault/failpoint.hpp"
#include "simulation/simulation.hpp"

#include <array>

namespace bulkhead::simulation {
namespace {

constexpr std::size_t sleeper_life = 500;  ///< turns that a node which woke up lives on

}  // namespace

simulation::fault_kind simulation::draw_kind(const std::string& target) {
  using enum fault_kind;
  static const std::vector<fault_kind> of_broker{kill_actor, kill_actor, kill_actor,  failpoint, failpoint,
                                                 failpoint,  crash_node, fail_commit, stall,     store,
                                                 repeat,     hang,       sleep_node,  isolate};
  static const std::vector<fault_kind> of_shared{kill_actor, failpoint, crash_node, fail_commit, stall, repeat};
  const auto& kinds = target.empty() ? of_shared : of_broker;
  const fault_kind kind = kinds[world_.draw.below(kinds.size())];
  // A missed deadline changes what is decided: the broker whose journal must come out undisturbed is spared it.
  if (kind == hang && target == "paper") return kill_actor;
  if (kind == isolate && world_.draw.percent(60)) return failpoint;
  return kind;
}

std::string simulation::path_in(const std::string& target) {
  static const std::array<std::string, 2> shared{"feed", "runner"};
  static const std::array<std::string, 6> own{"trader", "risk_manager", "portfolio", "bridge", "bridge", "projector"};
  if (target.empty()) return shared[world_.draw.below(shared.size())];
  return target + "/" + own[world_.draw.below(own.size())];
}

void simulation::arm_failpoint(const std::string& target) {
  static const std::array<const char*, 20> places{
      "trader.market.before",     "trader.orders.after",        "trader.place.before",   "trader.place.after",
      "trader.apply.before",      "trader.recover.after",       "trader.updates.after",  "risk_manager.signals.before",
      "risk_manager.apply.after", "risk_manager.signals.after", "portfolio.mark.before", "portfolio.snapshot.after",
      "bridge.frames.before",     "bridge.signals.before",      "bridge.append.before",  "bridge.append.after",
      "bridge.durable.before",    "bridge.placed.before",       "bridge.cut.after",      "bridge.orders.result.before"};
  static const std::array<const char*, 3> shared{"feed.send.before", "runner.frames.before", "runner.durable.before"};
  const std::string name = target.empty() ? shared[world_.draw.below(shared.size())]
                                          : target + "." + places[world_.draw.below(places.size())];
  const std::uint64_t hit = world_.draw.between(1, 6);
  fault::arm(name, fault::action::crash, hit);
  found_->step(fmt::format("frame {}: failpoint {} at hit {}", progress_, name, hit));
}

void simulation::inject_due() {
  while (!is_over_ && next_fault_ < plan_.size() && plan_[next_fault_].frame <= progress_) {
    inject(plan_[next_fault_++]);
  }
}

void simulation::end_node(bool asleep) {
  found_->step(fmt::format("frame {}: node {} {}", progress_, node_->number(), asleep ? "falls asleep" : "crashes"));
  world_.venue->cut_off(node_->number());
  fault::disarm_all();
  is_over_ = true;
  if (!asleep) {
    node_.reset();
    return;
  }
  node_->fall_asleep();
  sleeper_ = std::move(node_);
  sleeper_turns_ = sleeper_life;
  sleeper_wakes_ = progress_ + world_.draw.between(0, 12);
}

void simulation::inject(const planned_fault& f) {
  chance& draw = world_.draw;
  const std::string path = path_in(f.target);
  const std::string disk = f.target.empty() ? world::runner_log : f.target;
  found_->step(fmt::format("frame {}: fault {} at \"{}\"", progress_, static_cast<int>(f.kind), path));
  switch (f.kind) {
    case fault_kind::kill_actor:
      record_.faults += node_->kill(path) ? 1 : 0;
      return;
    case fault_kind::failpoint:
      return arm_failpoint(f.target);
    case fault_kind::isolate:
      isolating_ = path;
      (void)node_->kill(path);
      break;
    case fault_kind::crash_node:
      end_node(false);
      break;
    case fault_kind::sleep_node:
      end_node(sleeper_ == nullptr);
      break;
    case fault_kind::hang:
      (void)node_->hang(path, draw.between(200, 3000));
      record_.hung.insert(f.target);
      break;
    case fault_kind::fail_commit:
      node_->fail_commit(disk);
      break;
    case fault_kind::stall:
      node_->stall(disk, draw.between(50, 800));
      break;
    case fault_kind::store:
      if (draw.percent(50)) {
        node_->break_store(f.target, draw.between(1, 3));
      } else {
        node_->lose_store(f.target);
      }
      break;
    case fault_kind::repeat:
      node_->repeat_messages(draw.between(10, 60));
      break;
  }
  ++record_.faults;
}

}  // namespace bulkhead::simulation
