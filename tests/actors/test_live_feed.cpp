// The feed actor over a source that grows, on the deterministic scheduler.
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
using actors_frames = bulkhead::actors::frames;

namespace {

/// What all readers of a fake log share.
struct fake_log {
  feed_seq size = 0;
  bool grows_when_read = false;  ///< as it does while another thread adds
  std::map<const void*, std::function<void()>> told;
  void add(feed_seq count) {
    for (feed_seq i = 0; i < count; ++i) {
      ++size;
      for (const auto& [who, tell] : told) tell();
    }
  }
};

/// Instrument 0 ticks in every frame; its price is the frame's seq.
class fake_live final : public live_source {
 public:
  explicit fake_live(std::shared_ptr<fake_log> log) : log_(std::move(log)) {}
  ~fake_live() override { log_->told.erase(this); }
  fake_live(const fake_live&) = delete;
  fake_live& operator=(const fake_live&) = delete;
  bool next(frame_batch& batch) override {
    if (log_->grows_when_read) log_->add(1);
    if (position_ >= log_->size) return false;
    const feed_seq seq = ++position_;
    const std::vector<tick> ticks{{.instrument = {0}, .last = {static_cast<std::int64_t>(seq)}}};
    batch.add(seq, {static_cast<std::int64_t>(seq)}, frame_kind::ticks, ticks);
    return true;
  }
  void seek(feed_seq seq) override { position_ = seq - 1; }
  [[nodiscard]] std::uint64_t size() const override { return log_->size; }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return problems_; }
  [[nodiscard]] std::string fingerprint() const override { return "fake"; }
  void on_more(std::function<void()> told) override { log_->told[this] = std::move(told); }

 private:
  std::shared_ptr<fake_log> log_;
  feed_seq position_ = 0;
  std::vector<feed_problem> problems_;
};

struct consumed {
  std::vector<feed_seq> seqs;
  std::vector<std::int64_t> prices;
  std::uint64_t missed = 0;
  bool end = false;

  void take(const actors_frames& m) {
    end = end || m.end;
    for (const feed_noticed& n : m.notices) missed += n.count;
    for (std::size_t i = 0; m.batch && i < m.batch->size(); ++i) {
      seqs.push_back((*m.batch)[i].seq);
      for (const tick& t : (*m.batch)[i].ticks) prices.push_back(t.last.raw);
    }
  }
  [[nodiscard]] bool is_all_from(feed_seq first, feed_seq last) const {
    std::vector<feed_seq> wanted;
    for (feed_seq s = first; s <= last; ++s) wanted.push_back(s);
    return seqs == wanted;
  }
};

struct live_market {
  std::shared_ptr<fake_log> log = std::make_shared<fake_log>();
  feed_config config;
  std::map<std::string, std::shared_ptr<consumed>> got;
  test_system_config caf_config;
  caf::actor_system system{caf_config};
  feed_actor feed;
  std::map<std::string, caf::actor> who;

  explicit live_market(std::set<std::string> consumers, std::set<std::string> conflated) {
    config.open = [log = log] { return std::make_unique<fake_live>(log); };
    config.consumers = std::move(consumers);
    config.conflated = std::move(conflated);
    config.window = 4;
    config.batch = 8;
    config.counters = std::make_shared<feed_counters>();
    feed = system.spawn(bulkhead::actors::feed, config);
    for (const std::string& name : config.consumers) subscribes(name, 1);
  }
  ~live_market() {
    for (auto& [name, actor] : who) caf::anon_send_exit(actor, caf::exit_reason::kill);
    caf::anon_send_exit(feed, caf::exit_reason::kill);
    run();
  }
  live_market(const live_market&) = delete;
  live_market& operator=(const live_market&) = delete;

  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run(); }
  void subscribes(const std::string& name, feed_seq from) {
    auto box = got[name] = std::make_shared<consumed>();
    who[name] = system.spawn(
        [](caf::event_based_actor*, const std::shared_ptr<consumed>& to) -> caf::behavior {
          return {[to](const actors_frames& m) { to->take(m); }};
        },
        box);
    caf::anon_send(feed, subscribe{name, from, from - 1, who[name]});
    run();
  }
  void credits(const std::string& name) {
    const auto& seqs = got.at(name)->seqs;
    if (seqs.empty()) return;
    caf::anon_send(feed, credit{name, seqs.back(), seqs.back()});
    run();
  }
  void adds(feed_seq count) {
    log->add(count);
    run();
  }
};

}  // namespace

TEST_CASE("a live feed sends what is added at once, and has no end") {
  live_market m{{"runner", "paper"}, {"paper"}};
  CHECK(m.got["paper"]->seqs.empty());
  CHECK_FALSE(m.got["paper"]->end);
  for (feed_seq n = 1; n <= 20; ++n) {
    m.adds(1);
    CHECK(m.got["paper"]->is_all_from(1, n));
    CHECK(m.got["runner"]->is_all_from(1, n));
    CHECK(m.config.counters->total.load() == n);
    m.credits("paper");
    m.credits("runner");
  }
  CHECK_FALSE(m.got["paper"]->end);
  caf::anon_send(m.feed, stop_feed{});
  m.run();
  CHECK(m.got["paper"]->end);
  CHECK(m.got["runner"]->end);
}

TEST_CASE("a live feed waits for no broker: it misses no frame, and gets the newest price of each stretch") {
  live_market m{{"runner", "slow", "quick"}, {"slow", "quick"}};
  for (int i = 0; i < 30; ++i) {
    m.adds(1);
    m.credits("runner");
    m.credits("quick");
  }
  CHECK(m.got["quick"]->is_all_from(1, 30));
  CHECK(m.got["slow"]->is_all_from(1, 4));  // the window
  m.credits("slow");
  CHECK(m.got["slow"]->is_all_from(1, 30));
  CHECK(m.got["slow"]->prices == std::vector<std::int64_t>{1, 2, 3, 4, 30});
  CHECK(m.got["slow"]->missed == 25);
  CHECK(m.config.counters->conflated.load() == 25);
}

TEST_CASE("a consumer that starts again reads from where it stood, whole") {
  live_market m{{"runner", "paper"}, {"paper"}};
  for (int i = 0; i < 10; ++i) {
    m.adds(1);
    m.credits("runner");
    m.credits("paper");
  }
  m.subscribes("paper", 3);
  for (int i = 0; i < 5; ++i) m.credits("paper");
  CHECK(m.got["paper"]->is_all_from(3, 10));
  CHECK(m.got["paper"]->missed == 0);
  m.adds(1);
  CHECK(m.got["paper"]->is_all_from(3, 11));
}

TEST_CASE("no frame is sent that the counters do not tell yet: a process that names it is believed") {
  live_market m{{"runner"}, {}};
  m.log->grows_when_read = true;
  m.log->size = 1;
  caf::anon_send(m.feed, pump_feed{});
  for (int i = 0; i < 8; ++i) {
    dynamic_cast<caf::scheduler::test_coordinator&>(m.system.scheduler()).try_run_once();
    const auto& seqs = m.got["runner"]->seqs;
    CHECK((seqs.empty() ? 0 : seqs.back()) <= m.config.counters->total.load());
  }
  m.log->grows_when_read = false;
  m.run();
}

TEST_CASE("frames that were there before anybody subscribed are sent, and a drain ends where it was") {
  live_market m{{"runner"}, {}};
  m.adds(3);
  m.credits("runner");
  caf::anon_send(m.feed, stop_feed{});
  m.run();
  m.adds(2);
  m.credits("runner");
  CHECK(m.got["runner"]->is_all_from(1, 3));
  CHECK(m.got["runner"]->end);
}
