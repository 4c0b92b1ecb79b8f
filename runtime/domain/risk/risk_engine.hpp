#pragma once
// The risk rules of one broker over one state. Pure: a fold over the broker's events plus the quotes it is handed.
// One rule per file in this folder; risk_engine.cpp only orders them. Not thread-safe: one owner.
#include "runtime/domain/events.hpp"
#include "runtime/domain/risk/exposure.hpp"
#include "runtime/domain/risk/kill_latch.hpp"
#include "runtime/domain/risk/orders_per_second.hpp"
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/session.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

struct risk_limits {
  quantity max_order_quantity = 0;     ///< units an entry order may have
  money max_order_value;               ///< quantity * (limit price or last price) of an entry order
  quantity max_position_quantity = 0;  ///< |units| per instrument at this broker, open and unknown orders at worst case
  std::int64_t price_collar_bps = 0;   ///< a limit price may be this far from the last price, in 1/100 %
  std::int64_t max_orders_per_second = 0;    ///< approved orders in any sliding window (t - 1 s, t]
  std::int64_t exit_reserve_per_second = 0;  ///< of those, kept for exits: an entry may use max - reserve
};

class risk_engine {
 public:
  risk_engine(risk_limits limits, trading_session session, const instrument_table& instruments);

  /// Decides the signals of one frame in order; each decision sees the ones before it. `quotes` holds the last quote of
  /// every instrument named by a signal that has one. Returns signal_validated, signal_rejected and, ahead of an exit's
  /// own outcome, order_cancel_requested for the strategy's entry orders that still work in that instrument. A signal
  /// id that was decided before yields nothing. Everything returned is already applied to this state.
  ///
  /// Frames are decided in order and each frame's signals come whole, so a signal of a frame before the last decided
  /// one counts as decided before: only the last frame's ids are kept.
  std::vector<event_body> decide(std::span<const signal> signals, std::span<const quote> quotes, timestamp now);

  /// Folds an event made elsewhere (fills, order ends) or read back in recovery. A seq at or below the last one applied
  /// changes nothing. decide() folds its own events before they have a seq; should they come back sequenced, the signal
  /// id (decisions) and the transition table (cancel requests) make them change nothing.
  void apply(const event& e);

  [[nodiscard]] kill_mode kill() const noexcept { return kill_; }
  /// Units this strategy holds in this instrument (signed).
  [[nodiscard]] quantity held(const strategy_id& strategy, instrument_id instrument) const;

  /// Snapshot of the fold; restore() on a fresh engine gives the same decisions.
  [[nodiscard]] nlohmann::json snapshot() const;
  void restore(const nlohmann::json& state);

 private:
  [[nodiscard]] bool is_decided(feed_seq feed, const signal_id& id) const;
  void mark_decided(feed_seq feed, const signal_id& id);
  void fold(const signal_validated& v, const event& e);
  void fold(const event_body& body, const event& e);

  [[nodiscard]] event_body judge(const signal& s, const quote* last, timestamp now) const;
  [[nodiscard]] risk::verdict first_refusal(const signal& s, quantity qty, const quote* last, timestamp now) const;
  [[nodiscard]] risk::verdict entry_refusal(const signal& s, price valued_at) const;

  risk_limits limits_;
  trading_session session_;
  const instrument_table* instruments_;
  kill_mode kill_ = kill_mode::off;
  risk::exposure exposure_;
  risk::approval_window approvals_;
  std::uint64_t last_seq_ = 0;       ///< of the events applied
  feed_seq decided_feed_ = 0;        ///< the last frame with a decision
  std::set<signal_id> decided_ids_;  ///< of that frame
};

}  // namespace bulkhead
