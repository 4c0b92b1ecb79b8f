#pragma once
// One runner on CAF's deterministic scheduler; the test is its feed, its broker "paper" and its operator.
#include "actors/runner.hpp"
#include "actors/system_config.hpp"
#include "runtime/domain/orders.hpp"
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "strategies/strategy_fixture.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>

namespace bulkhead::test {

/// In on its odd ticks, out on its even ones; the quantity is the number of the tick.
class turner final : public strategy {
 public:
  explicit turner(std::function<void(int)> before) : before_(std::move(before)) {}
  void on_tick(const instrument& /*instrument*/, const tick& /*tick*/, timestamp /*ts*/,
               std::vector<intent>& out) override {
    before_(++ticks_);
    out.push_back({.action = ticks_ % 2 == 1 ? signal_action::entry : signal_action::exit, .qty = ticks_});
  }
  [[nodiscard]] nlohmann::json snapshot() const override { return {{"ticks", ticks_}}; }
  void restore(const nlohmann::json& state) override { ticks_ = state.at("ticks").get<int>(); }
  void flatten() override {}

 private:
  std::function<void(int)> before_;
  int ticks_ = 0;
};

/// What outlives a runner: the log, the files, the clock.
struct runner_world {
  std::shared_ptr<memory_log> log = std::make_shared<memory_log>("runner");
  memory_journal::mode mode = memory_journal::mode::immediate;
  std::string files = "a1 b1";    ///< a set: name and fingerprint of each strategy
  std::string initial = "a1 b1";  ///< the files when the process started
  std::string process = "first";
  std::uint64_t snapshot_every = 1'000'000;
  std::int64_t clock_ns = 0;
  int slow_tick = 0;  ///< strategy a takes 10 ms for this tick of its own; 0: none. The budget is 5 ms
};

/// One life of the runner. `from`: the first frame that the broker asks for.
class runner_rig {
 public:
  explicit runner_rig(runner_world& world, feed_seq from = 1) : world_(&world), system_(config_), self_(system_) {
    journal_ = std::make_shared<memory_journal>(world.log, world.mode);
    runner_ = system_.spawn(actors::runner, config());
    const auto me = caf::actor_cast<caf::actor>(self_);
    caf::anon_send(runner_, actors::role_up{"feed", 1, me});
    caf::anon_send(runner_, actors::subscribe{"paper", from, from - 1, me});
    run();
    journal_->release();
    run();
  }
  ~runner_rig() {
    caf::anon_send_exit(runner_, caf::exit_reason::kill);
    run();
  }
  runner_rig(const runner_rig&) = delete;
  runner_rig& operator=(const runner_rig&) = delete;

  /// Frames of one NIFTY tick each, in one message.
  void feed(feed_seq first, feed_seq last, bool end = false) {
    auto batch = std::make_shared<frame_batch>();
    for (feed_seq seq = first; seq <= last; ++seq) {
      const tick one[] = {{.instrument = nifty, .last = price{1'000'000}}};
      batch->add(seq, opening + seconds(static_cast<std::int64_t>(seq)), frame_kind::ticks, one);
    }
    caf::anon_send(runner_, actors::frames{batch, end});
    run();
  }
  void command(const std::string& what, const std::string& strategy = {}) {
    caf::anon_send(runner_, actors::strategy_command{++commands_, what, strategy_id{strategy},
                                                     caf::actor_cast<caf::actor>(self_)});
    run();
  }
  void credit(feed_seq resume) {
    caf::anon_send(runner_, actors::credit{"paper", resume, resume});
    run();
  }
  void subscribe_again(feed_seq from) {
    caf::anon_send(runner_, actors::subscribe{"paper", from, from - 1, caf::actor_cast<caf::actor>(self_)});
    run();
  }
  void release() {
    journal_->release();
    run();
  }
  /// What the broker was told since the last call: "3 a ENTRY 3", "3+0 a paused: operator".
  lines heard() { return std::exchange(heard_, {}); }
  /// "1: text" or "1! error".
  lines answers() { return std::exchange(answers_, {}); }
  /// Of every answer to a batch: up to which frame.
  std::vector<feed_seq> through() { return std::exchange(through_, {}); }
  [[nodiscard]] feed_seq asked_from() const { return asked_from_; }

 private:
  actors::runner_config config() {
    actors::runner_config c;
    c.initial_set = world_->initial;
    c.process = world_->process;
    c.read_set = [w = world_] {
      if (w->files.empty()) throw std::runtime_error("strategies/a.yaml:3: name: given nothing");
      return w->files;
    };
    c.build = [w = world_](const std::string& set) { return build(*w, set); };
    c.host = [w = world_](std::vector<hosted_strategy> all) {
      return std::make_unique<strategy_host>(std::move(all), trading_session{}, two_indices(),
                                             time_budget{[w] { return w->clock_ns; }, 5, 1});
    };
    c.brokers = {"paper"};
    c.journal = journal_;
    c.snapshot_every_frames = world_->snapshot_every;
    c.node = caf::actor_cast<actors::node_actor>(self_);
    return c;
  }

  static std::vector<hosted_strategy> build(runner_world& world, const std::string& set) {
    std::vector<hosted_strategy> all;
    for (std::size_t at = 0; at < set.size(); at += 3) {
      const std::string one = set.substr(at, 2);
      if (one[1] == '0') throw std::invalid_argument("strategy " + one + ": no such kind");
      const bool may_be_slow = one[0] == 'a';
      all.push_back({.name = strategy_id{one.substr(0, 1)},
                     .logic = std::make_unique<turner>([w = &world, may_be_slow](int n) {
                       if (may_be_slow && n == w->slow_tick) w->clock_ns += 10'000'000;
                     }),
                     .brokers = {broker_id{"paper"}},
                     .instruments = {nifty},
                     .fingerprint = one});
    }
    return all;
  }

  void run() {
    auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
    scheduler.run();
    for (bool more = true; more;) {
      self_->receive([&](const actors::frame_signals& m) { note(m); },
                     [&](const actors::subscribe& m) { asked_from_ = m.from; }, [](const actors::credit&) {},
                     [](const actors::runner_drained&) {},
                     [&](const actors::strategy_command_done& m) {
                       answers_.push_back(m.error.empty() ? fmt::format("{}: {}", m.id, m.text)
                                                          : fmt::format("{}! {}", m.id, m.error));
                     },
                     caf::after(std::chrono::seconds{0}) >> [&] { more = false; });
    }
  }

  void note(const actors::frame_signals& m) {
    through_.push_back(m.through);
    for (const signal& s : m.signals) {
      heard_.push_back(fmt::format("{} {} {} {}", s.feed, s.strategy.str(), to_string(s.action), s.qty));
    }
    for (const strategy_notice& n : m.notices) {
      heard_.push_back(fmt::format("{}+{} {} {}", n.feed, n.ordinal, n.what.strategy.str(), n.what.change));
    }
  }

  runner_world* world_;
  actors::test_system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  std::shared_ptr<memory_journal> journal_;
  actors::runner_actor runner_;
  std::uint64_t commands_ = 0;
  feed_seq asked_from_ = 0;
  lines heard_;
  lines answers_;
  std::vector<feed_seq> through_;
};

}  // namespace bulkhead::test
