#pragma once
// The trader's book of orders at one broker: turns approved requests into intents and the broker's reports into order
// events, by the one transition table. Pure; a fold over the broker's events. Not thread-safe: one owner.
#include "runtime/domain/events.hpp"

#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// What a broker reports about an order. Reports may be repeated or come out of order.
struct broker_update {
  enum class kind : std::uint8_t {
    accepted,
    triggered,
    filled,
    modified,
    modify_rejected,
    cancelled,
    expired,
    rejected,
    answer_lost
  };
  kind what = kind::accepted;
  bulkhead::client_order_id client_order_id;
  bulkhead::broker_order_id broker_order_id;  ///< accepted
  bulkhead::fill_id fill_id;                  ///< filled
  quantity qty = 0;                           ///< filled: of this fill alone
  bulkhead::price price;                      ///< filled
  order_terms terms;                          ///< modified
  std::string reason;                         ///< modified, modify_rejected, cancelled, rejected, answer_lost
  bool never_sent = false;                    ///< rejected: it never left this machine
};

/// Memory: an order stays known, with the ids of its fills, until it is terminal and event time has passed its
/// `expires_at` by `remembered_after_expiry`; so the bound is what risk lets through in about two days. A report about
/// an order forgotten after that is refused as one about an unknown order: never applied a second time. An id forgotten
/// after that cannot be placed a second time either, because submit() places nothing past its `expires_at`.
class order_manager {
 public:
  struct settings {
    bool placing_enabled = false;  ///< trading.<broker>.enabled
    charge_schedule charges;
  };
  static constexpr duration remembered_after_expiry = seconds(24 * 3600);

  order_manager(settings s, const instrument_table& instruments);

  /// One order_submitted per approval; order_withheld where placing is off or the order's day is already over. An id
  /// already known, withheld ones too, yields nothing. Everything returned is already applied to this state.
  std::vector<event_body> submit(std::span<const risk_approved<order_request>> approved, timestamp now, feed_seq feed);

  /// order_accepted, order_triggered, order_filled (with its charges at `now`'s date), order_modified,
  /// order_modify_rejected, order_cancelled, order_expired, order_rejected, order_unknown; broker_update_refused for
  /// what the table forbids, an unknown order, an overfill, an impossible quantity or price, an id that contradicts an
  /// earlier one. A report of what is already known yields nothing: a fill id of that order seen before, the same
  /// acceptance, the same end. A broker client reports an order's fills before its end: a fill after the end is
  /// refused, and the journal keeps it for reconciliation. Everything returned is already applied to this state.
  std::vector<event_body> on_updates(std::span<const broker_update> updates, timestamp now);

  /// Folds an event made by another role (order_cancel_requested) or read back in recovery. What the table forbids,
  /// what is known already and what concerns no order changes nothing.
  void apply(const event& e);

  /// nullptr: never submitted here (withheld ones too), or forgotten. Valid until the next call that changes the state.
  [[nodiscard]] const order* find(const client_order_id& id) const;
  /// Orders that are not terminal, by client order id.
  [[nodiscard]] std::vector<const order*> live() const;
  /// Those that are, and are not forgotten yet.
  [[nodiscard]] std::vector<const order*> ended() const;

  /// The whole state, settings apart; restore() of it on a fresh manager gives the same state.
  [[nodiscard]] nlohmann::json snapshot() const;
  /// snapshot() as text. An ended order is written once and its text kept, so that the thousands of a busy day do not
  /// make each cut slower than the one before.
  [[nodiscard]] std::string snapshot_text() const;
  /// Throws codec_error on anything that snapshot() did not write; the state is then as before.
  void restore(const nlohmann::json& state);

 private:
  struct entry {
    order state;
    std::vector<fill_id> fills;
    mutable std::string ended_text;  ///< of an ended order that was in a snapshot: nothing changes it any more
  };
  using book = std::map<client_order_id, entry>;
  static constexpr timestamp never{std::numeric_limits<std::int64_t>::max()};

  [[nodiscard]] std::optional<event_body> judge(const broker_update& u, timestamp now) const;
  [[nodiscard]] event_body event_of(const order& o, const broker_update& u, timestamp now) const;

  /// The only place that changes the state for an event: live, recovery and replay fold the same way.
  void fold(const event_body& body, timestamp now, feed_seq feed);
  void open_order(const order_request& request, timestamp now, feed_seq feed);
  void accept(const order_accepted& e);
  void add_fill(const order_filled& fill, trade_date date);
  /// A cancel or a modification is on its way to the broker.
  void ask_change(const client_order_id& id, std::optional<order_terms> terms, timestamp now, feed_seq feed);
  void settle_change(const client_order_id& id, const order_terms* agreed);
  [[nodiscard]] bool is_first_delivery_sale(const order_request& r, trade_date date) const;
  void advance(const client_order_id& id, order_trigger trigger);
  void advance(book::iterator it, order_status to);
  void forget(timestamp now);

  settings settings_;
  const instrument_table* instruments_;
  std::uint64_t submitted_count_ = 0;
  book live_;
  book ended_;
  std::map<client_order_id, timestamp> withheld_;            ///< until when the id stays known
  std::unordered_map<fill_id, client_order_id> fill_owner_;  ///< of every order known
  std::map<instrument_id, trade_date> delivery_sold_;        ///< date of the newest CNC sell: the DP charge is per day
  timestamp forget_due_ = never;                             ///< nothing can be forgotten before
};

}  // namespace bulkhead
