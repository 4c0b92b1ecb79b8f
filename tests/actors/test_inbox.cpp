// The inbox actor on the deterministic scheduler, between a source and a bridge that the test plays.
#include "actors/inbox.hpp"
#include "actors/system_config.hpp"
#include "runtime/fault/failpoint.hpp"
#include "support/event_fixtures.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bulkhead;

namespace {

struct fake_source final : bulkhead::inbox {
  void open(std::map<std::int32_t, std::int64_t> positions, inbox_listener to) override {
    opened.push_back(std::move(positions));
    listener = std::move(to);
    allowed = 0;
  }
  void allow(std::size_t records) override { allowed += records; }
  void bury(dead_letter letter, std::function<void(std::string)> done) override {
    if (refuses.empty()) buried.push_back(std::move(letter));
    done(refuses);
  }

  std::vector<inbox_positions> opened;
  inbox_listener listener;
  std::size_t allowed = 0;
  std::vector<dead_letter> buried;
  std::string refuses;  ///< why no letter is kept; empty: each is
};

/// What the bridge was told, and in which session.
using handed_over = std::vector<std::pair<actors::session, inbox_item>>;

struct inbox_fixture {
  inbox_fixture() {
    fault::disarm_all();
    start();
    open(1, {{0, 10}});
  }
  ~inbox_fixture() {
    caf::anon_send_exit(box, caf::exit_reason::kill);
    caf::anon_send_exit(bridge, caf::exit_reason::kill);
    scheduler().run();
    fault::disarm_all();
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
  void start() {
    actors::inbox_config config;
    config.broker = broker_id{"paper"};
    config.instruments = std::make_shared<const instrument_table>(test::instruments());
    config.source = source;
    config.attempts = attempts;
    box = caf::actor_cast<caf::actor>(system.spawn(actors::inbox, std::move(config)));
    // What it fills is an argument: CAF 0.17 binds a reference to a null tuple when a function is spawned without any.
    bridge = system.spawn(
        [](caf::event_based_actor*, handed_over* to) -> caf::behavior {
          return {[to](const actors::inbox_items& m) {
            for (const inbox_item& item : m.items) to->emplace_back(m.in, item);
          }};
        },
        &got);
    scheduler().run();
  }
  void open(actors::session in, inbox_positions positions) {
    caf::anon_send(box, actors::inbox_open{in, std::move(positions), bridge});
    scheduler().run();
  }
  void take(actors::session in, std::uint64_t items) {
    caf::anon_send(box, actors::inbox_taken{in, items});
    scheduler().run();
  }
  void arrive(std::vector<inbox_record> records) {
    source->listener.records(std::move(records));
    scheduler().run();
  }
  void later() {
    scheduler().advance_time(std::chrono::seconds{1});
    scheduler().run();
  }
  /// "signal 10", "passed 11", ...
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const auto& [in, item] : got) {
      if (const auto* s = std::get_if<external_signal>(&item)) {
        out.push_back("signal " + std::to_string(s->from.offset));
      } else if (const auto* p = std::get_if<inbox_passed>(&item)) {
        out.push_back("passed " + std::to_string(p->offset));
      } else {
        out.push_back("position " + std::to_string(std::get<inbox_positioned>(item).offset));
      }
    }
    return out;
  }

  actors::test_system_config config;
  caf::actor_system system{config};
  std::shared_ptr<fake_source> source = std::make_shared<fake_source>();
  std::shared_ptr<actors::inbox_attempts> attempts = std::make_shared<actors::inbox_attempts>();
  caf::actor box;
  caf::actor bridge;
  handed_over got;
};

inbox_record good(std::int64_t offset) {
  const nlohmann::json j{{"id", "desk-" + std::to_string(offset)},
                         {"broker", "paper"},
                         {"type", "signal"},
                         {"version", 1},
                         {"ts", "2022-01-03T09:20:00+05:30"},
                         {"data",
                          {{"strategy", "desk"},
                           {"action", "ENTRY"},
                           {"instrument", test::instruments().key({0})},
                           {"side", "BUY"},
                           {"quantity", 75},
                           {"product", "MIS"}}}};
  return {"paper.signals.raw", 0, offset, 0, std::nullopt, j.dump(), {}};
}
inbox_record bad(std::int64_t offset) {
  inbox_record r = good(offset);
  r.value = "not a signal";
  return r;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(inbox_fixture, "inbox: records keep their order, dead letters and our own among them") {
  inbox_record own = good(11);
  own.headers.push_back({std::string{own_record_header}, "7"});
  inbox_record none = good(13);
  none.value.reset();
  arrive({good(10), own, bad(12), none, good(14)});
  CHECK(told() == texts{"signal 10", "passed 11", "passed 12", "passed 13", "signal 14"});
  REQUIRE(source->buried.size() == 2);
  CHECK(source->buried[0].reason == "undecodable");
  CHECK(source->buried[0].original.value == "not a signal");
  CHECK(source->buried[0].attempts == 1);
}

TEST_CASE_FIXTURE(inbox_fixture,
                  "promise 9: a letter that cannot be kept is tried until it is, and nothing overtakes it") {
  source->refuses = "no such topic";
  arrive({good(10), bad(11), good(12)});
  later();
  CHECK(told() == texts{"signal 10"});
  source->refuses.clear();
  later();
  CHECK(told() == texts{"signal 10", "passed 11", "signal 12"});
  CHECK(source->buried.size() == 1);
}

TEST_CASE_FIXTURE(inbox_fixture, "inbox: no more is read than the sequencer has taken, and a window") {
  CHECK(source->allowed == 256);
  arrive({good(10), good(11)});
  CHECK(source->allowed == 256);
  take(1, 2);
  CHECK(source->allowed == 258);
  take(1, 2);
  take(9, 50);  // of another life
  CHECK(source->allowed == 258);
}

TEST_CASE_FIXTURE(inbox_fixture, "inbox: a bridge that starts again gets what its journal does not have") {
  arrive({good(10), good(11)});
  open(2, {{0, 11}});
  CHECK(source->opened == std::vector<inbox_positions>{{{0, 10}}, {{0, 11}}});
  CHECK(source->allowed == 256);
  got.clear();
  arrive({good(11)});
  REQUIRE(got.size() == 1);
  CHECK(got[0].first == 2);
}

TEST_CASE_FIXTURE(inbox_fixture, "inbox: what an earlier reading still says is not heard") {
  const inbox_listener old = source->listener;
  open(2, {{0, 10}});
  old.records({good(10)});
  scheduler().run();
  CHECK(told().empty());
}

TEST_CASE_FIXTURE(inbox_fixture, "inbox: a handler that fails is tried three times, then the record is buried") {
  for (const char* n : {"1", "2", "3"}) {
    fault::arm(std::string{"paper.inbox.record.attempt"} + n, fault::action::crash, 1);
  }
  arrive({good(10), good(11)});
  CHECK(told().empty());
  later();
  later();
  REQUIRE(source->buried.size() == 1);
  CHECK(source->buried[0].reason == "handler_failed");
  CHECK(source->buried[0].attempts == 3);
  CHECK(told() == texts{"passed 10", "signal 11"});
}

TEST_CASE_FIXTURE(inbox_fixture, "inbox: a failure that passes costs nothing but time") {
  fault::arm("paper.inbox.record.attempt1", fault::action::crash, 1);
  arrive({good(10)});
  later();
  CHECK(told() == texts{"signal 10"});
  CHECK(source->buried.empty());
}

TEST_CASE_FIXTURE(inbox_fixture,
                  "inbox: a record that its bridge dies of is buried, over every restart of the actors") {
  for (actors::session life = 1; life <= 3; ++life) {
    arrive({good(10), good(11)});
    if (life == 2) {  // the inbox itself starts again: the count is kept
      caf::anon_send_exit(box, caf::exit_reason::kill);
      caf::anon_send_exit(bridge, caf::exit_reason::kill);
      scheduler().run();
      start();
    }
    open(life + 1, {{0, 10}});
  }
  got.clear();
  arrive({good(10), good(11)});
  REQUIRE(source->buried.size() == 1);
  CHECK(source->buried[0].original.offset == 10);
  CHECK(source->buried[0].reason == "handler_failed");
  CHECK(told() == texts{"passed 10"});  // 11 was handed over with it once: it goes alone
  take(4, 1);
  CHECK(told() == texts{"passed 10", "signal 11"});
}

TEST_CASE_FIXTURE(inbox_fixture, "inbox: a record that failed before goes alone") {
  arrive({good(10), good(11)});
  open(2, {{0, 10}});
  got.clear();
  arrive({good(10), good(11)});
  CHECK(told() == texts{"signal 10"});
  take(2, 1);
  CHECK(told() == texts{"signal 10", "signal 11"});
}

TEST_CASE_FIXTURE(inbox_fixture, "inbox: where reading goes on by itself is told in its place") {
  arrive({good(10)});
  source->listener.moved({"paper.signals.raw", 0, 50, "gone"});
  scheduler().run();
  arrive({good(50)});
  CHECK(told() == texts{"signal 10", "position 50", "signal 50"});
}
