#pragma once
// The bridge of one broker hosts its sequencer: joins frames with signals, drives the roles step by step, appends to
// the journal and tells the effect gate what is durable. All logic is in runtime/domain/sequencer.hpp; this actor
// carries messages. It starts by opening the journal: whatever happened before, it takes up where the journal ends.
#include "actors/interfaces.hpp"
#include "actors/journal_watch.hpp"
#include "actors/kept_events.hpp"
#include "actors/run_counters.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/domain/sequencer.hpp"
#include "runtime/roles/effect_gate.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace bulkhead::actors {

/// How long the end of a run waits for a broker with its own clock, so that what it did is in the journal.
struct settle_times {
  /// Without news for so long, orders that the broker has are taken for resting: they stay with it.
  std::chrono::milliseconds quiet{0};
  /// For orders of which nobody knows whether the broker has them; then they stay in doubt.
  std::chrono::milliseconds doubt{0};
};

struct bridge_config {
  broker_id broker;
  incarnation number = 0;
  sequencer_settings sequencer;
  std::shared_ptr<const instrument_table> instruments;
  std::shared_ptr<bulkhead::journal> journal;
  std::shared_ptr<effect_gate> gate;
  std::shared_ptr<broker_counters> counters;
  std::shared_ptr<kept_events> kept = std::make_shared<kept_events>();  ///< of every incarnation in this process
  std::uint64_t max_undurable = 32'768;  ///< events on their way to the disk; beyond it the feed gets no credit
  std::chrono::milliseconds step_deadline{5000};
  std::chrono::milliseconds journal_deadline{30'000};  ///< for every call of the journal
  settle_times settle;
  supervisor_actor supervisor;  ///< to revoke a role that does not answer
  node_actor node;
};

/// Hosts the sequencer: its calls become messages.
class bridge_host final : public sequencer_host {
 public:
  bridge_host(bridge_actor::pointer self, bridge_config config);

  std::optional<step_result> request(const step_request& step) override;
  std::optional<place_result> place(const place_request& intents) override;
  std::uint64_t append(const event_list& events) override;
  void forward(role to, const event_list& events) override;
  void cut(std::uint64_t seq, feed_seq feed, const std::string& body) override;
  void processed(feed_seq feed) override;
  void commanded(std::uint64_t ticket, const event_list& events) override;
  [[nodiscard]] bool can_append() const override;

  void open_journal();
  void opened(const journal_opened& message);
  void role_changed(const role_up& up);
  void durable(const journal_durable& message);
  void cut_kept(const cut_written& message);
  void take_frames(const frames& message);
  void take_signals(const frame_signals& message);
  void take_result(const work_done& message);
  void take_placed(const place_done& message);
  void take_reports(const venue_reports& message);
  void take_statement(const account_stated& message);
  void take_inbox(const inbox_items& message);
  void take_command(const operate& message);
  void tell_status(const ask_status& message);
  void check_deadlines();

 private:
  struct peer {
    role_actor handle;
    incarnation number = 0;
    std::uint64_t watched_step = 0;  ///< in flight when last looked at
    caf::actor_clock::time_point watched_since{};
  };
  void start_session(role r);
  void subscribe_to(const caf::actor& source, feed_seq from);
  void open_inbox();
  /// Throws unless the journal's call succeeded; a journal that was taken closes the gate.
  void succeed(const journal_status& status);
  /// Those who read the journal behind it: it is durable up to here.
  void tell_followers(std::uint64_t durable);
  /// Closes the gate as far as the journal's latch asks. Opening waits until the release is durable.
  void close_gate();
  void answer_commands();
  /// Drains once the frames are processed and the broker has said what became of the orders, or will not in time.
  void settle();
  void check_after(std::chrono::milliseconds delay);
  void after_handler();
  [[nodiscard]] bool current(session in, incarnation by, role from) const;
  peer& at(role r) { return peers_[static_cast<std::size_t>(r)]; }

  bridge_actor::pointer self_;
  bridge_config config_;
  std::string scope_;
  event_codec codec_;
  std::optional<sequencer> sequencer_;
  session session_ = 0;  ///< 0: the journal is not open yet
  std::array<peer, role_count> peers_;
  caf::actor feed_;
  caf::actor runner_;
  caf::actor projector_;
  caf::actor publisher_;
  caf::actor inbox_;
  std::uint64_t inbox_base_ = 0;  ///< taken when this inbox was opened
  std::uint64_t inbox_told_ = 0;  ///< taken as the inbox knows
  feed_seq processed_ = 0;
  feed_seq credited_ = 0;
  feed_seq resume_ = 0;  ///< frames up to here are durable with everything they caused
  feed_seq credited_resume_ = 0;
  std::deque<std::pair<std::uint64_t, feed_seq>> appended_;  ///< seq -> the frame that it makes whole, until durable
  struct asked_command {
    std::uint64_t asked_as = 0;  ///< the asker's ticket
    caf::actor who;
    event_list events;           ///< null: not taken yet
    std::uint64_t last_seq = 0;  ///< answered when this is durable
  };
  std::map<std::uint64_t, asked_command> asked_;  ///< by our own ticket
  std::uint64_t next_ticket_ = 1;
  bool cut_pending_ = false;
  std::uint64_t cut_seq_ = 0;  ///< of the newest cut that was handed over
  journal_watch watch_;
  bool ended_ = false;
  bool is_draining_ = false;
  std::optional<caf::actor_clock::time_point> settling_since_;  ///< the last frame is processed, and orders are open
  caf::actor_clock::time_point last_news_{};                    ///< of the venue
  caf::actor_clock::time_point next_check_{};
  bool reported_ = false;
};

struct bridge_state {
  std::unique_ptr<bridge_host> host;
  const char* name = "bridge";
};

bridge_actor::behavior_type bridge(bridge_actor::stateful_pointer<bridge_state> self, bridge_config config);

}  // namespace bulkhead::actors
