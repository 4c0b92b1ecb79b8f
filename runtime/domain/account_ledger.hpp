#pragma once
// What is ours in the broker's account, as the journal says: orders with what they filled, and net positions over all
// strategies. A fold over the broker's events, in the terms in which a broker's book can be compared with it. Pure.
#include "runtime/domain/events.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// A line of the account: symbol and product, as both sides write them.
using account_line = std::pair<std::string, std::string>;

struct ledger_order {
  account_line line;
  bulkhead::side side = bulkhead::side::buy;
  order_status status = order_status::submitted;
  bulkhead::broker_order_id broker_order_id;  ///< empty: not known
  quantity qty = 0;
  quantity filled = 0;
  money value;  ///< of what is filled, at its prices
  timestamp expires_at;
  bool is_cancel_asked = false;  ///< also of one of unknown fate, which keeps the wish until it is found
};

/// An ended order is remembered for two days after its session: a broker's book holds one.
class account_ledger {
 public:
  explicit account_ledger(const instrument_table& instruments) : instruments_(&instruments) {}

  void apply(const event& e);

  [[nodiscard]] const std::map<client_order_id, ledger_order>& orders() const noexcept { return orders_; }
  /// nullptr: never ours, or forgotten.
  [[nodiscard]] const ledger_order* find(const client_order_id& id) const;
  /// Net over all strategies, signed; lines that are flat are left out.
  [[nodiscard]] const std::map<account_line, quantity>& held() const noexcept { return held_; }
  /// Grows with every event that changes what is ours.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }

  [[nodiscard]] nlohmann::json snapshot() const;
  /// Throws on anything that snapshot() did not write.
  void restore(const nlohmann::json& state);

 private:
  void advance(const client_order_id& id, order_trigger trigger);
  void fill(const order_filled& f);
  void forget(timestamp now);

  const instrument_table* instruments_;
  std::map<client_order_id, ledger_order> orders_;
  std::map<account_line, quantity> held_;
  std::uint64_t changes_ = 0;
  timestamp forgotten_at_;  ///< when forget() looked last
};

}  // namespace bulkhead
