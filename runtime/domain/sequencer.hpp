#pragma once
// The sequencer of one broker: gives every event its seq, frame by frame and step by step, and is the only source of
// appends to the broker's journal. Pure: it talks to a host, which is an actor in the node and a plain loop in a
// backtest. Not thread-safe: one owner.
//
// A frame's life: market -> signals -> orders -> mark (docs/kernel.md). Each step's events are one atomic append and
// get their seq before the next step begins; only effects wait for durability. What the host delivers twice (frames,
// signals, answers) is taken once.
#include "runtime/domain/risk/kill_latch.hpp"
#include "runtime/domain/steps.hpp"

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
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
  /// False: too much is on its way to the disk; no further step begins before on_durable().
  [[nodiscard]] virtual bool can_append() const { return true; }
};

struct sequencer_settings {
  money capital;
  std::int64_t mark_interval_s = 60;
  std::uint64_t snapshot_every_events = 1000;
  std::uint64_t snapshot_every_frames = 50'000;
  bool feed_clocked_venue =
      true;  ///< the venue moves with the feed (paper): a tick waits for orders on their way to it
};

/// Version of the snapshot's JSON; a snapshot of another version is not used.
inline constexpr std::uint32_t snapshot_schema = 1;

class sequencer {
 public:
  sequencer(sequencer_settings settings, const instrument_table& instruments, sequencer_host& host);

  /// Takes up where the journal ends: the body of a cut (empty: none) at `cut_feed`, then the events after it. Call
  /// once, before anything else.
  void recover(const std::string& cut_body, std::vector<event> tail);
  /// The first frame it needs: the one after its last cut.
  [[nodiscard]] feed_seq needed_from() const noexcept { return last_offered_ + 1; }

  /// Frames in order; ones seen before are ignored; throws std::logic_error on a gap.
  void offer_frames(std::shared_ptr<const frame_batch> frames);
  /// The runner's whole answer for frames up to `through`, signals in order. Repeats are ignored.
  void offer_signals(feed_seq through, std::vector<signal> signals);
  /// Reports of a broker with its own clock.
  void offer_updates(std::vector<broker_update> updates);

  void on_result(step_result result);
  void on_durable(std::uint64_t seq);
  void on_placed(const place_result& result);

  /// A role (re)started: what it needs to take up its state. The host sends it, then calls resume(role).
  [[nodiscard]] role_recovery recovery_of(role r) const;
  /// Sends again what was in flight at that role.
  void resume(role r);
  /// The role did not answer in time and was revoked: entries of its step end as rejections; the rest is sent again on
  /// resume().
  void abandon_entries(role r);
  [[nodiscard]] const step_request* in_flight(role r) const;
  /// Names what is waited for from that role, a step or (trader) a placement; 0: nothing.
  [[nodiscard]] std::uint64_t awaited(role r) const;
  /// The kill latch as journaled: it survives every restart.
  [[nodiscard]] kill_mode kill() const noexcept { return kill_; }

  /// After the frames offered so far: take a cut. drained() turns true when it is taken.
  void drain();
  [[nodiscard]] bool drained() const noexcept { return drained_; }

  [[nodiscard]] std::uint64_t last_seq() const noexcept { return next_seq_ - 1; }
  [[nodiscard]] std::uint64_t durable_seq() const noexcept { return durable_seq_; }
  [[nodiscard]] feed_seq last_processed() const noexcept { return done_feed_; }
  [[nodiscard]] timestamp last_ts() const noexcept { return last_ts_; }

 private:
  enum class stage : std::uint8_t { between, market, signals, orders, mark };
  struct tracked_order {
    bulkhead::signal_id signal_id;
    instrument_id instrument;
    timestamp expires_at;
    bool awaiting_accept = true;  ///< submitted, no report yet
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
  void finish_frame();
  bool maybe_cut();
  bool run_input();

  /// Sends; true when the answer came at once and was taken.
  bool send(step_request step);
  void take(step_result result);
  step_request make_request(role to, work_kind kind) const;
  void sequence(std::vector<event_body> bodies, step_kind step, std::optional<role> author);
  void stamp(event& e);
  void track(const event& e);
  void track_order_end(const client_order_id& id);
  void drop_chain(const std::string& correlation) { chains_.erase(correlation); }
  void send_durable_intents();
  /// Orders on their way to a broker with its own clock whose answer nobody waits for any more become `unknown`.
  void lose_answers(const std::function<bool(const unplaced&)>& maybe_sent);
  void take_snapshot_part(role from, std::string part);
  [[nodiscard]] std::string correlation_of(const event_body& body) const;
  [[nodiscard]] bool touches_working_order() const;
  [[nodiscard]] bool waits_for_placement() const;
  [[nodiscard]] std::vector<quote> all_quotes() const;
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
  std::deque<std::vector<broker_update>> updates_;
  std::vector<order_rejected> refused_;

  // The frame at work.
  stage stage_ = stage::between;
  frame_view frame_;
  std::vector<signal> frame_signals_;
  std::vector<signal_rejected> abandoned_;
  std::vector<order_withheld> abandoned_orders_;
  std::array<std::optional<step_request>, role_count> in_flight_;
  std::size_t waiting_ = 0;
  std::array<bool, role_count> behind_{};  ///< has not taken up its state since recover()
  std::uint64_t next_step_id_ = 1;
  bool pumping_ = false;
  bool draining_ = false;
  bool drained_ = false;

  // Folded from events: part of the cut.
  std::uint64_t next_seq_ = 1;
  std::uint64_t durable_seq_ = 0;
  feed_seq done_feed_ = 0;  ///< last frame whose every step is done
  timestamp last_ts_;
  feed_seq resume_feed_ = 0;  ///< recovery: frame of the journal's last event
  step_kind resume_step_ = step_kind::start;
  std::vector<quote> quotes_;  ///< by instrument index; ts 0: none yet
  std::map<client_order_id, tracked_order> orders_;
  std::map<client_order_id, unplaced> unplaced_;
  std::vector<risk_approved<order_request>> approved_;  ///< validated, not yet an intent
  std::unordered_map<std::string, chain> chains_;
  bool has_open_position_ = false;
  std::int64_t last_mark_bucket_ = 0;
  feed_seq last_fill_feed_ = 0;
  feed_seq last_mark_feed_ = 0;
  kill_mode kill_ = kill_mode::off;
  feed_seq read_feed_ = 0;  ///< last frame that is in quotes_; behind done_feed_ while frames are read again

  // The last cut, and the events since: what a restarted role needs.
  std::array<std::string, role_count> parts_;
  std::array<std::string, role_count> new_parts_;
  std::size_t parts_missing_ = 0;  ///< of the cut that is being taken
  std::vector<event_list> tail_;
  std::uint64_t events_since_cut_ = 0;
  std::uint64_t frames_since_cut_ = 0;
};

}  // namespace bulkhead
