#pragma once
// The trader's book of orders at one broker: turns approved requests into intents and the broker's reports into order
// events, by the one transition table. Pure; a fold over the broker's events. Not thread-safe: one owner.
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runtime/domain/events.hpp"

namespace bulkhead {

/// What a broker reports about an order. Reports may be repeated or come out of order.
struct broker_update {
  enum class kind : std::uint8_t { accepted, filled, cancelled, expired, rejected, answer_lost };
  kind what = kind::accepted;
  bulkhead::client_order_id client_order_id;
  bulkhead::broker_order_id broker_order_id;  ///< accepted
  bulkhead::fill_id fill_id;                  ///< filled
  quantity qty = 0;                           ///< filled
  bulkhead::price price;                      ///< filled
  std::string reason;                         ///< cancelled, rejected, answer_lost
};

class order_manager {
 public:
  struct settings {
    bool placing_enabled = false;  ///< trading.<broker>.enabled
    charge_schedule charges;
  };

  order_manager(settings s, const instrument_table& instruments);

  /// One order_submitted (or order_withheld where placing is off) per approval; an id already known yields nothing.
  std::vector<event_body> submit(std::span<const risk_approved<order_request>> approved, timestamp now, feed_seq feed);

  /// order_accepted, order_filled (with its charges at `now`'s date), order_cancelled, order_expired, order_rejected,
  /// order_unknown; broker_update_refused where the table forbids it. A fill id seen before yields nothing.
  std::vector<event_body> on_updates(std::span<const broker_update> updates, timestamp now);

  /// Folds an event made by another role (order_cancel_requested) or read back in recovery.
  void apply(const event& e);

  [[nodiscard]] const order* find(const client_order_id& id) const;
  /// Orders that are not terminal, by client order id.
  [[nodiscard]] std::vector<const order*> live() const;

  [[nodiscard]] nlohmann::json snapshot() const;
  void restore(const nlohmann::json& state);

 private:
  settings settings_;
  const instrument_table* instruments_;
  // the implementer of this class adds its state here
};

}  // namespace bulkhead
