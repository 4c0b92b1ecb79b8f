#pragma once
// The simulated broker and exchange: takes, changes and cancels orders, matches them, and keeps the accounts. Pure:
// time and ticks come in from outside, updates are collected for whoever sends them. One owner, one thread.
//
// The market's clock and the wall's are two: an order's times are the market's; how old a state is for a reader (a book
// that lags) is the wall's.
#include "runtime/domain/session.hpp"
#include "tools/kite_sim/core/account.hpp"
#include "tools/kite_sim/core/order_request.hpp"
#include "tools/kite_sim/core/resting_orders.hpp"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {

struct exchange_settings {
  market_settings market;
  order_rules rules;
  margin_settings margins;
  trading_session session;
  bool refuse_funds_by_error = true;  ///< MarginException beside the REJECTED row; false: the row alone
  int most_modifications = 25;
};

/// What goes wrong with one order, on demand.
struct order_mishap {
  std::string reject;               ///< not empty: REJECTED with this message
  std::int64_t reject_seconds = 0;  ///< above 0: only after so much market time in OPEN PENDING
  std::int64_t hold_seconds = 0;    ///< stays OPEN PENDING for this much market time
  std::int64_t fill_percent = 100;  ///< of its units, at most, when it first meets the market
};

struct order_update {
  std::string user_id;
  std::string api_key;    ///< of the app that placed the order; empty: by hand
  nlohmann::json fields;  ///< the order row, as a webhook or socket carries it, without checksum
};

struct order_source {
  std::string user_id;
  std::string api_key;  ///< empty: by hand in the broker's own app
};

class exchange {
 public:
  /// Keeps a reference to `listed`.
  exchange(const listing& listed, exchange_settings settings);

  void add_account(const std::string& user_id, money cash);
  void add_holding(const std::string& user_id, instrument_id instrument, quantity units, price average);

  /// A frame of the feed. Ticks outside the session move prices but fill nothing.
  void on_frame(const frame_view& frame, timestamp wall);
  /// Market time goes on between frames. Earlier than now: nothing.
  void set_time(timestamp market, timestamp wall);

  /// The order's id. Throws kite_error; a row may be in the book all the same (funds, holdings).
  std::string place(const order_source& from, const order_request& request, const order_mishap& mishap, timestamp wall);
  struct slice {
    std::string order_id;  ///< empty: see `error`
    std::string error;
    std::string error_type;
    int error_status = 0;
  };
  /// Above the freeze quantity in pieces; the first piece's id stands for the whole.
  std::vector<slice> place_sliced(const order_source& from, order_request request, const order_mishap& mishap,
                                  timestamp wall);
  /// Throws where the request itself is wrong. What the exchange refuses of it (prices beyond the day's limits, funds,
  /// `refusal` where that says something) is seen in the order's stages: NOT MODIFIED, then as it was.
  void modify(const std::string& user_id, const std::string& order_id, const form& fields, timestamp wall,
              const std::string& refusal = {});
  void cancel(const std::string& user_id, const std::string& order_id, timestamp wall);
  [[nodiscard]] bool convert(const std::string& user_id, const conversion& wanted);

  [[nodiscard]] timestamp now() const noexcept { return now_; }
  [[nodiscard]] const market_state& market() const noexcept { return market_; }
  [[nodiscard]] const listing& listed() const noexcept { return *listed_; }
  [[nodiscard]] const exchange_settings& settings() const noexcept { return settings_; }
  [[nodiscard]] const std::deque<sim_order>& orders() const noexcept { return orders_; }
  [[nodiscard]] const std::vector<sim_trade>& trades() const noexcept { return trades_; }
  /// nullptr: none of that user with that id.
  [[nodiscard]] const sim_order* find(const std::string& user_id, const std::string& order_id) const;
  [[nodiscard]] const account& account_of(const std::string& user_id) const { return accounts_.at(user_id); }
  [[nodiscard]] const std::map<std::string, account>& accounts() const noexcept { return accounts_; }
  [[nodiscard]] funds funds_of_user(const std::string& user_id) const;
  [[nodiscard]] std::vector<order_update> take_updates();

 private:
  [[nodiscard]] sim_order& find_or_throw(const std::string& user_id, const std::string& order_id);
  order_index create(const order_source& from, const order_request& request);
  void check_session(const order_request& request) const;
  void check_stop(const order_request& request) const;
  void bind_to_band(sim_order& order, std::int64_t protection_bps);
  void check_account(order_index index, const order_mishap& mishap);
  [[nodiscard]] bool passes_account(order_index index, const order_mishap& mishap);
  [[nodiscard]] std::string refusal_of(const sim_order& order, const order_terms& next) const;
  void refuse_change(order_index index, const std::string& why);
  void reject(order_index index, const std::string& message, const std::string& raw);
  void reach_market(order_index index);
  void meet(order_index index, quantity most_units);
  void rest(order_index index);
  void unrest(order_index index);
  void apply(const std::vector<execution>& all, instrument_id instrument);
  void fill(order_index index, price at, quantity units);
  void end(order_index index, const std::string& message);
  void trigger_stops(instrument_id instrument);
  void meet_market(instrument_id instrument);
  void release_waiting();
  void end_of_session();
  void start_day(trade_date day);
  order_state& push(sim_order& order, order_stage stage);
  void tell(const sim_order& order, std::string_view status);
  [[nodiscard]] bool is_trading() const { return settings_.session.is_open(now_); }
  [[nodiscard]] std::vector<working_order> working_of(const std::string& user_id) const;
  [[nodiscard]] order_index index_of(const sim_order& order) const { return by_id_.at(order.id); }

  const listing* listed_;
  exchange_settings settings_;
  market_state market_;
  timestamp now_;
  timestamp wall_;
  trade_date day_ = 0;
  std::map<std::string, account> accounts_;
  std::deque<sim_order> orders_;
  std::unordered_map<std::string, order_index> by_id_;
  std::map<instrument_id, resting_orders> resting_;
  std::map<instrument_id, std::set<order_index>> stops_;
  std::set<order_index> live_;
  std::map<order_index, order_mishap> waiting_;  ///< OPEN PENDING or after-market, not at the exchange yet
  std::map<order_index, timestamp> wait_until_;
  std::map<order_index, std::int64_t> protection_;  ///< of SL-M that has not triggered
  std::vector<sim_trade> trades_;
  std::vector<order_update> updates_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_priority_ = 0;
};

}  // namespace bulkhead::kite_sim
