#pragma once
// The sequencer of one broker: gives every event its seq, frame by frame and step by step, and is the only source of
// appends to the broker's journal. Pure: it talks to a host, which is an actor in the node and a plain loop in a
// backtest. Not thread-safe: one owner.
//
// A frame's life: market -> signals -> orders -> mark -> guard (docs/kernel.md). Each step's events are one atomic
// append and get their seq before the next step begins; only effects wait for durability. What the host delivers twice
// (frames, signals, answers) is taken once.
#include "runtime/domain/feed_monitor.hpp"
#include "runtime/domain/inbox_queue.hpp"
#include "runtime/domain/reconciler.hpp"
#include "runtime/domain/risk/kill_latch.hpp"
#include "runtime/domain/steps.hpp"
#include "runtime/domain/strategy_notice.hpp"

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// What the sequencer needs done. A host that can answer at once returns the answer; one that cannot returns nothing
/// and calls on_result, on_durable or on_placed later.
class sequencer_host {
 public:
  virtual ~sequencer_host() = default;
  virtual std::optional<step_result> request(const step_request& step) = 0;
  virtual std::optional<place_result> place(const place_request& intents) = 0;
  /// Appends to the journal; returns the durable seq where it is known at once, else 0.
  virtual std::uint64_t append(const event_list& events) = 0;
  /// Hands sequenced events to a role that did not make them.
  virtual void forward(role to, const event_list& events) = 0;
  /// A whole cut of the subtree, to be kept by the journal.
  virtual void cut(std::uint64_t seq, feed_seq feed, const std::string& body) = 0;
  /// Everything up to this frame is processed: credit for the feed and the runner.
  virtual void processed(feed_seq feed) = 0;
  /// What a command became: its events, sequenced and on their way to the journal.
  virtual void commanded(std::uint64_t ticket, const event_list& events) = 0;
  /// False: too much is on its way to the disk; no further step begins before on_durable().
  [[nodiscard]] virtual bool can_append() const { return true; }
};

struct sequencer_settings {
  money capital;
  std::int64_t mark_interval_s = 60;
  std::uint64_t snapshot_every_events = 1000;
  std::uint64_t snapshot_every_frames = 50'000;
  feed_monitor_settings monitor;
  trading_session session;
  std::optional<duration> square_off;  ///< since midnight IST: from then on the risk manager is asked about MIS
  /// A signal from outside that is older by event time, or as far ahead of it, is refused whatever the risk limits say:
  /// nobody trades yesterday's inbox.
  std::int64_t external_max_age_ms = 60'000;
  /// Of those, ids that are remembered.
  std::size_t external_most_ids = 10'000;
  /// The venue moves with the feed (paper): a tick waits for orders on their way to it.
  bool feed_clocked_venue = true;
};

/// Rule of the rejections of entries that were given while the broker was isolated.
inline constexpr std::string_view isolated_rule = "broker_isolated";
/// Of orders that were approved before their broker was isolated.
inline constexpr std::string_view isolated_reason = "broker isolated";

/// Of orders that were approved on a line of which the broker holds less than the journal says.
inline constexpr std::string_view short_line_reason = "the broker holds less of this line than the journal says";

/// Rule of the rejections of signals from outside whose id was there before.
inline constexpr std::string_view duplicate_id_rule = "duplicate_id";
/// Of those that came beyond what can be remembered: their repeats could not be told.
inline constexpr std::string_view inbox_rate_rule = "inbox_rate";

/// Version of the snapshot's JSON; a snapshot of another version is not used.
inline constexpr std::uint32_t snapshot_schema = 3;

class sequencer {
 public:
  sequencer(sequencer_settings settings, const instrument_table& instruments, sequencer_host& host);

  /// Takes up where the journal ends: the body of a cut (empty: none) at `cut_feed`, then the events after it. Call
  /// once, before anything else.
  void recover(const std::string& cut_body, std::vector<event> tail);
  /// The first frame it needs: the one after its last cut.
  [[nodiscard]] feed_seq needed_from() const noexcept { return last_offered_ + 1; }

  /// Frames in order; ones seen before are ignored; throws std::logic_error on a gap.
  /// `notices`: what was left out of these frames; journaled with the first of them that is new here.
  void offer_frames(std::shared_ptr<const frame_batch> frames, const std::vector<feed_noticed>& notices = {});
  /// The runner's whole answer for frames up to `through`, signals in order. Repeats are ignored. A notice is journaled
  /// with the frame after the one it follows. Entries of frames up to `refuse_entries_through` end as rejections (rule
  /// isolated_rule): the broker was isolated, they are too old to be acted on.
  void offer_signals(feed_seq through, std::vector<signal> signals, std::vector<strategy_notice> notices = {},
                     feed_seq refuse_entries_through = 0);
  /// Taken after the frame at hand; the host hears of it under the ticket. Not before the journal's first frame, nor
  /// after drain().
  void offer_command(std::uint64_t ticket, operator_command command);
  /// Reports of a broker with its own clock.
  void offer_updates(std::vector<broker_update> updates);
  /// What a broker with its own clock holds of our account; taken in one order with its reports.
  void offer_statement(std::shared_ptr<const account_statement> statement);
  /// For a replay: what was journaled at once after the frame at hand and follows from nothing that the log has.
  void offer_journaled(std::vector<event_body> bodies);
  /// Offers that wait for the frame at hand to end.
  [[nodiscard]] std::size_t waiting_updates() const noexcept { return updates_.size(); }

  /// From the broker's inbox, in order. Signals go with the frame after the one at hand, behind its own; a position is
  /// journaled after the frame at hand. What was offered before is ignored.
  void offer_inbox(std::vector<inbox_item> items);
  /// By partition: the next record that is wanted.
  [[nodiscard]] const inbox_positions& inbox_wanted() const noexcept { return inbox_.offered(); }
  /// Items of the inbox that wait no more, in this life: credit for whoever offers them.
  [[nodiscard]] std::uint64_t inbox_taken() const noexcept { return inbox_.taken(); }

  void on_result(step_result result);
  void on_durable(std::uint64_t seq);
  void on_placed(const place_result& result);
  /// For a replay: what the gate refused on that day, also of what it had let pass before a restart.
  void offer_refusals(const place_result& result);

  /// A role (re)started: what it needs to take up its state. The host sends it, then calls resume(role).
  [[nodiscard]] role_recovery recovery_of(role r) const;
  /// Sends again what was in flight at that role.
  void resume(role r);
  /// The role did not answer in time and was revoked: entries of its step end as rejections; the rest is sent again on
  /// resume().
  void abandon_entries(role r, std::string_view orders_reason = "step deadline");
  [[nodiscard]] const step_request* in_flight(role r) const;
  /// Names what is waited for from that role, a step or (trader) a placement; 0: nothing.
  [[nodiscard]] std::uint64_t awaited(role r) const;
  /// The kill latch as journaled: it survives every restart.
  [[nodiscard]] kill_mode kill() const noexcept { return kill_; }
  /// A statement of the account came in this life, and nothing in it was new that has to be acted on.
  [[nodiscard]] bool is_account_compared() const noexcept { return is_account_compared_; }
  /// Seq of the event that changed it last in this life; 0: none did.
  [[nodiscard]] std::uint64_t kill_changed_seq() const noexcept { return kill_changed_seq_; }
  /// Orders that were sent to the broker and have no report yet.
  [[nodiscard]] std::vector<client_order_id> at_gate() const;
  /// Orders that have not ended, and those of them of which nobody knows yet whether the broker has them.
  struct open_orders {
    std::size_t all = 0;
    std::size_t in_doubt = 0;
  };
  [[nodiscard]] open_orders open() const;

  /// Every frame is processed, and a broker with its own clock is not about to say more of an order: an answer, an end
  /// or a fate that is not known yet. A broker that moves with the feed has said all there is.
  [[nodiscard]] bool is_settled() const;

  /// After the frames offered so far: take a cut. drained() turns true when it is taken.
  void drain();
  [[nodiscard]] bool drained() const noexcept { return drained_; }

  [[nodiscard]] std::uint64_t last_seq() const noexcept { return next_seq_ - 1; }
  [[nodiscard]] std::uint64_t durable_seq() const noexcept { return durable_seq_; }
  [[nodiscard]] feed_seq last_processed() const noexcept { return done_feed_; }
  [[nodiscard]] timestamp last_ts() const noexcept { return last_ts_; }

 private:
  enum class stage : std::uint8_t { between, market, signals, orders, mark, guard };
  struct tracked_order {
    bulkhead::signal_id signal_id;
    instrument_id instrument;
    timestamp expires_at;
    bool awaiting_accept = true;  ///< submitted, no report yet
    bool is_bracketed = false;    ///< its fills need protective orders
    bool is_market = false;
    bool is_grouped = false;
    bool settles_soon = true;  ///< own clock: the venue has more to say any moment; false: it rests there
    bool is_unknown = false;   ///< its answer was lost, and no report has come since
  };
  struct unplaced {
    std::uint64_t seq = 0;
    bool sent = false;
    bool answered = false;  ///< its fate is known here and not in the journal yet
  };
  struct chain {
    std::uint64_t last_seq = 0;
    feed_seq root_feed = 0;
  };

  void pump();
  bool begin_frame();
  bool run_stage();
  bool run_market();
  bool run_signals();
  bool run_orders();
  bool run_mark();
  bool run_guard();
  void finish_frame();
  bool maybe_cut();
  bool run_input();
  bool run_venue_word();
  /// A difference that nobody explained is in the log, and the latch that it calls for is not.
  bool run_owed_latch();
  /// Orders of ours that work on a line of which the broker holds less than the journal says: cancels are owed, also of
  /// those that are found there later.
  bool run_call_back();
  /// The command at hand, where it is an operator's word on what became of an order.
  bool run_resolve();
  void judge(const account_statement& statement);

  /// Sends; true when the answer came at once and was taken.
  bool send(step_request step);
  void take(step_result result);
  step_request make_request(role to, work_kind kind) const;
  event_list sequence(std::vector<event_body> bodies, step_kind step, std::optional<role> author);
  /// What is to be journaled with the frame at hand, beside its signals.
  void take_notices();
  /// Takes the signals that raise risk out of the list; they end as rejections by that rule.
  void reject_entries(std::vector<signal>& signals, std::string_view rule);
  void take_received(std::vector<event_body>& bodies);
  /// Takes what the inbox holds into the frame's signals.
  void take_external();
  /// Not too old for that event time, nor too far ahead of it.
  [[nodiscard]] bool is_timely(const signal& s, timestamp at) const;
  /// Takes what may not be acted on out of the list: repeats, what is too old, and what is more than can be remembered.
  /// They end as rejections.
  void reject_external(std::vector<signal>& signals);
  /// Those that were approved and are such end withheld.
  void withhold(std::vector<risk_approved<order_request>>& approved, std::string_view reason,
                const std::function<bool(const order_request&)>& is_such);
  /// Exits stay.
  void withhold_entries(std::vector<risk_approved<order_request>>& approved, std::string_view reason);
  void withhold_on_short_lines(std::vector<risk_approved<order_request>>& approved);
  void stamp(event& e);
  void track(const event& e);
  void change_kill(kill_mode mode, std::uint64_t seq);
  void track_order_start(const order_request& r, std::uint64_t seq);
  void track_settling(const event_body& body);
  void add_tracked(const client_order_id& id, tracked_order o);
  void track_order_end(const client_order_id& id, feed_seq feed);
  void track_risk_due(const event& e);
  /// Forgets the chains that ended before this frame and have no order left. Not in the frame of the end: protective
  /// orders of its last fill still belong to it.
  void drop_ended_chains(feed_seq now);
  [[nodiscard]] bool is_risk_due() const;
  [[nodiscard]] bool squares_off(timestamp now) const;
  void send_durable_intents();
  /// Orders on their way to a broker with its own clock whose answer nobody waits for any more become `unknown`.
  void lose_answers(const std::function<bool(const unplaced&)>& maybe_sent);
  void take_snapshot_part(role from, std::string part);
  [[nodiscard]] std::string correlation_of(const event_body& body) const;
  [[nodiscard]] bool touches_working_order() const;
  [[nodiscard]] bool waits_for_placement() const;
  /// Of every instrument that was ever traded here, and of those that the signals at hand name.
  [[nodiscard]] std::vector<quote> wanted_quotes() const;
  [[nodiscard]] nlohmann::json own_snapshot() const;
  void restore_own(const nlohmann::json& state);
  void restore_cut(const std::string& body);

  sequencer_settings settings_;
  const instrument_table* instruments_;
  sequencer_host* host_;

  // Input queues.
  std::deque<std::shared_ptr<const frame_batch>> batches_;
  std::size_t cursor_ = 0;  ///< next frame within batches_.front()
  feed_seq last_offered_ = 0;
  std::deque<signal> signals_;
  feed_seq signals_through_ = 0;
  feed_seq refuse_entries_through_ = 0;
  std::deque<strategy_notice> runner_notices_;
  std::deque<std::pair<feed_seq, feed_noticed>> feed_notices_;  ///< by the frame that they go with
  using venue_word =
      std::variant<std::vector<broker_update>, std::shared_ptr<const account_statement>, std::vector<event_body>>;
  std::deque<venue_word> updates_;  ///< what a broker with its own clock says, in order
  std::deque<std::pair<std::uint64_t, operator_command>> commands_;  ///< by ticket
  std::vector<event_body> refused_;                                  ///< by the gate

  // The frame at work.
  stage stage_ = stage::between;
  frame_view frame_;
  std::vector<signal> frame_signals_;
  std::vector<signal_origin> frame_origins_;  ///< of the last of the frame's signals, which came from outside
  std::vector<event_body> frame_notices_;
  std::vector<signal_rejected> abandoned_;
  std::vector<order_withheld> abandoned_orders_;
  std::array<std::optional<step_request>, role_count> in_flight_;
  std::size_t waiting_ = 0;
  std::array<bool, role_count> behind_{};  ///< has not taken up its state since recover()
  std::uint64_t next_step_id_ = 1;
  bool pumping_ = false;
  bool draining_ = false;
  bool drained_ = false;

  /// What the log says of it is part of the cut. A signal may come as early as it may be late.
  inbox_queue inbox_{duration{2'000'000 * settings_.external_max_age_ms}, settings_.external_most_ids};

  feed_monitor monitor_;                 ///< a fold over frames: part of the cut
  std::vector<feed_noticed> monitored_;  ///< scratch

  // Folded from events: part of the cut.
  std::uint64_t next_seq_ = 1;
  std::uint64_t durable_seq_ = 0;
  feed_seq done_feed_ = 0;    ///< last frame whose every step is done
  timestamp last_ts_;         ///< of that frame: inputs that follow it carry it, also while the next one waits
  feed_seq resume_feed_ = 0;  ///< recovery: frame of the journal's last event
  step_kind resume_step_ = step_kind::start;
  std::vector<quote> quotes_;  ///< by instrument index; ts 0: none yet
  std::map<client_order_id, tracked_order> orders_;
  std::map<client_order_id, unplaced> unplaced_;
  std::map<client_order_id, unplaced> unmodified_;  ///< modifications that have not passed the gate yet
  std::vector<std::uint32_t> working_in_;           ///< orders by instrument index
  std::map<timestamp, std::uint32_t> expiries_;     ///< of the orders, how many each
  std::set<instrument_id> traded_;
  std::vector<risk_approved<order_request>> approved_;  ///< validated, not yet an intent
  std::unordered_map<std::string, chain> chains_;
  std::unordered_map<std::string, std::uint32_t> orders_of_;  ///< working orders by correlation
  std::map<std::string, feed_seq> ended_chains_;
  bool risk_due_ = false;        ///< the risk manager may owe orders
  feed_seq guard_due_feed_ = 0;  ///< this frame has what the guard looks at
  bool has_open_position_ = false;
  bool has_unmarked_fill_ = false;  ///< newer than the last mark
  std::int64_t last_mark_bucket_ = 0;
  feed_seq last_mark_feed_ = 0;
  std::int64_t square_off_asked_ = 0;  ///< minute; not folded: the risk manager answers the same when asked again
  kill_mode kill_ = kill_mode::off;
  std::uint64_t kill_changed_seq_ = 0;
  reconciler reconciler_;
  bool is_account_compared_ = false;
  std::string owed_latch_;  ///< why; empty: none. Never owed at a cut: inputs go first
  kill_mode owed_mode_ = kill_mode::off;
  std::uint64_t called_back_at_ = 0;  ///< changes of the ledger when cancels were asked for last; not folded
  feed_seq read_feed_ = 0;            ///< last frame that is in quotes_; behind done_feed_ while frames are read again

  // The last cut, and the events since: what a restarted role needs.
  std::array<std::string, role_count> parts_;
  std::array<std::string, role_count> new_parts_;
  std::size_t parts_missing_ = 0;  ///< of the cut that is being taken
  std::vector<event_list> tail_;
  std::uint64_t events_since_cut_ = 0;
  std::uint64_t frames_since_cut_ = 0;
};

}  // namespace bulkhead
