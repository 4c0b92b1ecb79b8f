#pragma once
// Hosts the strategies: answers every frame, to every broker, with the signals for it. Its state is a fold over frames;
// a snapshot is kept once no broker could come back for anything before it.
#include "actors/interfaces.hpp"
#include "strategies/strategy_host.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace bulkhead::actors {

struct runner_config {
  std::function<std::unique_ptr<strategy_host>()> make;  ///< fresh strategies
  std::set<std::string> brokers;                         ///< starts when all of them have subscribed
  std::shared_ptr<bulkhead::journal> journal;            ///< of the node: holds the runner's snapshots
  std::uint64_t snapshot_every_frames = 50'000;
  node_actor node;
};

struct runner_state {
  struct addressee {
    caf::actor who;
    feed_seq from = 1;            ///< first frame it still wants an answer for
    feed_seq resume = 0;          ///< it never comes back for frames up to here
    std::deque<signal> retained;  ///< sent, and after `resume`
  };
  struct snapshot {
    feed_seq feed = 0;
    std::string body;
  };

  explicit runner_state(runner_actor::pointer self) : self(self) {}
  void begin(runner_config c);
  void opened(const journal_opened& message);
  void subscribed(const subscribe& message);
  void start_if_ready();
  void take_frames(const frames& message);
  void answer(addressee& to, feed_seq through, std::vector<signal> signals);
  void credited(const credit& message);
  void take_snapshot();
  void keep_snapshot_if_safe();

  static inline const char* name = "runner";
  runner_actor::pointer self;
  runner_config config;
  std::unique_ptr<strategy_host> host;
  std::map<std::string, addressee> brokers;
  caf::actor feed;
  std::optional<session> epoch;
  std::optional<journal_snapshot> kept;
  std::optional<snapshot> pending;
  feed_seq last_snapshot = 0;
  bool started = false;
  bool ended = false;
};

runner_actor::behavior_type runner(runner_actor::stateful_pointer<runner_state> self, runner_config config);

}  // namespace bulkhead::actors
