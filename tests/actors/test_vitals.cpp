// Vitals of real actors on the deterministic scheduler, and of one whose messages the test counts by hand.
#include "actors/supervisor.hpp"
#include "actors/system_config.hpp"
#include "actors/vitals.hpp"
#include "actors/watchdog.hpp"
#include "actors/watched.hpp"
#include "runtime/fault/failpoint.hpp"

#include <atomic>
#include <thread>

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

using namespace bulkhead::actors;
namespace fault = bulkhead::fault;

namespace {

using worker = actor_of<role_up, work, check_steps>;

struct worker_state {
  explicit worker_state(worker::pointer) {}
  static inline const char* name = "worker";
};

struct worker_config {
  std::function<void(const vital_signs&)> at_work;
  std::shared_ptr<vitals_board> board;
};

worker::behavior_type run_worker(worker::stateful_pointer<worker_state> self, worker_config config) {
  end_with_exception_text(static_cast<worker::pointer>(self));
  return {
      [](const role_up&) {},
      [config](const work&) { config.at_work(config.board->read().front()); },
      [self](const check_steps&) { self->quit(); },
  };
}

struct rig {
  test_system_config caf_config;
  caf::actor_system system{caf_config};
  std::shared_ptr<vitals_board> board = std::make_shared<vitals_board>();
  std::vector<vital_signs> seen;
  worker actor;

  rig() {
    actor = spawn_watched(system, {board, "paper/worker", 3}, run_worker,
                          worker_config{[this](const vital_signs& v) { seen.push_back(v); }, board});
  }
  ~rig() {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
    fault::end_chaos();
  }
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;

  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run(); }
  [[nodiscard]] vital_signs now() const { return board->read().at(0); }
};

}  // namespace

TEST_CASE("messages are counted from the moment they are sent, before the actor ever ran") {
  rig r;
  CHECK(r.now().waiting == 0);
  for (int i = 0; i < 5; ++i) caf::anon_send(r.actor, role_up{});
  const vital_signs before = r.now();
  CHECK(before.path == "paper/worker");
  CHECK(before.incarnation == 3);
  CHECK(before.waiting == 5);
  CHECK(before.handled == 0);
  CHECK(before.handling.empty());
  r.run();
  CHECK(r.now().waiting == 0);
  CHECK(r.now().handled == 5);
}

TEST_CASE("the message at work is named, and what came before is handled") {
  rig r;
  caf::anon_send(r.actor, role_up{});
  caf::anon_send(r.actor, work{});
  caf::anon_send(r.actor, role_up{});
  r.run();
  REQUIRE(r.seen.size() == 1);
  CHECK(r.seen[0].handling == "work");
  CHECK(r.seen[0].handled == 1);
  CHECK(r.seen[0].waiting == 1);
  CHECK(r.now().handling.empty());
  CHECK(r.now().longest_ns > 0);
  CHECK_FALSE(r.now().longest.empty());
}

TEST_CASE("a handler that throws ends the actor, and its entry goes away") {
  rig r;
  r.seen.clear();
  fault::disturb("paper/worker", {fault::disturbance::crash, 1});
  caf::anon_send(r.actor, work{});
  r.run();
  CHECK(r.seen.empty());
  CHECK(r.board->read().empty());
}

TEST_CASE("an actor that quits leaves the board; exit messages are not counted as waiting") {
  rig r;
  caf::anon_send_exit(r.actor, caf::exit_reason::user_shutdown);
  CHECK(r.now().waiting == 0);
  r.run();
  CHECK(r.board->read().empty());
}

TEST_CASE("a revoked incarnation is marked while it runs, and its handler ends where it would speak") {
  rig r;
  CHECK_FALSE(r.now().revoked);
  r.board->all().front()->mark_revoked();
  CHECK(r.now().revoked);
  caf::anon_send(r.actor, work{});
  r.run();
  CHECK(r.seen.empty());  // ended before its handler: what it would say is another's to say
  CHECK(r.board->read().empty());
}

TEST_CASE("a kill marks at once, before the actor hears of it; another exit does not") {
  rig r;
  caf::anon_send_exit(r.actor, caf::exit_reason::user_shutdown);
  CHECK_FALSE(r.now().revoked);
  caf::anon_send_exit(r.actor, caf::exit_reason::kill);
  CHECK(r.now().revoked);
}

TEST_CASE("stop_if_revoked outside a handler does nothing") { CHECK_NOTHROW(stop_if_revoked()); }

TEST_CASE("the oldest waiting message's age is exact for few, and a lower bound for many") {
  vitals v{"paper/worker", 1};
  v.arrived();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  for (int i = 0; i < 200; ++i) v.arrived();
  vital_signs few = v.read();
  CHECK(few.waiting == 201);
  CHECK_FALSE(few.oldest_at_least);
  CHECK(few.oldest_ns >= 30'000'000);
  for (int i = 0; i < 100'000; ++i) v.arrived();
  const vital_signs many = v.read();
  CHECK(many.waiting == 100'201);
  CHECK(many.oldest_at_least);
  CHECK(many.oldest_ns >= 0);
  v.begin(typeid(work));
  v.end();
  for (int i = 0; i < 100'200; ++i) {
    v.begin(typeid(work));
    v.end();
  }
  CHECK(v.read().waiting == 0);
  CHECK(v.read().oldest_ns == 0);
}

TEST_CASE("among many the oldest is known within one sample") {
  vitals v{"paper/worker", 1};
  for (int i = 0; i < 1000; ++i) v.arrived();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  const auto second = vitals::clock::now();
  for (int i = 0; i < 1000; ++i) v.arrived();
  CHECK(v.read().oldest_ns >= 30'000'000);  // the first thousand wait since then
  for (int i = 0; i < 1100; ++i) v.begin(typeid(work));
  const std::int64_t oldest = v.read().oldest_ns;
  // Of the second thousand, so no older than they are; the clock of arrivals lags, more where the machine stalls.
  CHECK(std::chrono::nanoseconds{oldest} <= vitals::clock::now() - second + std::chrono::milliseconds{100});
}

TEST_CASE("read from other threads while the actor works, the figures stay possible") {
  vitals v{"paper/worker", 1};
  std::atomic<bool> stop{false};
  std::thread sender{[&] {
    while (!stop.load()) v.arrived();
  }};
  std::thread actor{[&] {
    while (!stop.load()) {
      if (v.read().waiting == 0) continue;
      v.begin(typeid(work));
      v.end();
    }
  }};
  for (int i = 0; i < 20'000; ++i) {
    const vital_signs now = v.read();
    REQUIRE(now.waiting < (std::uint64_t{1} << 62));
    REQUIRE((now.handling.empty() || now.handling == "work"));
    REQUIRE(now.handling_ns >= 0);
  }
  stop.store(true);
  sender.join();
  actor.join();
}

TEST_CASE("the watchdog asks the supervisor of an actor that hangs to revoke it, once") {
  auto board = std::make_shared<vitals_board>();
  std::atomic<int> revoked{0};
  std::atomic<int> reports{0};
  auto v = board->enter("feed", 1, [&] { ++revoked; });
  v->arrived();
  v->begin(typeid(work));
  {
    watchdog dog{board,
                 {std::chrono::milliseconds{10}, 100, std::chrono::milliseconds{30}},
                 [&](const watchdog_report& r) { reports += r.what == "hangs" ? 1 : 0; },
                 std::chrono::milliseconds{2}};
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (revoked == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  CHECK(revoked == 1);
  CHECK(reports >= 1);
  CHECK(board->read().at(0).revoked);
}
