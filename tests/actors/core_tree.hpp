#pragma once
// A tree of supervision cores, driven at once and by hand: what the actors do with mailboxes and timers happens here in
// plain calls, and is written to the same kind of trace as the model's (otp_model.hpp).
#include "actors/otp_model.hpp"
#include "actors/supervision/supervision_core.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead::test {

namespace core = bulkhead::actors::supervision;

class core_tree {
 public:
  core_tree(const otp::spec& s, otp::world& w, core_tree* parent = nullptr, std::size_t place = 0,
            std::uint64_t number = 0)
      : rules_(&s),
        world_(&w),
        parent_(parent),
        place_(place),
        number_(number),
        core_(rules_of(s)),
        kids_(s.children.size()) {}

  void begin() {
    run(core_.begin());
    read_mail();
  }
  void stop() { run(core_.stop()); }

  void child_died(const std::string& name, otp::reason why) {
    const std::size_t n = index_of(name);
    if (n == kids_.size() || !kids_[n].lives) return;
    kids_[n].lives = false;
    if (kids_[n].below) kids_[n].below->die();
    event([&] { return core_.ended(n, core_.number_of(n), ending_of(why), "died", at()); });
  }
  void try_again(const std::string& name) {
    const std::size_t n = index_of(name);
    const auto it = retries_.find(n);
    if (it == retries_.end()) return;
    const std::uint64_t timer = it->second;
    retries_.erase(it);
    event([&] { return core_.timer_due(timer, at()); });
  }

  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] bool busy() const { return core_.is_busy() || core_.is_over(); }
  [[nodiscard]] bool has_busy_below() const {
    return std::ranges::any_of(kids_, [](const kid& k) {
      return k.below && k.below->alive_ && (k.below->busy() || k.below->has_busy_below());
    });
  }
  core_tree* supervisor_of(const std::string& name) {
    if (index_of(name) != kids_.size()) return this;
    for (kid& k : kids_) {
      if (!k.below || !k.below->alive_) continue;
      if (core_tree* found = k.below->supervisor_of(name)) return found;
    }
    return nullptr;
  }
  [[nodiscard]] bool is_at_work(const std::string& name) const {
    const auto& below = kids_.at(index_of(name)).below;
    return below && below->alive_ && (below->busy() || below->has_busy_below());
  }
  void collect(std::vector<std::string>& living, std::vector<std::string>& trying_again) const {
    for (std::size_t n = 0; n < kids_.size(); ++n) {
      if (kids_[n].lives) living.push_back(rules_->children[n].name);
      if (core_.is_to_try_again(n)) trying_again.push_back(rules_->children[n].name);
      if (kids_[n].below && kids_[n].below->alive_) kids_[n].below->collect(living, trying_again);
    }
  }

 private:
  struct kid {
    bool lives = false;
    bool hangs = false;                ///< asked to stop, does not
    std::shared_ptr<core_tree> below;  ///< of a child that is a supervisor
  };

  static core::tree_rules rules_of(const otp::spec& s) {
    core::tree_rules rules;
    rules.strategy = static_cast<core::restart_strategy>(s.plan);
    rules.limits.intensity = static_cast<std::int64_t>(s.intensity);
    rules.limits.period = std::chrono::milliseconds{s.period};
    rules.limits.backoff_min = rules.limits.backoff_max = std::chrono::milliseconds{0};
    for (const otp::spec& c : s.children) {
      rules.children.push_back({c.name, static_cast<core::restart_type>(c.type)});
    }
    return rules;
  }
  static core::ending ending_of(otp::reason why) { return static_cast<core::ending>(why); }
  [[nodiscard]] core::supervision_core::time_point at() const {
    return core::supervision_core::time_point{} + std::chrono::milliseconds{world_->now};
  }
  [[nodiscard]] std::size_t index_of(const std::string& name) const {
    const auto it = std::ranges::find(rules_->children, name, &otp::spec::name);
    return static_cast<std::size_t>(it - rules_->children.begin());
  }
  void die() {
    alive_ = false;
    for (kid& k : kids_) {
      k.lives = false;
      if (k.below) k.below->die();
    }
  }

  /// Something from outside: what it makes wait is read once it is done with, unless it waits itself.
  template <class Tell>
  void event(Tell tell) {
    const bool waits = core_.is_busy() || core_.has_waiting();
    run(tell());
    if (!waits) read_mail();
  }
  void read_mail() {
    while (alive_ && core_.has_waiting()) run(core_.proceed(at()));
  }
  void run(const core::actions& list) {
    for (const core::action& a : list) {
      if (alive_) carry_out(a);
    }
  }

  void carry_out(const core::action& a) {
    switch (a.what) {
      case core::action::kind::start:
        start(a);
        break;
      case core::action::kind::stop:
        stop_child(a);
        break;
      case core::action::kind::kill:
        kids_[a.child].lives = false;
        run(core_.ended(a.child, a.number, core::ending::failed, "killed", at()));
        world_->step("kill", rules_->children[a.child].name);
        break;
      case core::action::kind::timer:
        if (std::exchange(kids_[a.child].hangs, false)) {
          run(core_.timer_due(a.timer, at()));
        } else if (a.after.count() == 0) {
          retries_[a.child] = a.timer;
        }
        break;
      case core::action::kind::escalate:
        world_->step("gave_up", rules_->name);
        break;
      case core::action::kind::ready:
        if (parent_ != nullptr) parent_->is_up(place_, number_);
        break;
      case core::action::kind::done:
        alive_ = false;
        if (parent_ != nullptr) parent_->is_gone(place_, number_);
        break;
      case core::action::kind::note:
        break;
    }
  }

  void start(const core::action& a) {
    const otp::spec& c = rules_->children[a.child];
    retries_.erase(a.child);
    if (!c.supervises) {
      if (world_->start_fails(c.name)) {
        world_->step("fail", c.name);
        run(core_.start_failed(a.child, a.number, core::ending::failed, "no", at()));
        return;
      }
      kids_[a.child].lives = true;
      world_->step("start", c.name);
      run(core_.started(a.child, a.number));
      return;
    }
    world_->step("enter", c.name);
    kids_[a.child].below = std::make_shared<core_tree>(c, *world_, this, a.child, a.number);
    world_->graveyard.push_back(kids_[a.child].below);
    kids_[a.child].below->begin();
  }
  void is_up(std::size_t n, std::uint64_t number) {
    kids_[n].lives = true;
    world_->step("start", rules_->children[n].name);
    run(core_.started(n, number));
  }
  /// A supervisor below has ended: by itself, as it was asked to, or because it could not start.
  void is_gone(std::size_t n, std::uint64_t number) {
    const std::string& name = rules_->children[n].name;
    const bool was_up = std::exchange(kids_[n].lives, false);
    if (!was_up && !std::exchange(stopping_below_, false)) {
      world_->step("fail", name);
      run(core_.start_failed(n, number, core::ending::failed, "no", at()));
    } else if (was_up) {
      event([&] { return core_.ended(n, number, core::ending::shutdown, "gave up", at()); });
    } else {
      world_->step("stop", name);
      run(core_.ended(n, number, core::ending::shutdown, "", at()));
    }
  }

  void stop_child(const core::action& a) {
    const std::string& name = rules_->children[a.child].name;
    // It died between the decision and now, and may be back already.
    if (a.number != core_.number_of(a.child) || !std::exchange(kids_[a.child].lives, false)) return;
    if (kids_[a.child].below) {
      stopping_below_ = true;
      kids_[a.child].below->stop();
    } else if (world_->ignores_stop(name)) {
      kids_[a.child].hangs = true;
    } else {
      world_->step("stop", name);
      run(core_.ended(a.child, a.number, core::ending::shutdown, "", at()));
    }
  }

  const otp::spec* rules_;
  otp::world* world_;
  core_tree* parent_;
  std::size_t place_;
  std::uint64_t number_;
  core::supervision_core core_;
  std::vector<kid> kids_;
  std::map<std::size_t, std::uint64_t> retries_;  ///< child -> timer
  bool stopping_below_ = false;
  bool alive_ = true;
};

}  // namespace bulkhead::test
