#pragma once
// The risk rules of one broker over one state. Pure: a fold over the broker's events plus the quotes it is handed.
// One rule per file in this folder; risk_rules.cpp only orders them. Not thread-safe: one owner.
#include "runtime/domain/events.hpp"
#include "runtime/domain/risk/duplicate.hpp"
#include "runtime/domain/risk/exit_plan.hpp"
#include "runtime/domain/risk/exposure.hpp"
#include "runtime/domain/risk/kill_latch.hpp"
#include "runtime/domain/risk/limits.hpp"
#include "runtime/domain/risk/loss_watch.hpp"
#include "runtime/domain/risk/order_rates.hpp"
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/session.hpp"
#include "runtime/domain/steps.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// Where the orders go. Paper's venue moves with the feed: it takes what it is asked, and an exit fills or ends. A real
/// one answers when it does, refuses some, and leaves the rest of an order in its book.
struct risk_venue {
  bool has_own_clock = false;
  /// How far beyond its trigger a protective stop may trade, where the exchange takes none without a limit: 1/100 %.
  std::int64_t stop_limit_bps = 300;
  /// In a rehearsal event time may run so much faster than the venue's; 0: as fast as it can, and nothing says how long
  /// an order has rested there.
  std::int64_t pace = 1;
};

class risk_engine {
 public:
  risk_engine(risk_settings settings, trading_session session, const instrument_table& instruments,
              risk_venue venue = {});

  /// First what is owed (protective orders of brackets, safety exits, square-off), then the signals of one frame in
  /// order; each decision sees the ones before it. `quotes` holds the last quote of every instrument that has one.
  /// Returns signal_validated (one per order of a signal), signal_rejected, order_modify_requested, and
  /// order_cancel_requested: for a cancel, and ahead of an exit's own outcome. A signal id that was decided before and
  /// an obligation that was met before yield nothing. Everything returned is already applied to this state.
  ///
  /// Frames are decided in order and each frame's signals come whole, so a signal of a frame before the last decided
  /// one counts as decided before: only the last frame's ids are kept.
  std::vector<event_body> decide(std::span<const signal> signals, std::span<const quote> quotes, timestamp now,
                                 feed_seq feed);

  /// The limits on losses, drawdown and rejects in a row, after the frame's snapshot and rejections are folded:
  /// kill_latched for each that is reached and not latched yet, and order_cancel_requested for the entries it covers.
  std::vector<event_body> guard(timestamp now);

  /// kill_latched (with order_cancel_requested for the working entries it covers), kill_released,
  /// order_cancel_requested (cancel_all: of every working order, protective ones too); command_refused where there is
  /// nothing to do: an unknown or ended order, a release of what is not latched. A kill of what is latched already only
  /// changes the mode.
  std::vector<event_body> command(std::span<const operator_command> commands, timestamp now);

  /// Folds an event made elsewhere (fills, order ends, snapshots) or read back in recovery. A seq at or below the last
  /// one applied changes nothing. decide() folds its own events before they have a seq; should they come back
  /// sequenced, the client order id (approvals), the signal id (rejections) and the transition table (cancel requests)
  /// make them change nothing.
  void apply(const event& e);

  /// The broker's latch.
  [[nodiscard]] kill_mode kill() const noexcept { return kill_; }
  /// The strategy's own latch at this broker.
  [[nodiscard]] kill_mode kill(const strategy_id& strategy) const;
  /// Units this strategy holds in this instrument (signed).
  [[nodiscard]] quantity held(const strategy_id& strategy, instrument_id instrument, product of = product::mis) const;

  /// Snapshot of the fold; restore() on a fresh engine gives the same decisions.
  [[nodiscard]] nlohmann::json snapshot() const;
  /// Throws, with the state as before, on anything that snapshot() did not write.
  void restore(const nlohmann::json& state);

 private:
  /// One call from outside: what it sees and what it has said so far.
  struct round {
    timestamp now;
    feed_seq feed = 0;
    step_kind step = step_kind::signals;
    std::span<const quote> quotes{};
    std::vector<const quote*> by_instrument{};  ///< made at the first look
    std::vector<event_body> bodies{};
  };
  /// What is kept of a strategy beside its positions and orders.
  struct strategy_state {
    kill_mode kill = kill_mode::off;
    risk::approval_window approvals;
    risk::loss_watch watch;
  };
  /// A signal as the rules see it.
  struct proposal {
    const signal& s;
    quantity qty = 0;                              ///< exits: as planned
    std::int64_t orders = 1;                       ///< that approve it
    const risk::working_order* changes = nullptr;  ///< modify: this order; null: a new one
  };
  struct scope;   ///< the broker, or the strategy alone
  struct folder;  ///< one overload per type of event

  // decide (risk_engine.cpp)
  void emit(round& r, event_body body);
  void emit_cancels(round& r, const std::vector<client_order_id>& ids, const std::string& reason);
  void approve(round& r, order_request request);
  void approve_exit(round& r, const risk::exit_plan& plan, order_request base, const std::string& reason);
  void reject(round& r, const signal& s, risk::refusal refusal);
  void decide_signal(round& r, const signal& s);
  void decide_entry(round& r, const signal& s);
  void decide_exit(round& r, const signal& s);
  void decide_cancel(round& r, const signal& s);
  void decide_modify(round& r, const signal& s);
  [[nodiscard]] const quote* find_quote(round& r, instrument_id instrument) const;
  [[nodiscard]] bool is_decided(feed_seq feed, const signal_id& id) const;
  void mark_decided(feed_seq feed, const signal_id& id);

  // obligations (risk_obligations.cpp)
  void make_brackets(round& r);
  void make_safeties(round& r);
  void make_way(round& r);
  void call_back_resting(round& r);
  void make_replacements(round& r);
  void replace_exit(round& r, const risk::owed_replacement& owed);
  void set_stop(order_request& stop, price trigger) const;
  /// Since midnight: a special session's square-off is as long before its close as the usual one.
  [[nodiscard]] std::optional<duration> square_off_on(trade_date date) const;
  void make_square_off(round& r);
  void square_off(round& r, const strategy_id& strategy, instrument_id instrument);
  [[nodiscard]] order_request protective_order(round& r, const risk::order_group& g, std::uint32_t leg) const;
  [[nodiscard]] price reference_price(round& r, instrument_id instrument) const;

  // rules (risk_rules.cpp)
  [[nodiscard]] risk::verdict first_refusal(const proposal& p, const quote* last, timestamp now) const;
  [[nodiscard]] risk::verdict permission_refusal(const proposal& p, const quote* last, timestamp now) const;
  [[nodiscard]] risk::verdict price_refusal(const proposal& p, const quote* last, timestamp now) const;
  [[nodiscard]] risk::verdict form_refusal(const proposal& p, price last) const;
  [[nodiscard]] risk::verdict size_refusal(const proposal& p, price last, timestamp now) const;
  [[nodiscard]] risk::verdict pace_refusal(const proposal& p, price last, timestamp now) const;
  [[nodiscard]] std::vector<scope> scopes_of(const signal& s) const;
  [[nodiscard]] const strategy_state* find_strategy(const strategy_id& strategy) const;

  // guard and commands (risk_guard.cpp)
  void latch(round& r, kill_latched k);
  void guard_scope(round& r, const strategy_id& strategy);
  void obey(round& r, const operator_command& c);
  void cancel_order(round& r, const operator_command& c);
  void cancel_all(round& r, const operator_command& c);
  [[nodiscard]] kill_mode latch_of(const strategy_id& strategy) const;

  // fold (risk_fold.cpp)
  void fold(const event_body& body, const event& e);
  void fold_approval(const order_request& request, const event& e);
  void fold_rejection(const order_rejected& rejected, const event& e);
  void fold_refused_exit(const order_request& exit, bool was_called_back, timestamp ts);
  void fold_end(const client_order_id& id, timestamp ts);
  void fold_cancel_request(const order_cancel_requested& c);
  void fold_fill(const order_filled& f);
  void fold_snapshot(const portfolio_snapshot& s, timestamp ts);
  void count_approval(const strategy_id& strategy, timestamp ts);

  // snapshot (risk_snapshot.cpp)
  void restore_strategies(const nlohmann::json& state);
  void restore_approvals();

  risk_settings settings_;  ///< instruments sorted
  trading_session session_;
  const instrument_table* instruments_;
  risk_venue venue_;
  kill_mode kill_ = kill_mode::off;
  money equity_;  ///< at the last snapshot; before the first the capital
  risk::loss_watch watch_;
  risk::approval_window approvals_;
  std::map<strategy_id, strategy_state> strategies_;
  risk::exposure exposure_;
  risk::recent_entries recent_;
  std::int64_t squared_minute_ = 0;                          ///< of the last square-off order
  std::set<std::pair<strategy_id, instrument_id>> squared_;  ///< that had one in that minute
  std::uint64_t last_seq_ = 0;                               ///< of the events applied
  feed_seq decided_feed_ = 0;                                ///< the last frame with a decision
  std::set<signal_id> decided_ids_;                          ///< of that frame
  /// Cancels and modifications answered in the last frame that had one. Not part of the fold: their events do not name
  /// the signal. A step's events are journaled whole, so nobody is asked again after a recovery.
  feed_seq answered_feed_ = 0;
  std::set<signal_id> answered_ids_;
};

}  // namespace bulkhead
