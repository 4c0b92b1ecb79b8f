// What OTP has not: backoff, revocation, failures for good, an operator's restart; and the time-outs of a stop.
#include "actors/supervision/supervision_core.hpp"

#include <algorithm>

#include <fmt/format.h>

using namespace bulkhead::actors;
using namespace bulkhead::actors::supervision;
using std::chrono::milliseconds;

namespace {

using kind = action::kind;

/// A tree of a, b, c whose children start at once; says what it asks for, a word each.
struct tree {
  explicit tree(restart_strategy strategy,
                restart_limits limits = {5, milliseconds{10'000}, milliseconds{40}, milliseconds{400}})
      : core(rules(strategy, limits)) {
    did(core.begin());
    said.clear();
  }
  static tree_rules rules(restart_strategy strategy, restart_limits limits) {
    tree_rules r;
    r.strategy = strategy;
    r.limits = limits;
    for (const char* name : {"a", "b", "c"}) r.children.push_back({name, restart_type::permanent, milliseconds{70}});
    return r;
  }
  void did(const actions& list) {
    for (const action& a : list) {
      const char name = a.child == no_child ? '-' : static_cast<char>('a' + a.child);
      if (a.what == kind::start) {
        said.push_back(fmt::format("start {}{}", name, a.number));
        did(core.started(a.child, a.number));
      }
      if (a.what == kind::stop) said.push_back(fmt::format("stop {}{}", name, a.number));
      if (a.what == kind::kill) said.push_back(fmt::format("kill {}{}", name, a.number));
      if (a.what == kind::timer) timers.push_back(a);
      if (a.what == kind::escalate) reason = a.reason;
      if (a.what == kind::done) said.emplace_back("done");
    }
  }
  void fail(std::size_t n) { did(core.ended(n, core.number_of(n), ending::failed, "poison", now)); }
  void fire() {
    const action due = timers.back();
    timers.pop_back();
    now += due.after;
    did(core.timer_due(due.timer, now));
  }
  [[nodiscard]] std::string words() {
    std::string all;
    for (const std::string& word : std::exchange(said, {})) all += (all.empty() ? "" : ", ") + word;
    return all;
  }

  supervision_core core;
  supervision_core::time_point now{std::chrono::hours{1}};
  std::vector<std::string> said;
  std::vector<action> timers;
  std::string reason;
};

}  // namespace

TEST_CASE("the second restart waits; the others are stopped before the wait, not after it") {
  tree t{restart_strategy::rest_for_one};
  t.fail(2);
  CHECK(t.words() == "start c2");
  t.fail(1);
  CHECK(t.words() == "stop c2");
  t.did(t.core.ended(2, 2, ending::shutdown, "", t.now));
  CHECK(t.words().empty());
  REQUIRE(!t.timers.empty());
  CHECK(t.timers.back().after.count() >= 30);
  CHECK(t.timers.back().after.count() <= 40);
  t.fire();
  CHECK(t.words() == "start b2, start c3");
}

TEST_CASE("a failure before it in the order of start takes over a wait") {
  tree t{restart_strategy::rest_for_one};
  t.fail(2);
  t.fail(2);
  const auto waits_for_c = t.timers.back();
  t.fail(0);
  t.did(t.core.ended(1, 1, ending::shutdown, "", t.now));
  static_cast<void>(t.words());
  t.did(t.core.timer_due(waits_for_c.timer, t.now));
  CHECK(t.words().empty());
  t.fire();
  CHECK(t.words() == "start a2, start b2, start c3");
}

TEST_CASE("a child that does not stop in time is killed, and the rest goes on") {
  tree t{restart_strategy::one_for_all};
  t.fail(0);
  CHECK(t.words() == "stop c1");
  CHECK(t.timers.back().after == milliseconds{70});
  t.fire();
  CHECK(t.words() == "kill c1, stop b1");
  t.did(t.core.ended(1, 1, ending::shutdown, "", t.now));
  CHECK(t.words() == "start a2, start b2, start c2");
  SUBCASE("the next incarnation that hangs while it still runs ends the tree") {
    t.fail(0);
    static_cast<void>(t.words());
    t.fire();
    CHECK(t.words() == "kill c2, stop b2");
    CHECK(t.reason.find("c: did not stop in time") == 0);
  }
  SUBCASE("once it is gone it is forgotten") {
    t.did(t.core.ended(2, 1, ending::failed, "", t.now));
    t.fail(0);
    t.fire();
    CHECK(t.reason.empty());
  }
}

TEST_CASE("a revoked incarnation that has ended by itself meanwhile does not count as one that hangs") {
  tree t{restart_strategy::one_for_all};
  t.fail(0);
  t.did(t.core.revoke(1, 1, t.now));
  t.did(t.core.ended(1, 1, ending::failed, "by itself", t.now));
  t.did(t.core.ended(2, 1, ending::shutdown, "", t.now));
  CHECK(t.words() == "stop c1, start a2, start b2, start c2");
  t.did(t.core.proceed(t.now));
  CHECK(t.reason.empty());
  CHECK(t.words().empty());
}

TEST_CASE("why a tree gave up names the child, the reason and the failures before") {
  tree t{restart_strategy::one_for_one, {1, milliseconds{1000}, milliseconds{0}, milliseconds{0}}};
  t.fail(0);
  t.now += milliseconds{25};
  t.fail(1);
  CHECK(t.reason ==
        "b: more than 1 restarts in 1000 ms; last: poison; failures: 25 ms ago a #1: poison; 0 ms ago b #1: poison");
}

TEST_CASE("incarnations go on after those of an earlier life") {
  tree_rules rules = tree::rules(restart_strategy::one_for_one, {});
  rules.children[1].last_number = 7;
  supervision_core core{rules};
  CHECK(core.begin().front().number == 1);
  const actions next = core.started(0, 1);
  CHECK(next.back().number == 8);
}
