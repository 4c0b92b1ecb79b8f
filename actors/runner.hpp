#pragma once
// Hosts the strategies: answers every frame, to every broker, with the signals for it. Its state is a fold over frames
// and over its own journal, which holds what else changed the strategies, each record at the frame that it followed.
// Operator commands take effect between two frames, once they are durable; frames that come meanwhile wait, never more
// than the feed's window. A snapshot is kept once no broker could come back for anything before it.
#include "actors/interfaces.hpp"
#include "actors/journal_watch.hpp"
#include "actors/run_counters.hpp"
#include "actors/runner_record.hpp"
#include "strategies/strategy_host.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::actors {

/// Version of the runner's snapshots.
inline constexpr std::uint32_t runner_snapshot_schema = 2;

struct runner_config {
  std::string initial_set;  ///< the strategies that this process was started with, as text
  std::string process;      ///< names this run of the process
  /// What the files say now, read on the runner's scheduler thread; throws std::exception with every finding.
  std::function<std::string()> read_set;
  /// Fresh strategies of a set; throws std::exception for one that cannot be built.
  std::function<std::vector<hosted_strategy>(const std::string& set)> build;
  std::function<std::unique_ptr<strategy_host>(std::vector<hosted_strategy>)> host;
  std::set<std::string> brokers;               ///< starts when all of them have subscribed
  std::shared_ptr<bulkhead::journal> journal;  ///< of the node: holds the runner's records and snapshots
  std::uint64_t snapshot_every_frames = 50'000;
  std::uint64_t max_retained = 65'536;  ///< signals and notices kept for one broker; beyond it that broker is given up
  std::chrono::milliseconds journal_deadline{30'000};  ///< for every call of the journal
  std::shared_ptr<runner_counters> counters = std::make_shared<runner_counters>();
  node_actor node;
};

struct runner_state {
  struct addressee {
    caf::actor who;
    feed_seq from = 1;                    ///< first frame it still wants an answer for
    feed_seq resume = 0;                  ///< it never comes back for frames up to here
    std::deque<signal> signals;           ///< sent, and after `resume`
    std::deque<strategy_notice> notices;  ///< sent; follow `resume` or a later frame: it may not have journaled them
    feed_seq refuse_through = 0;          ///< it was isolated: entries of frames up to here are to be refused
    std::map<strategy_id, std::uint64_t> shed;  ///< signals that there was no room for while it was isolated
    feed_seq shed_through = 0;                  ///< frame of the newest of them
  };
  struct snapshot {
    std::uint64_t seq = 0;  ///< last record that is in it
    feed_seq feed = 0;
    std::string body;
  };
  /// Handed to the journal, not durable yet: frames wait.
  struct append {
    std::vector<runner_record> records;
    std::optional<strategy_command> command;  ///< nullopt: quarantines of a batch whose answers wait
    std::vector<hosted_strategy> built;       ///< reload
  };
  struct set_in_force {
    std::string text;
    std::string process;  ///< run of the process that read it from the files
  };
  struct numbered_record {
    std::uint64_t seq = 0;
    runner_record record;
  };
  static constexpr std::size_t max_waiting_commands = 64;

  explicit runner_state(runner_actor::pointer self) : self(self) {}

  // runner.cpp: frames and brokers
  void begin(runner_config c);
  void subscribed(const subscribe& message);
  void take_frames(const frames& message);
  void work(const frames& message);
  void finish_work();
  void publish();
  /// A broker that is too far behind is the node's to isolate: its signals are never dropped silently.
  void give_up_overrun();
  /// Of the frames up to `published`.
  void answer(addressee& to, std::vector<signal> signals, std::vector<strategy_notice> notices) const;
  void credited(const credit& message);
  void take_snapshot();
  void keep_snapshot_if_safe();
  void check_journal();

  // runner_isolation.cpp: brokers whose subtree gave up
  void isolate(const std::string& broker);
  void readmitted(const readmit& message);
  /// A broker that was isolated subscribes again: back among the others, with what was kept for it.
  void take_back(const subscribe& message);
  void keep_for_isolated();
  /// Beyond `most` the oldest go and are counted.
  static void shed_oldest(addressee& b, std::uint64_t most);
  /// For its journal: what there was no room for.
  static void tell_shed(addressee& b, std::uint64_t most);

  // runner_recovery.cpp: from the journal to where it was
  void opened(const journal_opened& message);
  void earlier_records(const records_read& message);
  void start_if_ready();
  void start(bool from_snapshot);
  /// The set to start from, before `replay`. Files that were edited between two runs of the process win over a reload
  /// of the earlier run.
  [[nodiscard]] set_in_force first_set(const nlohmann::json* body);
  void replay_before(feed_seq frame);

  // runner_commands.cpp: what an operator asks
  void asked_for(const strategy_command& message);
  [[nodiscard]] std::string status_text() const;
  void next_command();
  void append_records(append what);
  void durable(const journal_durable& message);
  void apply(const runner_record& record, std::vector<hosted_strategy> built);

  static inline const char* name = "runner";
  runner_actor::pointer self;
  runner_config config;
  journal_watch watch{"the runner", std::chrono::milliseconds{30'000}};  ///< of config.journal_deadline from begin() on
  std::unique_ptr<strategy_host> host;
  set_in_force set;
  std::map<std::string, addressee> brokers;
  std::map<std::string, addressee> isolated;        ///< nobody waits for these
  std::map<std::string, feed_seq> refused_through;  ///< of brokers that were started again
  caf::actor feed;
  std::optional<session> epoch;
  std::optional<journal_snapshot> kept;  ///< until the start
  std::deque<journal_record> tail;       ///< until the start
  std::deque<numbered_record> replay;    ///< to be applied when their frames have come again
  std::uint64_t last_seq = 0;            ///< last record given to the journal
  std::uint64_t applied_seq = 0;         ///< last record in effect
  std::optional<append> in_flight;
  std::deque<strategy_command> commands;  ///< waiting for their turn
  std::deque<frames> held;                ///< waiting for `in_flight`
  frame_output output;                    ///< not published yet
  feed_seq published = 0;                 ///< the brokers have the whole answer up to this frame
  std::optional<snapshot> pending;
  feed_seq last_snapshot = 0;
  bool reading = false;
  bool started = false;
  bool end_seen = false;  ///< the feed has no more
  bool ended = false;     ///< and all of it is answered
};

runner_actor::behavior_type runner(runner_actor::stateful_pointer<runner_state> self, runner_config config);

}  // namespace bulkhead::actors
