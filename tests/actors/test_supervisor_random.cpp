// The supervisor actor does what the core says: the same random failures, pauses, restarts by an operator and
// revocations, on CAF's test scheduler and to a core driven by hand, give the same log.
#include "actors/supervisor.hpp"
#include "actors/system_config.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include <caf/scheduler/test_coordinator.hpp>
#include <fmt/format.h>

using namespace bulkhead::actors;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t fatal = 1;
const std::vector<std::string> names{"a", "b", "c"};

/// The number is there because CAF 0.17 binds a reference to a null tuple for a function that takes none.
supervisor_actor::behavior_type child_that_obeys(supervisor_actor::pointer self, int /*unused*/) {
  end_with_exception_text(self);
  return {
      [](const role_up&) {},
      [](const revoke_child&) {},
      [](const restart_child&) {},
      [](const supervision_due& due) {
        if (due.timer == fatal) throw fatal_failure("died");
        throw std::runtime_error("died");
      },
      [self](const child_ready&) { self->quit(); },
      [](const subtree_down&) {},
      [](const stop_tree&) {},
  };
}

struct rules {
  supervision::restart_strategy strategy;
  std::array<supervision::restart_type, 3> types;
  restart_limits limits;
};

/// What both sides write.
std::string line(const std::string& path, std::uint64_t number, std::string_view what, std::int64_t delay) {
  return fmt::format("{} #{} {} {}", path, number, what, delay);
}

class actor_side {
 public:
  explicit actor_side(const rules& r) : system_(config_) {
    supervisor_config c;
    c.name = "t";
    c.strategy = r.strategy;
    c.limits = r.limits;
    c.log = [this](const supervision_event& e) { log.push_back(line(e.path, e.number, e.what, e.delay_ms)); };
    for (std::size_t n = 0; n < names.size(); ++n) {
      child_spec spec;
      spec.name = names[n];
      spec.type = r.types[n];
      spec.start = [this, n](caf::actor_system& system, incarnation number, const supervisor_actor&) {
        numbers_[n] = number;
        return children_[n] = caf::actor_cast<caf::actor>(system.spawn(child_that_obeys, 0));
      };
      c.children.push_back(std::move(spec));
    }
    root_ = system_.spawn(supervisor, std::move(c));
    run();
  }
  ~actor_side() {
    caf::anon_send_exit(root_, caf::exit_reason::kill);
    run();
  }
  void die(std::size_t n, supervision::ending how) {
    if (how == supervision::ending::normal) {
      caf::anon_send(children_[n], child_ready{});
    } else {
      caf::anon_send(children_[n], supervision_due{how == supervision::ending::fatal ? fatal : 0});
    }
    run();
  }
  void restart(std::size_t n) {
    caf::anon_send(root_, restart_child{names[n]});
    run();
  }
  void revoke(std::size_t n) {
    caf::anon_send(root_, revoke_child{names[n], numbers_[n]});
    run();
  }
  void stop() {
    caf::anon_send(root_, stop_tree{});
    run();
  }
  void pass(milliseconds time) {
    for (milliseconds gone{0}; gone < time; ++gone) {
      scheduler().advance_time(milliseconds{1});
      run();
    }
  }
  std::vector<std::string> log;

 private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }
  void run() { scheduler().run(); }

  test_system_config config_;
  caf::actor_system system_;
  std::array<caf::actor, 3> children_;
  std::array<incarnation, 3> numbers_{};
  supervisor_actor root_;
};

class core_side {
 public:
  explicit core_side(const rules& r) : core_(tree(r)) { perform(core_.begin()); }
  void die(std::size_t n, supervision::ending how) {
    if (!core_.is_running(n)) return;
    perform(core_.ended(n, core_.number_of(n), how, "died", now_));
  }
  void restart(std::size_t n) { perform(core_.restart_child(n, now_)); }
  void revoke(std::size_t n) { perform(core_.revoke(n, core_.number_of(n), now_)); }
  void stop() { perform(core_.stop()); }
  void pass(milliseconds time) {
    for (milliseconds gone{0}; gone < time; ++gone) {
      now_ += milliseconds{1};
      while (!timers_.empty() && timers_.begin()->first <= now_) {
        const std::uint64_t timer = timers_.begin()->second;
        timers_.erase(timers_.begin());
        perform(core_.timer_due(timer, now_));
      }
    }
  }
  std::vector<std::string> log;

 private:
  static supervision::tree_rules tree(const rules& r) {
    supervision::tree_rules t;
    t.strategy = r.strategy;
    t.limits = r.limits;
    for (std::size_t n = 0; n < names.size(); ++n) t.children.push_back({"t/" + names[n], r.types[n]});
    return t;
  }
  void perform(supervision::actions list) {
    std::deque<supervision::action> to_do(list.begin(), list.end());
    while (!to_do.empty() || core_.has_waiting()) {
      supervision::actions more;
      if (to_do.empty()) {
        more = core_.proceed(now_);
      } else {
        const supervision::action a = to_do.front();
        to_do.pop_front();
        more = carry_out(a);
      }
      to_do.insert(to_do.end(), more.begin(), more.end());
    }
  }
  supervision::actions carry_out(const supervision::action& a) {
    using kind = supervision::action::kind;
    if (a.what == kind::start) return core_.started(a.child, a.number);
    if (a.what == kind::stop) return core_.ended(a.child, a.number, supervision::ending::shutdown, "", now_);
    if (a.what == kind::kill) return core_.ended(a.child, a.number, supervision::ending::failed, "", now_);
    if (a.what == kind::timer) timers_.emplace(now_ + a.after, a.timer);
    if (a.what == kind::note) {
      const bool all = a.child == supervision::no_child;
      log.push_back(line(all ? "t" : "t/" + names[a.child], a.number, a.event, a.after.count()));
    }
    return {};
  }

  supervision::supervision_core core_;
  supervision::supervision_core::time_point now_{std::chrono::hours{1}};
  std::multimap<supervision::supervision_core::time_point, std::uint64_t> timers_;
};

}  // namespace

TEST_CASE("the actor does what the core says, in 300 random sequences") {
  std::size_t gave_up = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 draws{seed};
    const auto below = [&](std::uint64_t n) { return draws() % n; };
    rules r{static_cast<supervision::restart_strategy>(below(3)),
            {},
            {static_cast<std::int64_t>(below(6)), milliseconds{100}, milliseconds{4}, milliseconds{16}}};
    for (auto& type : r.types) type = static_cast<supervision::restart_type>(below(3));
    actor_side actors{r};
    core_side core{r};
    const auto both = [&](auto act) {
      act(actors);
      act(core);
    };
    for (int i = 0; i < 12; ++i) {
      const std::size_t n = below(3);
      const std::uint64_t what = below(12);
      if (what < 5) both([&](auto& side) { side.die(n, supervision::ending::failed); });
      if (what == 5) both([&](auto& side) { side.die(n, supervision::ending::normal); });
      if (what == 6) both([&](auto& side) { side.restart(n); });
      if (what == 7) both([&](auto& side) { side.revoke(n); });
      if (what == 8 && below(4) == 0) both([&](auto& side) { side.die(n, supervision::ending::fatal); });
      if (what > 8) {
        const milliseconds time{below(60)};
        both([&](auto& side) { side.pass(time); });
      }
    }
    both([](auto& side) { side.stop(); });
    REQUIRE_MESSAGE(actors.log == core.log, "seed " << seed);
    gave_up += static_cast<std::size_t>(
        std::ranges::count_if(core.log, [](const std::string& l) { return l.find("gave_up") != std::string::npos; }));
  }
  CHECK(gave_up > 50);
}
