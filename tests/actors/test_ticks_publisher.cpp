// The publisher of market.ticks on the deterministic scheduler, with a feed that the test plays.
#include "actors/publisher_fixture.hpp"
#include "actors/system_config.hpp"
#include "actors/ticks_publisher.hpp"
#include "runtime/fault/failpoint.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::actors;
using namespace bulkhead::test;
// CAF has names of its own for these.
using actors_frames = bulkhead::actors::frames;

namespace {

struct played_feed {
  std::vector<feed_seq> subscribed;
  std::vector<feed_seq> credited;
};

struct stage {
  std::shared_ptr<fake_topics> topic = std::make_shared<fake_topics>();
  std::shared_ptr<heard_node> heard = std::make_shared<heard_node>();
  std::shared_ptr<played_feed> feed = std::make_shared<played_feed>();
  test_system_config caf_config;
  caf::actor_system system{caf_config};
  node_actor node = system.spawn(listening_node, heard);
  caf::actor market;
  ticks_publisher_actor publisher;

  explicit stage(feed_seq kept = 0) {
    topic->kept.seq = kept;
    market = system.spawn(
        [](caf::event_based_actor*, const std::shared_ptr<played_feed>& to) -> caf::behavior {
          return {[to](const subscribe& m) {
                    CHECK(m.consumer == ticks_consumer);
                    to->subscribed.push_back(m.from);
                  },
                  [to](const credit& m) { to->credited.push_back(m.processed); }};
        },
        feed);
    start();
  }
  ~stage() {
    fault::disarm_all();
    caf::anon_send_exit(publisher, caf::exit_reason::kill);
    caf::anon_send_exit(market, caf::exit_reason::kill);
    caf::anon_send_exit(node, caf::exit_reason::kill);
    scheduler().run();
  }
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
  void start() {
    ticks_publisher_config config;
    config.topic = topic;
    config.encode = [](const frame_view& f) { return std::to_string(f.seq); };
    config.key = "shared";
    config.node = node;
    publisher = system.spawn(ticks_publisher, std::move(config));
    caf::anon_send(publisher, role_up{"feed", 1, market});
    scheduler().run();
  }
  void sends(feed_seq first, feed_seq last, bool end = false) {
    auto batch = std::make_shared<frame_batch>();
    for (feed_seq seq = first; seq <= last; ++seq) batch->add(seq, {}, frame_kind::clock, {});
    caf::anon_send(publisher, actors_frames{batch, end, {}});
    scheduler().run();
  }
  void pass_a_second() {
    scheduler().advance_time(std::chrono::milliseconds{1001});
    scheduler().run();
  }
  [[nodiscard]] std::vector<std::uint64_t> seqs() const {
    std::vector<std::uint64_t> out;
    for (const published_record& r : topic->log) out.push_back(r.seq);
    return out;
  }
};

using numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("each frame is a record, with credit for what is acknowledged") {
  stage s;
  CHECK(s.feed->subscribed == std::vector<feed_seq>{1});
  s.topic->holds = true;
  s.sends(1, 2);
  s.sends(3, 3);
  s.sends(4, 5);
  CHECK(s.seqs() == numbers{1, 2});
  CHECK(s.feed->credited.empty());
  s.topic->release();
  s.scheduler().run();
  CHECK(s.feed->credited == std::vector<feed_seq>{2});
  CHECK(s.seqs() == numbers{1, 2, 3, 4, 5});  // what waited goes as one batch
  s.topic->release();
  s.scheduler().run();
  CHECK(s.feed->credited == std::vector<feed_seq>{2, 5});
  CHECK(s.topic->log.front().topic == "market.ticks");
  CHECK(s.topic->log.front().key == "shared");
  CHECK(s.topic->log.front().payload == "1");
}

TEST_CASE("it goes on after the last record, and takes no frame twice and none out of turn") {
  stage s{10};
  CHECK(s.feed->subscribed == std::vector<feed_seq>{11});
  s.sends(9, 12);  // of an earlier subscription
  s.sends(11, 12);
  s.sends(14, 15);  // 13 is missing: it comes with the new subscription
  s.sends(12, 13);
  CHECK(s.seqs() == numbers{11, 12, 13});
}

TEST_CASE("after an error, or a crash, the topic decides where to go on: no gap, nothing twice") {
  stage s;
  s.topic->fail_after = 2;
  s.topic->kept.seq = 0;
  s.sends(1, 4);
  CHECK(s.seqs() == numbers{1, 2});
  s.topic->kept.seq = 2;  // as its last record says
  s.pass_a_second();
  CHECK(s.feed->subscribed == std::vector<feed_seq>{1, 3});
  s.sends(3, 4);
  CHECK(s.seqs() == numbers{1, 2, 3, 4});

  fault::arm("ticks.publish.after", fault::action::crash, 1);
  s.sends(5, 6);
  CHECK(s.topic->kept.seq == 6);
  s.start();
  CHECK(s.feed->subscribed.back() == 7);
  s.sends(7, 7);
  CHECK(s.seqs() == numbers{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("the end of the feed is told when every frame is acknowledged") {
  stage s;
  s.topic->holds = true;
  s.sends(1, 3, true);
  CHECK(s.heard->current.empty());
  s.topic->release();
  s.scheduler().run();
  REQUIRE(s.heard->current.size() == 1);
  CHECK(s.heard->current.front().publisher == ticks_consumer);
  CHECK(s.heard->current.front().seq == 3);
}
