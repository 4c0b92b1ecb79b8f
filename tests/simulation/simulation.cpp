#include "simulation/simulation.hpp"

#include "runtime/fault/failpoint.hpp"

#include <algorithm>
#include <array>

namespace bulkhead::simulation {
namespace {

constexpr std::uint64_t most_turns = 120'000;  ///< of a run: more means that it never ends
constexpr std::size_t least_faults = 9;
constexpr std::size_t most_faults = 13;

std::string broker_of(const std::string& path) {
  const auto slash = path.find('/');
  if (slash != std::string::npos) return path.substr(0, slash);
  return std::ranges::find(broker_names, path) != broker_names.end() ? path : std::string{};
}

/// Failures that were made here. Any other one is a fault of the product.
bool is_ours(const std::string& reason) {
  static const std::array<std::string, 3> marks{"failpoint", "simulated", "may follow"};
  return std::ranges::any_of(marks, [&](const std::string& m) { return reason.find(m) != std::string::npos; });
}

}  // namespace

simulation::simulation(std::uint64_t seed, findings& found) : found_(&found), world_(workload_of(seed), seed, found) {
  fault::disarm_all();
  plan();
}

simulation::~simulation() {
  sleeper_.reset();
  node_.reset();
  fault::disarm_all();
}

void simulation::plan() {
  chance& draw = world_.draw;
  for (const std::string name : {"paper", "desk", "live"}) {
    if (draw.percent(75)) record_.targets.insert(name);
  }
  if (draw.percent(50)) record_.targets.insert("");
  if (record_.targets.empty()) record_.targets.insert("live");
  const std::vector<std::string> targets(record_.targets.begin(), record_.targets.end());
  const std::size_t count = draw.between(least_faults, most_faults);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& target = targets[draw.below(targets.size())];
    plan_.push_back({draw.between(1, world_.day->frames->size() - 2), draw_kind(target), target});
  }
  std::ranges::sort(plan_, {}, &planned_fault::frame);
}

void simulation::on_event(const actors::supervision_event& e) {
  const std::string broker = broker_of(e.path);
  found_->step(fmt::format("{} {} {} {}", e.path, e.number, e.what, e.reason));
  if (e.what == "started" && e.path == isolating_) kill_again_ = true;
  if (e.what == "gave_up" && e.path == broker_of(isolating_)) isolating_.clear();
  if (e.what != "failed" && e.what != "gave_up") return;
  if (e.reason.find("failpoint") != std::string::npos && e.what == "failed") ++record_.faults;
  if (!record_.targets.contains(broker)) {
    found_->broken(promise::confinement, fmt::format("{} {}, and no fault touched it: {}", e.path, e.what, e.reason));
  } else if (!is_ours(e.reason) && !(record_.hung.contains(broker) && e.reason.find("revoked") != std::string::npos)) {
    found_->broken(promise::confinement, fmt::format("{} {} by itself: {}", e.path, e.what, e.reason));
  }
}

void simulation::start_node() {
  node_ = std::make_unique<sim_node>(world_, [this](const actors::supervision_event& e) { on_event(e); });
  node_->on_answer([this](const actors::operated& a) { answered(a); });
  node_->on_told([this](const actors::strategy_command_done& d) { told(d); });
  asked_.clear();
  told_strategies_.clear();
  isolating_.clear();
  is_over_ = false;
  // A release that the last node did not answer is asked for again.
  for (const auto& [broker, mode] : world_.held) {
    if (mode != kill_mode::off) release_at_.try_emplace(broker, progress_ + 2);
  }
  ++record_.nodes;
  found_->step(fmt::format("node {} starts", node_->number()));
}

void simulation::wake_sleeper() {
  if (!sleeper_ || progress_ < sleeper_wakes_) return;
  if (sleeper_turns_-- == 0) {
    sleeper_.reset();
    return;
  }
  sleeper_->turn();
}

void simulation::live() {
  while (!is_over_ && !node_->finished()) {
    if (++record_.turns > most_turns) {
      found_->broken(promise::nothing_forgotten, fmt::format("the run does not end (frame {})", progress_));
      calm_ = true;
      return;
    }
    node_->turn();
    progress_ = std::max(progress_, node_->progress());
    if (std::exchange(kill_again_, false)) (void)node_->kill(isolating_);
    wake_sleeper();
    if (calm_) continue;
    operators_act();
    inject_due();
  }
}

/// Where a broker was isolated, the one that nothing touched has worked to the end of the day all the same.
void simulation::check_isolation() {
  const auto& isolated = node_->isolated();
  const bool shared_down = std::ranges::find(isolated, "", &actors::subtree_down::name) != isolated.end();
  if (isolated.empty() || shared_down) return;
  const std::string& name = broker_names.front();
  const std::uint64_t records = world_.disks.at(name)->records;
  if (records == world_.day->undisturbed.at(name).size()) return;
  found_->broken(promise::confinement,
                 fmt::format("{} stopped at event {} because {} was isolated", name, records, isolated.front().name));
}

run_record simulation::run() {
  while (true) {
    start_node();
    live();
    if (record_.turns > most_turns) break;
    if (is_over_) continue;
    check_isolation();
    if (node_->isolated().empty()) break;
    if (calm_) {
      found_->broken(promise::nothing_forgotten,
                     "what was isolated does not come back: " + node_->isolated().front().reason);
      break;
    }
    calm_ = true;  // the operator starts the node again, for what was isolated
    node_.reset();
  }
  sleeper_.reset();
  node_.reset();
  for (const auto& [name, disk] : world_.disks) record_.events += disk->records;
  record_.faults += world_.venue->faults();
  if (record_.turns <= most_turns) check_promises(world_, record_, *found_);
  return record_;
}

}  // namespace bulkhead::simulation
