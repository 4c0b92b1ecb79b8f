// The publisher on the deterministic scheduler: from the journal to the topics, over errors and crashes.
#include "actors/publisher.hpp"
#include "actors/publisher_fixture.hpp"
#include "actors/system_config.hpp"
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "support/event_fixtures.hpp"

#include <map>
#include <set>

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::actors;
using namespace bulkhead::test;
using std::chrono::milliseconds;

namespace {

std::shared_ptr<memory_log> journal_of(const std::vector<event_body>& bodies, std::uint64_t first_feed = 1) {
  auto log = std::make_shared<memory_log>();
  journal_recovery none;
  REQUIRE(log->take_over(0, none).ok());
  std::vector<journal_record> records;
  for (const event_body& body : bodies) {
    event e{.seq = records.size() + 1, .feed = first_feed, .ts = at(10, 0), .trace_feed = first_feed, .body = body};
    records.push_back({e.seq, codec.encode(e)});
  }
  std::uint64_t durable = 0;
  REQUIRE(log->append(none.epoch, std::move(records), durable).ok());
  return log;
}

struct stage {
  std::shared_ptr<memory_log> log;
  std::shared_ptr<memory_journal> journal = std::make_shared<memory_journal>(log);
  std::shared_ptr<fake_topics> topics = std::make_shared<fake_topics>();
  std::shared_ptr<heard_node> heard = std::make_shared<heard_node>();
  std::vector<std::string> notices;
  test_system_config caf_config;
  caf::actor_system system{caf_config};
  node_actor node = system.spawn(listening_node, heard);
  publisher_actor publisher;

  explicit stage(std::shared_ptr<memory_log> l, std::size_t page = 500) : log(std::move(l)) {
    journal->open([](const journal_status& status, const journal_recovery&) { REQUIRE(status.ok()); });
    start(page);
  }
  ~stage() {
    fault::disarm_all();
    end();
    caf::anon_send_exit(node, caf::exit_reason::kill);
    scheduler().run();
  }
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
  void start(std::size_t page = 500) {
    publisher_config config;
    config.broker = broker_id{"paper"};
    config.instruments = {std::shared_ptr<void>{}, &instruments()};
    config.journal = journal;
    config.topics = topics;
    config.node = node;
    config.notice = [this](const std::string& text) { notices.push_back(text); };
    config.page = page;
    publisher = system.spawn(actors::publisher, std::move(config));
    scheduler().run();
  }
  void end() {
    caf::anon_send_exit(publisher, caf::exit_reason::kill);
    scheduler().run();
  }
  void durable(std::uint64_t seq) {
    caf::anon_send(publisher, project_up_to{seq});
    scheduler().run();
  }
  void pass(milliseconds time) {
    for (milliseconds done{0}; done < time; done += milliseconds{10}) {
      scheduler().advance_time(milliseconds{10});
      scheduler().run();
    }
  }
  /// Of the log, each seq once, by topic.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> once() const {
    std::map<std::string, std::vector<std::string>> out;
    std::map<std::string, std::set<std::uint64_t>> seen;
    for (const published_record& r : topics->log) {
      if (seen[r.topic].insert(r.seq).second) out[r.topic].push_back(r.payload);
    }
    return out;
  }
};

/// What the topics must hold of a journal up to `seq`, from the journal alone.
std::map<std::string, std::vector<std::string>> wanted(const memory_log& log, std::uint64_t seq) {
  std::map<std::string, std::vector<std::string>> out;
  for (const journal_record& r : log.read(1, seq)) {
    const std::string_view suffix = event_codec::topic_suffix(codec.decode(r.payload).body);
    if (!suffix.empty()) out[std::string{suffix}].push_back(r.payload);
  }
  return out;
}

const std::vector<event_body> bodies = one_of_each();

}  // namespace

TEST_CASE("every durable event goes to the topic of its type, as it is journaled, in order, and no other does") {
  stage s{journal_of(bodies)};
  CHECK(s.topics->log.empty());  // nobody has said what is durable
  s.durable(7);
  s.pass(milliseconds{100});
  CHECK(s.once() == wanted(*s.log, 7));
  CHECK(s.topics->log.size() == 6);  // all but account.opened
  s.durable(bodies.size());
  s.pass(milliseconds{100});
  CHECK(s.once() == wanted(*s.log, bodies.size()));
  CHECK(s.once().size() == 8);  // every topic of the contract
  CHECK(s.topics->kept.seq == bodies.size());
  for (const published_record& r : s.topics->log) {
    CHECK(r.key == nlohmann::json::parse(r.payload).at("key"));
    CHECK(r.seq == nlohmann::json::parse(r.payload).at("seq"));
  }
  REQUIRE(!s.heard->current.empty());
  CHECK(s.heard->current.back().seq == bodies.size());
  CHECK(s.notices.empty());
}

TEST_CASE("at most a page of events waits for the servers, and the bridge is never kept waiting") {
  stage s{journal_of(bodies), 4};
  s.topics->holds = true;
  s.durable(bodies.size());
  s.pass(milliseconds{500});
  CHECK(s.topics->log.size() <= 4);
  CHECK(s.topics->held.size() == 1);
  CHECK(s.heard->current.empty());
  s.topics->holds = false;
  s.topics->release();
  s.pass(milliseconds{500});
  CHECK(s.once() == wanted(*s.log, bodies.size()));
  CHECK(s.topics->most_at_once <= 4);
}

TEST_CASE("after an error the position is asked for, and everything after it is published again") {
  stage s{journal_of(bodies), 10};
  s.topics->fail_after = 3;
  s.durable(bodies.size());
  s.pass(milliseconds{100});
  CHECK(s.notices == std::vector<std::string>{"topics: the server is gone"});
  s.topics->position_error = "no answer";
  s.pass(milliseconds{3000});
  CHECK(s.once() == wanted(*s.log, bodies.size()));
  CHECK(s.topics->log.size() == 3 + 18);  // the three were written twice
  CHECK(s.topics->asked == 3);
  CHECK(s.notices.back() == "topics: publishing goes on");
}

TEST_CASE("a crash anywhere between journal and topics leaves every topic complete after the restart") {
  for (const char* where : {"publish.before", "publish.after"}) {
    for (const bool position_kept : {false, true}) {
      for (std::uint64_t hit = 1; hit <= 5; ++hit) {
        CAPTURE(where);
        CAPTURE(position_kept);
        CAPTURE(hit);
        stage s{journal_of(bodies), 5};
        s.topics->keeps = position_kept;
        fault::arm(std::string{"paper.publisher."} + where, fault::action::crash, hit);
        s.durable(bodies.size());
        s.pass(milliseconds{200});
        CHECK(fault::hits(std::string{"paper.publisher."} + where) >= hit);
        s.end();
        s.start();
        s.durable(bodies.size());
        s.pass(milliseconds{200});
        CHECK(s.once() == wanted(*s.log, bodies.size()));
      }
    }
  }
}

TEST_CASE("topics of another journal are left alone, and nobody waits for them") {
  const auto first = journal_of(bodies);
  for (const bool shorter : {false, true}) {
    CAPTURE(shorter);
    auto few = bodies;
    few.resize(5);
    stage s{shorter ? journal_of(few) : journal_of(bodies, 2)};
    s.topics->kept = {bodies.size(), derive_id(first->read(bodies.size(), 1).front().payload)};
    s.end();
    s.start();
    const std::uint64_t last = shorter ? 5 : bodies.size();
    s.durable(last);
    s.pass(milliseconds{5000});
    CHECK(s.topics->log.empty());
    REQUIRE(s.notices.size() == 1);
    CHECK(s.notices.front() ==
          (shorter ? "topics: the topics hold the events up to seq 27, and the journal ends at 5: they are another "
                     "journal's; nothing is published. Delete the topics, and run: bulkhead topics create"
                   : "topics: the event with seq 27 is not the one that the topics hold: they are another journal's; "
                     "nothing is published. Delete the topics, and run: bulkhead topics create"));
    REQUIRE(!s.heard->current.empty());
    CHECK(s.heard->current.back().seq >= last);
  }
}

TEST_CASE("the topics of the same journal are gone on with") {
  stage s{journal_of(bodies)};
  s.topics->kept = {12, derive_id(s.log->read(12, 1).front().payload)};
  s.end();
  s.start();
  s.durable(bodies.size());
  s.pass(milliseconds{100});
  REQUIRE(!s.topics->log.empty());
  CHECK(s.topics->log.front().seq == 13);
  CHECK(s.topics->kept.seq == bodies.size());
}
