// An operator's command takes effect between two frames, once it is durable, and after any crash at exactly that frame.
#include "actors/runner_fixture.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
namespace fault = bulkhead::fault;

namespace {

/// Signals and notices without regard to how they were batched.
lines sorted(lines all) {
  std::ranges::sort(all);
  return all;
}

/// A day with a pause, a resume and a reload in mid-position, frame by frame.
lines eventful_day(runner_rig& rig, runner_world& world) {
  rig.feed(1, 3);
  rig.command("pause", "a");
  rig.feed(4, 5);
  rig.command("resume", "a");
  rig.feed(6, 7);
  world.files = "a1 b2 c1";
  rig.command("reload");
  rig.feed(8, 10);
  return sorted(rig.heard());
}

std::vector<std::string> records(const runner_world& world) {
  std::vector<std::string> all;
  for (const auto& r : world.log->read(1, 100)) all.push_back(r.payload);
  return all;
}

}  // namespace

TEST_CASE("pause and resume take effect at the frame that they followed, and brokers are told") {
  runner_world world;
  runner_rig rig{world};
  rig.feed(1, 2);
  rig.command("pause", "a");
  rig.feed(3, 4);
  rig.command("resume", "a");
  rig.feed(5, 5);
  CHECK(rig.heard() == lines{"1 a ENTRY 1", "1 b ENTRY 1", "2 a EXIT 2", "2 b EXIT 2", "2+0 a paused", "3 b ENTRY 3",
                             "4 a EXIT 4", "4 b EXIT 4", "4+0 a resumed", "5 a ENTRY 5", "5 b ENTRY 5"});
  CHECK(rig.answers() == lines{"1: a paused after frame 2", "2: a resumed after frame 4"});
  CHECK(records(world) == lines{R"({"command":"pause","feed_seq":2,"strategy":"a"})",
                                R"({"command":"resume","feed_seq":4,"strategy":"a"})"});
}

TEST_CASE("until a command is durable nothing changes, nothing is acknowledged, and frames wait") {
  runner_world world;
  world.mode = memory_journal::mode::manual;
  runner_rig rig{world};
  rig.feed(1, 1);
  rig.command("pause", "a");
  (void)rig.heard();
  (void)rig.through();
  rig.feed(2, 3);
  rig.command("pause", "b");
  CHECK(rig.heard().empty());
  CHECK(rig.through().empty());
  CHECK(rig.answers().empty());
  rig.release();
  CHECK(rig.answers() == lines{"1: a paused after frame 1"});
  CHECK(rig.heard() == lines{"2 a EXIT 2", "2 b EXIT 2", "3 b ENTRY 3", "1+0 a paused"});
  rig.release();
  CHECK(rig.answers() == lines{"2: b paused after frame 3"});
  CHECK(rig.heard() == lines{"3+0 b paused"});
}

TEST_CASE("a command that cannot be is refused with the reason, and neither journaled nor half done") {
  runner_world world;
  runner_rig rig{world};
  rig.feed(1, 1);
  rig.command("pause", "x");
  rig.command("resume", "a");
  rig.command("stop", "a");
  world.files = "";
  rig.command("reload");
  world.files = "a2 b0";
  rig.command("reload");
  CHECK(rig.answers() == lines{"1! no strategy is named x; see the list of strategies", "2! a is running already",
                               "3! given \"stop\", allowed: pause, resume, reload",
                               "4! not reloaded, nothing changed: strategies/a.yaml:3: name: given nothing",
                               "5! not reloaded, nothing changed: strategy b0: no such kind"});
  CHECK(records(world).empty());
  (void)rig.heard();
  rig.feed(2, 2);
  CHECK(rig.heard() == lines{"2 a EXIT 2", "2 b EXIT 2"});
}

TEST_CASE("reload in mid-position: the unchanged go on without losing a tick, the changed and the new start anew") {
  runner_world world;
  runner_rig rig{world};
  rig.feed(1, 3);  // everybody is in
  world.files = "a1 b2 c1";
  rig.command("reload");
  rig.feed(4, 5);
  CHECK(rig.answers() == lines{"1: the strategies were reloaded after frame 3"});
  auto heard = rig.heard();
  heard.erase(heard.begin(), heard.begin() + 6);
  CHECK(heard == lines{"3+0 b reloaded", "3+1 c added", "4 a EXIT 4", "4 b ENTRY 1", "4 c ENTRY 1", "5 a ENTRY 5",
                       "5 b EXIT 2", "5 c EXIT 2"});
}

TEST_CASE("promise 4: a runner that crashed after commands gives the same signals and notices, however batched") {
  runner_world world;
  lines undisturbed;
  {
    runner_rig rig{world};
    undisturbed = eventful_day(rig, world);
  }
  CHECK(undisturbed.size() > 20);
  for (const feed_seq batch : {1, 3, 10}) {
    CAPTURE(batch);
    runner_rig again{world};
    for (feed_seq first = 1; first <= 10; first += batch) again.feed(first, std::min<feed_seq>(first + batch - 1, 10));
    CHECK(sorted(again.heard()) == undisturbed);
  }
}

TEST_CASE("recovery from a snapshot takes the records after it, and all records where the snapshot is of no use") {
  runner_world world;
  world.snapshot_every = 5;
  lines undisturbed;
  {
    runner_rig rig{world};
    rig.feed(1, 3);
    rig.command("pause", "a");
    rig.feed(4, 6);
    rig.credit(6);  // the snapshot of frame 6 is safe
    world.files = "a1 b2";
    rig.command("reload");
    rig.feed(7, 8);
    rig.command("resume", "a");
    rig.feed(9, 9);
    undisturbed = rig.heard();
  }
  runner_rig later{world, 7};
  CHECK(later.asked_from() == 7);
  later.feed(7, 9);
  lines expected;
  std::ranges::copy_if(undisturbed, std::back_inserter(expected), [](const std::string& s) { return s[0] >= '6'; });
  std::erase_if(expected, [](const std::string& s) { return s.starts_with("6 "); });
  CHECK(sorted(later.heard()) == sorted(expected));

  runner_rig all{world};
  CHECK(all.asked_from() == 1);
  all.feed(1, 9);
  CHECK(sorted(all.heard()) == sorted(undisturbed));
}

TEST_CASE("a crash between the record and its effect: the next life gives it effect at its frame") {
  for (const char* place : {"runner.durable.before", "runner.durable.after"}) {
    CAPTURE(place);
    runner_world world;
    {
      runner_rig rig{world};
      rig.feed(1, 2);
      fault::arm(place, fault::action::crash, 1);
      rig.command("pause", "a");
      fault::disarm_all();
      CHECK(rig.answers().empty());
    }
    runner_rig next{world, 2};
    next.feed(1, 3);
    CHECK(sorted(next.heard()) == lines{"2 a EXIT 2", "2 b EXIT 2", "2+0 a paused", "3 b ENTRY 3"});
  }
}

TEST_CASE("a quarantine that a clock called for is durable before its batch is answered, and happens again") {
  runner_world world;
  world.mode = memory_journal::mode::manual;
  world.slow_tick = 3;
  lines undisturbed;
  {
    runner_rig rig{world};
    rig.feed(1, 4);
    rig.feed(5, 5);
    CHECK(rig.heard().empty());
    rig.release();
    undisturbed = rig.heard();
    CHECK(sorted(undisturbed) == lines{"1 a ENTRY 1", "1 b ENTRY 1", "2 a EXIT 2", "2 b EXIT 2", "3 b ENTRY 3",
                                       "3+0 a quarantined", "4 b EXIT 4", "5 b ENTRY 5"});
  }
  world.slow_tick = 0;  // this time it is fast
  runner_rig again{world};
  again.feed(1, 5);
  CHECK(sorted(again.heard()) == sorted(undisturbed));
  CHECK(records(world).size() == 1);
}

TEST_CASE("a reload outlives a crash of the runner and a restart of the process, until the files are edited again") {
  runner_world world;
  {
    runner_rig rig{world};
    rig.feed(1, 2);
    world.files = "a2 b1";
    rig.command("reload");
  }
  const auto third_frame = [&world] {
    runner_rig rig{world, 3};
    rig.feed(1, 3);
    return rig.heard();
  };
  const lines reloaded = {"2+0 a reloaded", "3 a ENTRY 1", "3 b ENTRY 3"};
  CHECK(sorted(third_frame()) == reloaded);  // same run of the process: it was started with other files
  world.process = "second";
  world.initial = world.files;
  CHECK(sorted(third_frame()) == reloaded);
  world.process = "third";
  world.initial = world.files = "a1 c1";
  CHECK(third_frame() == lines{"3 a ENTRY 3", "3 c ENTRY 3"});
}

TEST_CASE("a broker that comes back is told again what it may not have journaled, and no more") {
  runner_world world;
  runner_rig rig{world};
  rig.feed(1, 2);
  rig.command("pause", "a");
  rig.credit(2);
  (void)rig.heard();
  rig.subscribe_again(3);
  CHECK(rig.heard() == lines{"2+0 a paused"});
  rig.feed(3, 3);
  rig.credit(3);
  (void)rig.heard();
  rig.subscribe_again(4);
  CHECK(rig.heard().empty());
}
