#pragma once
// What a broker's journal says, folded for people: its orders and their lives, fills and what they did, positions,
// latches, what each strategy did. Apart from the roles' own folds on purpose: `journal verify` compares the two.
#include "runtime/domain/events.hpp"
#include "runtime/domain/portfolio.hpp"
#include "tools/app/account_words.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace bulkhead::app {

/// One order, or an approval that was withheld and never became one.
struct order_life {
  order_request request;  ///< on its terms of now
  timestamp submitted_at;
  std::uint64_t submitted_seq = 0;
  order_status status = order_status::submitted;
  bool withheld = false;
  bulkhead::broker_order_id broker_order_id;
  std::string reason;  ///< of its end, as told by who ended it
  quantity filled = 0;
  money filled_value;
  charge_breakdown charges;
  bool triggered = false;

  [[nodiscard]] bool works() const { return !withheld && !is_terminal(status); }
  /// "withheld", or the status.
  [[nodiscard]] std::string_view state() const { return withheld ? "withheld" : to_string(status); }
};

/// A fill and what it did to the position of its strategy, instrument and product.
struct fill_effect {
  order_filled fill;
  std::uint64_t seq = 0;
  timestamp ts;
  quantity before = 0;
  quantity after = 0;
  money realised;  ///< by this fill, gross of charges
};

struct position_line {
  strategy_id strategy;
  instrument_id instrument;
  bulkhead::product product = bulkhead::product::mis;
  position held;
  price last;  ///< newest fill or snapshot

  [[nodiscard]] money unrealised() const { return last * held.qty - held.cost; }
  [[nodiscard]] money net() const { return held.realised + unrealised() - held.charges; }
};

struct latch_state {
  std::string mode = "off";  ///< "off", "reduce-only", "halt"
  std::string cause;
  std::string reason;
  timestamp since;
};

struct strategy_history {
  std::uint64_t signals = 0;
  std::uint64_t rejected = 0;
  std::uint64_t orders = 0;
  std::uint64_t fills = 0;
  money net;
  std::optional<strategy_changed> changed;  ///< the last thing that happened to it in the runner
};

struct money_totals {
  money realised;
  money unrealised;
  money charges;
  [[nodiscard]] money net() const { return realised + unrealised - charges; }
};

class broker_history {
 public:
  /// `instruments` outlives it.
  explicit broker_history(const instrument_table& instruments) : instruments_(&instruments) {}

  void add(const event& e);

  [[nodiscard]] const order_life* find(const client_order_id& id) const;
  /// Orders whose id begins so, in order of submission.
  [[nodiscard]] std::vector<const order_life*> matching(std::string_view prefix) const;
  [[nodiscard]] std::size_t working() const;
  [[nodiscard]] latch_state latch(const strategy_id& strategy = {}) const;
  [[nodiscard]] std::vector<position_line> positions() const;
  [[nodiscard]] money_totals totals() const;
  [[nodiscard]] std::map<std::string, strategy_history> strategies() const;
  [[nodiscard]] const instrument_table& instruments() const noexcept { return *instruments_; }

  std::vector<order_life> orders;  ///< in order of submission
  std::vector<fill_effect> fills;
  std::map<std::string, latch_state> latches;        ///< by strategy; "": the broker
  std::map<std::string, std::uint64_t> rejected_by;  ///< rule -> signals
  std::uint64_t signals = 0;
  std::uint64_t rejected = 0;
  std::uint64_t withheld = 0;
  money capital;
  money cash;
  std::optional<portfolio_snapshot> snapshot;  ///< the newest
  timestamp snapshot_at;
  std::uint64_t snapshot_seq = 0;
  account_words account;  ///< what the broker's own book says; silent for a broker that moves with the feed
  timestamp first_at;
  timestamp last_at;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  feed_seq last_feed = 0;

 private:
  using position_key = std::tuple<std::string, std::string, product>;  ///< strategy, instrument key
  struct folder;

  void fill(const order_filled& f, const event& e);
  void open(const order_request& r, const event& e, bool withheld);
  void take(const portfolio_snapshot& p, const event& e);
  [[nodiscard]] order_life* order(const client_order_id& id);

  const instrument_table* instruments_;
  std::map<client_order_id, std::size_t> index_;
  std::map<client_order_id, order_request> approved_;  ///< not yet an intent
  std::map<position_key, position_line> positions_;
  std::set<fill_id> known_fills_;
  std::map<std::string, strategy_history> strategies_;
};

}  // namespace bulkhead::app
