// A journal that another owner takes, and one that no longer answers, under a whole node on CAF's deterministic
// scheduler: the broker stops for good with the reason, and its neighbour's day comes out the same.
#include "actors/journal_watch.hpp"
#include "actors/node_fixture.hpp"

#include <fmt/format.h>

using namespace bulkhead;
using namespace bulkhead::test;
using std::chrono::milliseconds;

namespace {

/// Passes calls on until it hangs; what comes then is never answered, as by a thread that waits for a dead disk.
class hanging_journal final : public journal {
 public:
  hanging_journal(std::shared_ptr<memory_log> log, std::shared_ptr<bool> hangs)
      : inner_(std::move(log)), hangs_(std::move(hangs)) {}

  void open(recovered_fn done) override {
    if (!*hangs_) inner_.open(std::move(done));
  }
  void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) override {
    if (!*hangs_) inner_.append(epoch, std::move(batch), std::move(done));
  }
  void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) override {
    if (!*hangs_) inner_.write_snapshot(epoch, std::move(snapshot), std::move(done));
  }
  void read(std::uint64_t from_seq, std::size_t limit, records_fn done) override {
    if (!*hangs_) inner_.read(from_seq, limit, std::move(done));
  }
  void append_ops(std::string payload) override {
    if (!*hangs_) inner_.append_ops(std::move(payload));
  }

 private:
  memory_journal inner_;
  std::shared_ptr<bool> hangs_;
};

class journal_node {
 public:
  explicit journal_node(std::map<std::string, std::string> overrides = {})
      : settings_(two_paper_brokers(std::move(overrides))), system_(config_), self_(system_) {
    app::backends b;
    b.make_journal = [this](const broker_id& id) {
      auto& log = logs_[id.str()] = std::make_shared<memory_log>(id.str());
      hangs_[id.str()] = std::make_shared<bool>(false);
      return std::make_shared<hanging_journal>(log, hangs_[id.str()]);
    };
    b.make_reader = [](const broker_id&, const std::shared_ptr<journal>& writer) { return writer; };
    b.make_store = [](const broker_id&) { return nullptr; };
    parts_ = app::make_node_parts(settings_, b);
    parts_.on_supervision = [this](const actors::supervision_event& e) {
      if (e.what == "failed") failures_.push_back(e);
    };
    node_ = system_.spawn(actors::node, app::make_node_config(parts_, caf::actor_cast<caf::actor>(self_)));
  }
  ~journal_node() {
    caf::anon_send_exit(node_, caf::exit_reason::kill);
    scheduler().run();
  }
  journal_node(const journal_node&) = delete;
  journal_node& operator=(const journal_node&) = delete;

  /// So many turns of the scheduler, without time passing.
  void turns(std::size_t count) {
    for (; count > 0 && scheduler().try_run_once(); --count) {
    }
  }
  /// Lets time pass, up to `limit`, until the node has ended.
  bool finish(milliseconds limit) {
    for (milliseconds passed{0}; passed < limit && !finished_; passed += milliseconds{100}) {
      scheduler().run();
      self_->receive(
          [&](actors::node_finished& end) {
            finished_ = true;
            isolated_ = std::move(end.isolated);
          },
          caf::after(std::chrono::seconds{0}) >> [] {});
      scheduler().advance_time(milliseconds{100});
    }
    return finished_;
  }
  [[nodiscard]] std::vector<std::string> dump(const std::string& broker) const {
    std::vector<std::string> lines;
    for (const journal_record& r : logs_.at(broker)->read(1, ~std::size_t{0})) lines.push_back(r.payload);
    return lines;
  }
  [[nodiscard]] std::shared_ptr<memory_log> log(const std::string& broker) const { return logs_.at(broker); }
  void hang(const std::string& journal, bool hangs = true) { *hangs_.at(journal) = hangs; }
  [[nodiscard]] const effect_gate& gate(std::size_t broker) const { return *parts_.brokers.at(broker)->gate; }
  [[nodiscard]] const std::vector<actors::subtree_down>& isolated() const { return isolated_; }
  [[nodiscard]] const std::vector<actors::supervision_event>& failures() const { return failures_; }
  [[nodiscard]] bool only_failed(const std::string& path) const {
    return std::ranges::all_of(failures_, [&](const auto& e) { return e.path == path; });
  }

 private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  std::shared_ptr<const config::settings> settings_;
  std::map<std::string, std::shared_ptr<memory_log>> logs_;
  std::map<std::string, std::shared_ptr<bool>> hangs_;
  std::vector<actors::supervision_event> failures_;
  std::vector<actors::subtree_down> isolated_;
  bool finished_ = false;
  actors::test_system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  app::node_parts parts_;
  actors::node_actor node_;
};

const std::vector<std::string>& undisturbed(const std::string& broker) {
  static const auto dumps = [] {
    journal_node node;
    REQUIRE(node.finish(std::chrono::seconds{60}));
    return std::map<std::string, std::vector<std::string>>{{"paper", node.dump("paper")},
                                                           {"paper2", node.dump("paper2")}};
  }();
  return dumps.at(broker);
}

bool is_prefix(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

void check_fenced(const journal_node& node, memory_journal& thief, std::uint64_t epoch, std::size_t end) {
  REQUIRE(node.isolated().size() == 1);
  CHECK(node.isolated().front().name == "paper");
  CHECK_MESSAGE(node.isolated().front().reason.find("owns this journal") != std::string::npos,
                node.isolated().front().reason);
  CHECK(node.only_failed("paper/bridge"));
  // Nothing of the stale owner after the take, and the epoch is still the thief's.
  CHECK(node.dump("paper").size() == end);
  CHECK(is_prefix(node.dump("paper"), undisturbed("paper")));
  bool accepted = false;
  thief.append(epoch, {{end + 1, "{}"}}, [&](const journal_status& status, auto) { accepted = status.ok(); });
  CHECK(accepted);
  CHECK(node.gate(0).refusal(1, 1, true) == "effect gate: another writer has taken over this broker's journal");
  CHECK(node.dump("paper2") == undisturbed("paper2"));
}

}  // namespace

TEST_CASE("promise 5: a bridge whose journal was taken stops for good and never takes it back; its neighbour goes on") {
  for (const std::size_t turns : {400U, 1000U, 3000U, 5000U}) {
    CAPTURE(turns);
    journal_node node;
    node.turns(turns);
    memory_journal thief{node.log("paper")};
    std::uint64_t epoch = 0;
    thief.open([&](const auto&, const journal_recovery& found) { epoch = found.epoch; });
    const std::size_t end = node.dump("paper").size();
    REQUIRE(end < undisturbed("paper").size());
    REQUIRE(node.finish(std::chrono::seconds{120}));
    check_fenced(node, thief, epoch, end);
  }
}

TEST_CASE("promise 5: a bridge that restarts after its journal was taken does not take it back either") {
  journal_node node;
  node.turns(3000);
  memory_journal thief{node.log("paper")};
  std::uint64_t epoch = 0;
  thief.open([&](const auto&, const journal_recovery& found) { epoch = found.epoch; });
  const std::size_t end = node.dump("paper").size();
  // The crash comes before anything that would tell it.
  fault::arm("paper.bridge.append.before", fault::action::crash, 1);
  REQUIRE(node.finish(std::chrono::seconds{120}));
  CHECK(fault::hits("paper.bridge.append.before") == 1);
  fault::disarm_all();
  check_fenced(node, thief, epoch, end);
}

TEST_CASE("a journal that hangs isolates its broker with the reason, and its neighbour's day comes out the same") {
  journal_node node{{{"journal.deadline_s", "1"}}};
  node.turns(3000);
  node.hang("paper");
  REQUIRE(node.finish(std::chrono::seconds{300}));
  REQUIRE(node.isolated().size() == 1);
  CHECK(node.isolated().front().name == "paper");
  CHECK_MESSAGE(
      node.isolated().front().reason.find("has not opened within 1000 ms (journal.deadline_s)") != std::string::npos,
      node.isolated().front().reason);
  REQUIRE(!node.failures().empty());
  CHECK_MESSAGE(node.failures().front().reason.find("durable within 1000 ms (journal.deadline_s)") != std::string::npos,
                node.failures().front().reason);
  CHECK(node.only_failed("paper/bridge"));
  CHECK(node.dump("paper2") == undisturbed("paper2"));
}

TEST_CASE("a journal that never opens isolates its broker") {
  journal_node node{{{"journal.deadline_s", "1"}}};
  node.hang("paper2");
  REQUIRE(node.finish(std::chrono::seconds{120}));
  REQUIRE(node.isolated().size() == 1);
  CHECK(node.isolated().front().name == "paper2");
  CHECK(node.isolated().front().reason.find("has not opened within 1000 ms") != std::string::npos);
  CHECK(node.dump("paper") == undisturbed("paper"));
}

TEST_CASE("the runner's journal that hangs or is taken ends the node with the reason") {
  for (const bool taken : {false, true}) {
    CAPTURE(taken);
    journal_node node{{{"journal.deadline_s", "1"}}};
    if (taken) node.turns(2000);
    memory_journal thief{node.log("_shared")};
    if (taken) {
      thief.open([](const auto&, const auto&) {});
    } else {
      node.hang("_shared");
    }
    REQUIRE(node.finish(std::chrono::seconds{300}));
    REQUIRE(!node.isolated().empty());
    CHECK(node.isolated().front().name.empty());
    const std::string expected = taken ? "owns this journal" : "the runner: the journal has not opened";
    CHECK_MESSAGE(node.isolated().front().reason.find(expected) != std::string::npos, node.isolated().front().reason);
  }
}

TEST_CASE("a call's deadline counts from the call, and ends with its answer") {
  using actors::journal_watch;
  const journal_watch::time_point start{};
  journal_watch watch{"paper", milliseconds{100}};
  watch.opening(start);
  CHECK_NOTHROW(watch.check(start + milliseconds{99}));
  CHECK_THROWS(watch.check(start + milliseconds{100}));
  watch.opened();
  watch.appended(5, start);
  watch.appended(9, start + milliseconds{50});
  CHECK_THROWS_WITH(watch.check(start + milliseconds{100}),
                    "paper: the journal has not made record 5 durable within 100 ms (journal.deadline_s); its disk "
                    "hangs or is too slow: look at the disk, or raise journal.deadline_s");
  watch.durable(8);
  CHECK_NOTHROW(watch.check(start + milliseconds{149}));
  CHECK_THROWS(watch.check(start + milliseconds{150}));
  watch.durable(9);
  watch.cutting(start);
  CHECK_THROWS(watch.check(start + milliseconds{100}));
  watch.excuse(start + milliseconds{90});  // the servers behind the journal are away: it is not late
  CHECK_NOTHROW(watch.check(start + milliseconds{189}));
  CHECK_THROWS(watch.check(start + milliseconds{190}));
  watch.cut_kept();
  CHECK_NOTHROW(watch.check(start + std::chrono::seconds{1000}));
}
