#pragma once
// OTP's supervisor as its documentation describes it (Erlang/OTP, stdlib, supervisor), to compare the core with:
// naive, one call does everything to its end, nothing shared with the core. A tree of supervisors and workers; what
// happens to it is written to a trace. Time is a number that the test moves. No backoff: OTP has none.
//
// A supervisor handles one thing at a time. What happens to its children meanwhile waits in its mailbox, and is
// forgotten if it stops that child itself before it reads of its end.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead::test::otp {

enum class restart { permanent, transient, temporary };
enum class strategy { one_for_one, one_for_all, rest_for_one };
enum class reason { normal, shutdown, failed, fatal };

/// A worker, or a supervisor with its own rules and children.
struct spec {
  std::string name;  ///< the whole path
  restart type = restart::permanent;
  bool supervises = false;
  strategy plan = strategy::one_for_one;
  std::size_t intensity = 1;
  std::int64_t period = 5;
  std::vector<spec> children;
};

/// What the world does to the tree: the same questions in the same order give the same answers.
struct world {
  std::function<bool(const std::string& name)> start_fails;
  std::function<bool(const std::string& name)> ignores_stop;  ///< it has to be killed
  std::function<void()> after_step;                           ///< somebody may die now
  std::int64_t now = 0;
  std::vector<std::string> trace;
  std::vector<std::shared_ptr<void>> graveyard;  ///< supervisors that ended may still be at work further up

  void step(const std::string& what, const std::string& name) {
    trace.push_back(what + " " + name);
    after_step();
  }
};

class supervisor {
 public:
  supervisor(const spec& s, world& w, supervisor* parent) : rules_(&s), world_(&w), parent_(parent) {
    for (const spec& c : s.children) table_.push_back({&c});
  }

  /// The children in order; false: one did not start, the others are stopped again.
  bool init() {
    busy_ = true;
    for (entry& e : table_) {
      if (start(e)) continue;
      world_->step("gave_up", rules_->name);
      terminate(0);
      busy_ = false;
      alive_ = false;
      return false;
    }
    busy_ = false;
    return true;
  }

  /// The child ended by itself. Whoever is already dead dies no second time.
  void child_died(const std::string& name, reason why) {
    entry* e = find(name);
    if (e == nullptr || !e->lives) return;
    e->lives = false;
    if (e->below) e->below->die();
    tell({name, why, false});
  }
  /// Its cast to itself after a restart that failed.
  void try_again(const std::string& name) { tell({name, reason::failed, true}); }
  /// Reads what came in while it was busy, those below it that it started last first.
  void read_mail() {
    let_read(std::exchange(fresh_, {}));
    read_own_mail();
  }
  void shut_down() {
    if (!alive_) return;
    busy_ = true;
    terminate(0);
    busy_ = false;
    alive_ = false;
  }

  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] bool busy() const { return busy_; }
  [[nodiscard]] bool has_busy_below() const {
    return std::ranges::any_of(table_,
                               [](const entry& e) { return e.below && (e.below->busy_ || e.below->has_busy_below()); });
  }
  /// The supervisor of that child; nullptr: there is none (any more).
  supervisor* supervisor_of(const std::string& name) {
    for (entry& e : table_) {
      if (e.rules->name == name) return this;
      if (!e.below || !e.below->alive_) continue;
      if (supervisor* found = e.below->supervisor_of(name)) return found;
    }
    return nullptr;
  }
  /// That child is a supervisor in the middle of something, or one below it is.
  [[nodiscard]] bool is_at_work(const std::string& name) {
    const entry* e = find(name);
    return e != nullptr && e->below && (e->below->busy_ || e->below->has_busy_below());
  }
  void collect(std::vector<std::string>& living, std::vector<std::string>& trying_again) const {
    for (const entry& e : table_) {
      if (e.lives) living.push_back(e.rules->name);
      if (e.restarting) trying_again.push_back(e.rules->name);
      if (e.below && e.below->alive_) e.below->collect(living, trying_again);
    }
  }

 private:
  struct entry {
    const spec* rules;
    bool lives = false;
    bool restarting = false;            ///< its restart failed: it is tried again
    bool unread = false;                ///< it has died, and the supervisor does not know yet
    std::shared_ptr<supervisor> below;  ///< of a child that is a supervisor
  };
  struct letter {
    std::string child;
    reason why;
    bool again;
  };

  entry* find(const std::string& name) {
    const auto it = std::ranges::find_if(table_, [&](const entry& e) { return e.rules->name == name; });
    return it == table_.end() ? nullptr : &*it;
  }

  /// Dies with all below it, as by exit(kill).
  void die() {
    alive_ = false;
    for (entry& e : table_) {
      e.lives = false;
      if (e.below) e.below->die();
    }
  }

  void tell(letter l) {
    if (!l.again) find(l.child)->unread = true;
    mail_.push_back(std::move(l));
    // Behind unread mail (it has just started and reads it in a moment) nothing is read out of turn.
    if (!busy_ && mail_.size() == 1) read_own_mail();
  }

  void read_own_mail() {
    while (alive_ && !mail_.empty()) {
      const letter next = mail_.front();
      mail_.pop_front();
      handle(next);
    }
  }

  void let_read(std::vector<std::weak_ptr<supervisor>> fresh) {
    for (std::size_t i = fresh.size(); i-- > 0;) {
      if (const auto below = fresh[i].lock(); below && below->alive_) below->read_mail();
    }
  }

  void handle(const letter& l) {
    entry* e = find(l.child);
    if (e == nullptr) return;
    if (l.again) {
      if (e->restarting) restart_counted(*e);
      return;
    }
    if (!std::exchange(e->unread, false)) return;  // stopped in the meantime
    if (l.why == reason::fatal) {
      give_up();
    } else if (e->rules->type == restart::permanent ||
               (e->rules->type == restart::transient && l.why == reason::failed)) {
      restart_counted(*e);
    } else if (e->rules->type == restart::temporary) {
      forget(l.child);
    }
  }

  void restart_counted(entry& e) {
    restarts_.push_back(world_->now);
    std::erase_if(restarts_, [&](std::int64_t t) { return world_->now - t > rules_->period; });
    if (restarts_.size() > rules_->intensity) {
      give_up();
      return;
    }
    busy_ = true;
    std::vector<std::weak_ptr<supervisor>> earlier = std::exchange(fresh_, {});
    if (rules_->plan == strategy::one_for_one) {
      if (!start(e)) e.restarting = true;
    } else {
      std::size_t from = 0;
      if (rules_->plan == strategy::rest_for_one) {
        from = static_cast<std::size_t>(&e - table_.data());
      }
      terminate(from);
      for (std::size_t i = from; i < table_.size(); ++i) {
        if (start(table_[i])) continue;
        table_[i].restarting = true;
        break;
      }
    }
    busy_ = false;
    let_read(std::exchange(fresh_, std::move(earlier)));
  }

  void give_up() {
    busy_ = true;
    world_->step("gave_up", rules_->name);
    terminate(0);
    busy_ = false;
    alive_ = false;
    if (parent_ != nullptr && parent_->alive_) parent_->child_died(rules_->name, reason::shutdown);
  }

  bool start(entry& e) {
    const spec& c = *e.rules;
    e.restarting = false;
    if (!c.supervises) {
      if (world_->start_fails(c.name)) {
        world_->step("fail", c.name);
        return false;
      }
      e.lives = true;
      world_->step("start", c.name);
      return true;
    }
    world_->step("enter", c.name);
    e.below = std::make_shared<supervisor>(c, *world_, this);
    world_->graveyard.push_back(e.below);
    if (!e.below->init()) {
      e.below.reset();
      world_->step("fail", c.name);
      return false;
    }
    e.lives = true;
    fresh_.push_back(e.below);
    world_->step("start", c.name);
    return true;
  }

  /// Stops all from that position on, last first; temporary ones are forgotten.
  void terminate(std::size_t from) {
    for (std::size_t i = table_.size(); i-- > from;) {
      entry& e = table_[i];
      const std::string name = e.rules->name;
      e.restarting = false;
      if (e.lives) {
        e.lives = false;
        if (e.below) {
          e.below->shut_down();
          world_->step("stop", name);
        } else if (world_->ignores_stop(name)) {
          world_->step("kill", name);
        } else {
          world_->step("stop", name);
        }
      }
      e.unread = false;
      if (e.rules->type == restart::temporary) forget(name);
    }
  }

  void forget(const std::string& name) {
    std::erase_if(table_, [&](const entry& e) { return e.rules->name == name; });
  }

  const spec* rules_;
  world* world_;
  supervisor* parent_;
  std::vector<entry> table_;
  std::vector<std::int64_t> restarts_;
  std::deque<letter> mail_;
  std::vector<std::weak_ptr<supervisor>> fresh_;  ///< started by what it is doing
  bool busy_ = false;
  bool alive_ = true;
};

}  // namespace bulkhead::test::otp
