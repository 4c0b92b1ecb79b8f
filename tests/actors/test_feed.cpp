// The feed actor on the deterministic scheduler: pace, credit, and what a consumer gets that fell behind.
#include "actors/feed.hpp"
#include "actors/system_config.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::actors;
using std::chrono::milliseconds;
// CAF has names of its own for these.
using actors_frames = bulkhead::actors::frames;

namespace {

constexpr std::int64_t step_ns = 100'000'000;  ///< between two frames of the fake market

/// Frames 1 to `count`, a tenth of a second apart. Instrument 0 ticks in each, instrument 1 in every third; every
/// tenth is a clock.
class fake_source final : public feed_source {
 public:
  explicit fake_source(std::uint64_t count) : count_(count) {}
  bool next(frame_batch& batch) override {
    if (position_ >= count_) return false;
    const feed_seq seq = ++position_;
    std::vector<tick> ticks;
    const auto raw = static_cast<std::int64_t>(seq);
    if (seq % 10 != 0) ticks.push_back({.instrument = {0}, .last = {raw}});
    if (seq % 10 != 0 && seq % 3 == 0) ticks.push_back({.instrument = {1}, .last = {raw}});
    batch.add(seq, {raw * step_ns}, ticks.empty() ? frame_kind::clock : frame_kind::ticks, ticks);
    return true;
  }
  void seek(feed_seq seq) override { position_ = seq - 1; }
  [[nodiscard]] std::uint64_t size() const override { return count_; }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return problems_; }
  [[nodiscard]] std::string fingerprint() const override { return "fake"; }

 private:
  std::uint64_t count_;
  std::uint64_t position_ = 0;
  std::vector<feed_problem> problems_;
};

/// What a consumer got.
struct consumed {
  std::vector<feed_seq> seqs;
  std::vector<std::size_t> messages;              ///< frames of each
  std::map<std::uint32_t, std::size_t> ticks;     ///< by instrument
  std::map<std::uint32_t, std::int64_t> last;     ///< price by instrument
  std::map<std::uint32_t, std::uint64_t> missed;  ///< by the notices
  bool end = false;

  void take(const actors_frames& m) {
    end = end || m.end;
    for (const feed_noticed& n : m.notices) missed[n.instrument.index] += n.count;
    if (!m.batch) return;
    messages.push_back(m.batch->size());
    for (std::size_t i = 0; i < m.batch->size(); ++i) {
      const frame_view f = (*m.batch)[i];
      seqs.push_back(f.seq);
      for (const tick& t : f.ticks) {
        ++ticks[t.instrument.index];
        last[t.instrument.index] = t.last.raw;
      }
    }
  }
  [[nodiscard]] bool consecutive_from(feed_seq first) const {
    for (std::size_t i = 0; i < seqs.size(); ++i) {
      if (seqs[i] != first + i) return false;
    }
    return true;
  }
};

struct market {
  feed_config config;
  std::map<std::string, std::shared_ptr<consumed>> got;
  test_system_config caf_config;
  caf::actor_system system{caf_config};
  feed_actor feed;
  std::map<std::string, caf::actor> who;

  market(std::uint64_t count, std::set<std::string> consumers, std::int64_t speed, std::set<std::string> conflated = {},
         std::map<std::string, feed_seq> from = {}, std::set<std::string> readers = {})
      : config{.open = [count] { return std::make_unique<fake_source>(count); },
               .consumers = std::move(consumers),
               .speed = speed,
               .window = 4,
               .batch = 8,
               .conflated = std::move(conflated),
               .readers = std::move(readers),
               .counters = std::make_shared<feed_counters>()} {
    feed = system.spawn(bulkhead::actors::feed, config);
    for (const std::string& name : config.consumers) subscribes(name, from.contains(name) ? from.at(name) : 1);
  }
  ~market() {
    for (auto& [name, actor] : who) caf::anon_send_exit(actor, caf::exit_reason::kill);
    caf::anon_send_exit(feed, caf::exit_reason::kill);
    scheduler().run();
  }
  market(const market&) = delete;
  market& operator=(const market&) = delete;

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
  /// A new life of this consumer, with an consumed of its own.
  void subscribes(const std::string& name, feed_seq from) {
    auto box = got[name] = std::make_shared<consumed>();
    // The consumed is an argument: CAF 0.17 binds a reference to a null tuple when a function is spawned without any.
    who[name] = system.spawn(
        [](caf::event_based_actor*, const std::shared_ptr<consumed>& to) -> caf::behavior {
          return {[to](const actors_frames& m) { to->take(m); }};
        },
        box);
    caf::anon_send(feed, subscribe{name, from, from - 1, who[name]});
    scheduler().run();
  }
  void credits(const std::string& name, feed_seq processed) {
    caf::anon_send(feed, credit{name, processed, processed});
    scheduler().run();
  }
  /// Everything it has got.
  void credits(const std::string& name) {
    const auto& seqs = got.at(name)->seqs;
    if (!seqs.empty()) credits(name, seqs.back());
  }
  void pass(milliseconds time) {
    scheduler().advance_time(time);
    scheduler().run();
  }
  /// Lets frames come one by one, with credit at once from these.
  void play(int frames, std::initializer_list<const char*> with_credit) {
    for (int i = 0; i < frames; ++i) {
      pass(milliseconds{100});
      for (const char* name : with_credit) credits(name);
    }
  }
};

}  // namespace

TEST_CASE("as fast as credit allows, nobody is further ahead of the slowest than the window") {
  market m{30, {"a", "b"}, 0, {"b"}};  // without a pace everybody is waited for
  CHECK(m.got["a"]->seqs.size() == 4);
  m.credits("a");
  CHECK(m.got["a"]->seqs.size() == 4);
  m.credits("b", 2);
  CHECK(m.got["a"]->seqs.size() == 6);
  while (!m.got["b"]->end) {
    m.credits("a");
    m.credits("b");
  }
  for (const char* name : {"a", "b"}) {
    CHECK(m.got[name]->seqs.size() == 30);
    CHECK(m.got[name]->consecutive_from(1));
    CHECK(m.got[name]->ticks[0] == 27);
    CHECK(m.got[name]->missed.empty());
  }
}

TEST_CASE("a paced feed sends each frame at its time, and those that are due together in one message") {
  market m{30, {"a"}, 1};
  m.play(3, {"a"});
  CHECK(m.got["a"]->messages == std::vector<std::size_t>{1, 1, 1, 1});
  m.pass(milliseconds{350});
  CHECK(m.got["a"]->messages == std::vector<std::size_t>{1, 1, 1, 1, 3});
  m.credits("a");
  m.pass(milliseconds{49});
  CHECK(m.got["a"]->seqs.size() == 7);
  m.pass(milliseconds{1});
  CHECK(m.got["a"]->seqs.size() == 8);
  CHECK(m.got["a"]->consecutive_from(1));
}

TEST_CASE("frames that are overdue stay within the window of whoever is waited for") {
  market m{30, {"a", "b"}, 1};
  m.play(10, {"a"});
  CHECK(m.got["a"]->seqs.size() == 4);
  m.credits("b");
  CHECK(m.got["a"]->seqs.size() == 8);
  CHECK(m.got["a"]->messages.back() == 4);
}

TEST_CASE("a consumer that keeps up is never conflated") {
  market m{25, {"a", "b"}, 1, {"b"}};
  m.play(30, {"a", "b"});
  CHECK(m.got["b"]->end);
  CHECK(m.got["b"]->ticks == m.got["a"]->ticks);
  CHECK(m.got["b"]->missed.empty());
}

TEST_CASE("a slow consumer holds nobody up and gets what it missed conflated, every frame and every newest price") {
  market m{60, {"a", "b"}, 1, {"b"}};
  m.play(27, {"a"});
  CHECK(m.got["a"]->seqs.size() == 28);
  CHECK(m.got["b"]->seqs.size() == 4);
  m.credits("b", 1);
  const consumed& b = *m.got["b"];
  CHECK(b.seqs.size() == 28);
  CHECK(b.messages.back() == 24);
  CHECK(b.consecutive_from(1));
  CHECK(b.last == m.got["a"]->last);
  // Frames 5 to 28 with clocks at 10 and 20: three stretches, the newest tick of each kept.
  CHECK(b.ticks.at(0) == 4 + 3);
  CHECK(b.missed.at(0) == 22 - 3);
  CHECK(b.missed.at(0) + b.ticks.at(0) == m.got["a"]->ticks.at(0));
  CHECK(b.missed.at(1) + b.ticks.at(1) == m.got["a"]->ticks.at(1));
  // In step again.
  m.play(5, {"a", "b"});
  CHECK(b.seqs.size() == 33);
  CHECK(b.messages.back() == 1);
  CHECK(b.missed.at(0) == 19);
}

TEST_CASE("the end comes after what was missed") {
  market m{12, {"a", "b"}, 1, {"b"}};
  m.play(15, {"a"});
  CHECK(m.got["a"]->end);
  CHECK_FALSE(m.got["b"]->end);
  m.credits("b");
  CHECK(m.got["b"]->seqs.size() == 12);
  CHECK(m.got["b"]->end);
}

TEST_CASE("a feed that is stopped ends at what was sent, also for a consumer that is behind") {
  market m{60, {"a", "b"}, 1, {"b"}};
  m.play(9, {"a"});
  caf::anon_send(m.feed, stop_feed{});
  m.scheduler().run();
  CHECK(m.got["a"]->end);
  CHECK_FALSE(m.got["b"]->end);
  m.credits("b");
  CHECK(m.got["b"]->seqs.size() == 10);
  CHECK(m.got["b"]->end);
}

TEST_CASE("a consumer that comes back reads again from where it says, whole, while the others go on") {
  market m{60, {"a", "b"}, 1, {"b"}};
  m.play(14, {"a", "b"});
  REQUIRE(m.got["b"]->seqs.size() == 15);
  m.subscribes("b", 3);
  const auto& b = m.got["b"];
  CHECK(b->seqs.size() == 4);  // a window of them
  m.play(3, {"a"});
  CHECK(m.got["a"]->seqs.size() == 18);
  while (b->seqs.back() < 15) m.credits("b");
  m.credits("b");
  CHECK(b->seqs.back() == 18);
  CHECK(b->consecutive_from(3));
  CHECK(b->last == m.got["a"]->last);
  // What was sent before it came back is whole; frames 16 to 18 came meanwhile.
  CHECK(b->missed == std::map<std::uint32_t, std::uint64_t>{{0, 2}});
  m.play(2, {"a", "b"});
  CHECK(b->seqs.back() == 20);
}

TEST_CASE("a resumed run reads the frames of before at full speed, then goes on at its pace") {
  market m{60, {"a", "b"}, 1, {"b"}, {{"a", 21}, {"b", 11}}};
  CHECK(m.got["a"]->seqs == std::vector<feed_seq>{21});  // b does not hold it up
  CHECK(m.got["b"]->seqs.size() == 4);
  for (int i = 0; i < 3; ++i) m.credits("b");
  REQUIRE(m.got["b"]->seqs.size() == 11);
  m.play(5, {"a", "b"});
  CHECK(m.got["a"]->consecutive_from(21));
  CHECK(m.got["b"]->consecutive_from(11));
  CHECK(m.got["a"]->seqs.back() == m.got["b"]->seqs.back());
  CHECK(m.got["b"]->missed.empty());
}

TEST_CASE("when nobody is left who is waited for, the market goes on") {
  market m{60, {"a", "b"}, 1, {"b"}};
  m.play(2, {"b"});
  caf::anon_send(m.feed, unsubscribe{"a"});
  m.scheduler().run();
  m.play(10, {"b"});
  CHECK(m.got["b"]->seqs.size() == 13);
  CHECK(m.got["b"]->missed.empty());
}

TEST_CASE(
    "a consumer that was isolated holds nobody up when it comes back, reads all it missed, and is then waited for") {
  for (const std::int64_t speed : {0, 1}) {
    CAPTURE(speed);
    market m{200, {"a", "b"}, speed};
    const auto play = [&](int rounds) {
      for (int i = 0; i < rounds; ++i) {
        if (speed > 0) m.pass(milliseconds{100});
        m.credits("a");
      }
    };
    m.credits("b");
    caf::anon_send(m.feed, unsubscribe{"b"});
    m.scheduler().run();
    play(10);
    const std::size_t before = m.got["a"]->seqs.size();
    m.subscribes("b", 3);  // nobody has said that it may
    CHECK(m.got["b"]->seqs.empty());
    caf::anon_send(m.feed, readmit{"b", m.got["a"]->seqs.back()});
    m.scheduler().run();
    play(1);
    CHECK(m.got["a"]->seqs.size() > before);  // nobody waits for it to subscribe
    m.subscribes("b", 3);
    const auto& b = m.got["b"];
    CHECK(b->seqs.size() == 4);  // a window of them
    const std::size_t then = m.got["a"]->seqs.size();
    play(2);
    CHECK(m.got["a"]->seqs.size() > then);
    while (b->seqs.back() < m.got["a"]->seqs.back()) m.credits("b");
    CHECK(b->consecutive_from(3));
    CHECK(b->missed.empty());
    play(20);
    CHECK(m.got["a"]->seqs.back() <= b->seqs.back());  // both are a window ahead of what b has processed
    CHECK(m.got["a"]->seqs.back() == b->seqs.back());
  }
}

TEST_CASE("a reader of a paced feed holds nobody up, and gets every frame whole however far behind it is") {
  market paced{60, {"a"}, 1, {}, {}, {"reader"}};
  paced.play(5, {"a"});
  paced.subscribes("reader", 1);
  paced.play(25, {"a"});
  const auto& reader = paced.got["reader"];
  CHECK(paced.got["a"]->seqs.size() >= 29);
  CHECK(reader->seqs.size() == 4);  // a window
  paced.play(40, {"a"});
  for (int i = 0; i < 60; ++i) paced.credits("reader");
  CHECK(reader->seqs.size() == 60);
  CHECK(reader->consecutive_from(1));
  CHECK(reader->missed.empty());
  CHECK(reader->ticks == paced.got["a"]->ticks);
  CHECK(reader->end);
}
