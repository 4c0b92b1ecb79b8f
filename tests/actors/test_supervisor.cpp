#include "actors/supervisor.hpp"
#include "actors/system_config.hpp"

#include <algorithm>
#include <map>

#include <caf/scheduler/test_coordinator.hpp>

using namespace bulkhead;
using namespace bulkhead::actors;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t fatal = 1;

/// A child that throws on supervision_due (on timer `fatal` for good) and notes when it ends.
supervisor_actor::behavior_type victim(supervisor_actor::pointer self, std::shared_ptr<std::vector<std::string>> log,
                                       std::string name) {
  end_with_exception_text(self);
  self->attach_functor([log, name] { log->push_back("end " + name); });
  return {
      [log, name](const role_up& up) { log->push_back(name + " sees " + up.path); },
      [](const revoke_child&) {},
      [](const restart_child&) {},
      [](const supervision_due& due) {
        if (due.timer == fatal) throw fatal_failure("fenced");
        throw std::runtime_error("poison");
      },
      [](const child_ready&) {},
      [](const subtree_down&) {},
      [](const stop_tree&) {},
  };
}

struct tree {
  explicit tree(restart_limits limits) : system(config), self(system) {
    supervisor_config c;
    c.name = "paper";
    c.limits = limits;
    c.parent = caf::actor_cast<caf::actor>(self);
    c.log = [this](const supervision_event& e) {
      if (log_throws) throw std::runtime_error("no disk");
      log->push_back(e.what + " " + e.path);
    };
    for (const std::string name : {"a", "b"}) {
      c.children.push_back({name, [this, name](caf::actor_system& sys, incarnation n, const supervisor_actor&) {
                              log->push_back("start " + name + std::to_string(n));
                              children[name] =
                                  caf::actor_cast<caf::actor>(sys.spawn(victim, log, name + std::to_string(n)));
                              return children[name];
                            }});
    }
    root = system.spawn(supervisor, std::move(c));
    run();
  }
  ~tree() {
    caf::anon_send_exit(root, caf::exit_reason::kill);
    run();
  }
  void run() { scheduler().run(); }
  void fail(const std::string& child) {
    caf::anon_send(children.at(child), supervision_due{});
    run();
  }
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
  [[nodiscard]] std::size_t logged(const std::string& line) const { return std::ranges::count(*log, line); }

  test_system_config config;
  caf::actor_system system;
  caf::scoped_actor self;
  std::shared_ptr<std::vector<std::string>> log = std::make_shared<std::vector<std::string>>();
  std::map<std::string, caf::actor> children;
  bool log_throws = false;
  supervisor_actor root;
};

const restart_limits generous{5, milliseconds{10'000}, milliseconds{100}, milliseconds{100}};

}  // namespace

TEST_CASE("children start in order and learn of each other") {
  tree t{generous};
  CHECK(t.log->at(0) == "start a1");
  CHECK(t.log->at(2) == "start b1");
  CHECK(t.logged("a1 sees paper/b") == 1);
  CHECK(t.logged("b1 sees paper/a") == 1);
}

TEST_CASE("mistake 10: one_for_one: a child that throws restarts alone, under the same path, as the next incarnation") {
  tree t{generous};
  t.fail("a");
  CHECK(t.logged("start a2") == 1);
  CHECK(t.logged("start b2") == 0);
  CHECK(t.logged("b1 sees paper/a") == 2);
  CHECK(t.logged("failed paper/a") == 1);
}

TEST_CASE("the second failure waits for its backoff") {
  tree t{generous};
  t.fail("a");
  t.fail("a");
  CHECK(t.logged("start a3") == 0);
  t.scheduler().advance_time(milliseconds{100});
  t.run();
  CHECK(t.logged("start a3") == 1);
}

TEST_CASE("a subtree that fails too often stops its children in reverse order, tells its parent why, and ends") {
  tree t{{0, milliseconds{1000}, milliseconds{1}, milliseconds{1}}};
  t.fail("a");
  CHECK(t.logged("gave_up paper") == 1);
  CHECK(t.logged("stopped paper/b") == 1);
  std::string reason;
  bool waiting = true;
  while (waiting) {
    t.self->receive([](const role_up&) {}, [&](const subtree_down& down) { reason = down.reason; },
                    caf::after(std::chrono::seconds{0}) >> [&] { waiting = false; });
  }
  CHECK(reason.find("paper/a: more than 0 restarts in 1000 ms") == 0);
  CHECK(reason.find("poison") != std::string::npos);
}

TEST_CASE("stop ends the children in reverse order") {
  tree t{generous};
  caf::anon_send(t.root, stop_tree{});
  t.run();
  const auto end_b = std::ranges::find(*t.log, "end b1");
  const auto end_a = std::ranges::find(*t.log, "end a1");
  REQUIRE(end_a != t.log->end());
  CHECK(end_b < end_a);
}

TEST_CASE("a revoked incarnation is replaced; revoking an old one does nothing") {
  tree t{generous};
  caf::anon_send(t.root, revoke_child{"a", 1});
  t.run();
  CHECK(t.logged("start a2") == 1);
  CHECK(t.logged("end a1") == 1);
  caf::anon_send(t.root, revoke_child{"a", 1});
  t.run();
  CHECK(t.logged("start a3") == 0);
  SUBCASE("the supervisor and the replacement live on") {
    CHECK(t.logged("end a2") == 0);
    CHECK(t.logged("end b1") == 0);
    t.fail("b");
    t.scheduler().advance_time(milliseconds{100});
    t.run();
    CHECK(t.logged("start b2") == 1);
  }
  SUBCASE("a revoked incarnation that has ended is forgotten") {
    t.scheduler().advance_time(milliseconds{100});
    caf::anon_send(t.root, revoke_child{"a", 2});
    t.run();
    t.scheduler().advance_time(milliseconds{100});
    t.run();
    CHECK(t.logged("start a3") == 1);
    CHECK(t.logged("gave_up paper") == 0);
  }
}

TEST_CASE("a log that throws does not decide over the tree") {
  tree t{generous};
  t.log_throws = true;
  t.fail("a");
  CHECK(t.logged("start a2") == 1);
  CHECK(t.logged("end b1") == 0);
}

TEST_CASE("no child outlives its supervisor") {
  tree t{generous};
  caf::anon_send_exit(t.root, caf::exit_reason::kill);
  t.run();
  CHECK(t.logged("end a1") == 1);
  CHECK(t.logged("end b1") == 1);
}

TEST_CASE("a fatal failure is not restarted: the tree gives up at once, for that reason") {
  tree t{generous};
  caf::anon_send(t.children.at("a"), supervision_due{fatal});
  t.run();
  CHECK(t.logged("start a2") == 0);
  CHECK(t.logged("gave_up paper") == 1);
  CHECK(t.logged("stopped paper/b") == 1);
}

TEST_CASE("an operator restarts one child; that is not counted") {
  tree t{{0, milliseconds{1000}, milliseconds{1}, milliseconds{1}}};
  caf::anon_send(t.root, restart_child{"a"});
  t.run();
  CHECK(t.logged("stopped paper/a") == 1);
  CHECK(t.logged("start a2") == 1);
  CHECK(t.logged("start b2") == 0);
  CHECK(t.logged("gave_up paper") == 0);
}

TEST_CASE("a tree below a tree: it gives up, and its parent starts it anew with all its children") {
  test_system_config config;
  caf::actor_system system{config};
  auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  caf::scoped_actor self{system};
  auto log = std::make_shared<std::vector<std::string>>();
  std::map<std::string, caf::actor> leaves;
  const auto note = [log](const supervision_event& e) { log->push_back(e.what + " " + e.path); };
  const auto leaf = [&](const std::string& name) {
    return child_spec{name, [&leaves, log, name](caf::actor_system& sys, incarnation, const supervisor_actor&) {
                        return leaves[name] = caf::actor_cast<caf::actor>(sys.spawn(victim, log, name));
                      }};
  };
  supervisor_config top;
  top.name = "top";
  top.limits = generous;
  top.parent = caf::actor_cast<caf::actor>(self);
  top.log = note;
  top.children.push_back(supervised_tree("inner", "top/inner", [&] {
    supervisor_config inner;
    inner.limits = {0, milliseconds{1000}, milliseconds{1}, milliseconds{1}};
    inner.log = note;
    inner.children = {leaf("x"), leaf("y")};
    return inner;
  }));
  top.children.push_back(leaf("z"));
  auto root = system.spawn(supervisor, std::move(top));
  scheduler.run();
  REQUIRE(leaves.size() == 3);
  const auto count = [&](const std::string& line) { return std::ranges::count(*log, line); };
  const auto first = [&](const std::string& line) { return std::ranges::find(*log, line); };
  CHECK(first("started top/inner/y") < first("started top/inner"));
  CHECK(first("started top/inner") < first("started top/z"));
  CHECK(count("z sees top/inner/x") == 1);
  caf::anon_send(leaves.at("x"), supervision_due{});
  scheduler.run();
  CHECK(count("gave_up top/inner") == 1);
  CHECK(count("failed top/inner") == 1);
  CHECK(count("started top/inner/x") == 2);
  CHECK(count("started top/inner/y") == 2);
  CHECK(count("started top/z") == 1);
  caf::anon_send(root, stop_tree{});
  scheduler.run();
  const auto stop_of_z = first("stopped top/z");
  CHECK(std::find(stop_of_z, log->end(), "stopped top/inner/y") != log->end());
  CHECK(log->back() == "stopped top/inner");
  CHECK(count("end x") == 2);
}
