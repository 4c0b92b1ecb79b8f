#pragma once
// Cash, positions and P&L of one broker, and within it of each strategy: a fold over unique fills. Pure; one owner.
#include "runtime/domain/events.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// Average-cost position. Invariants: qty == 0 implies cost == 0; cost has the sign of qty.
struct position {
  quantity qty = 0;  ///< signed
  money cost;        ///< signed value paid (long) or received (short, negative) for what is open
  money realised;    ///< gross of charges
  money charges;

  /// Closing part first: cost leaves in proportion, rounded half away from zero to 1/10000 rupee, the last unit takes
  /// the rest; what is left of the fill opens at its price.
  void fill(side s, quantity qty, price p);
};

class portfolio {
 public:
  explicit portfolio(const instrument_table& instruments);

  /// account_opened, order_filled (once per fill id). Ignores everything else, and every seq at or below the last one
  /// applied. Fill ids are kept for the newest two dates that had fills: a broker's trade book spans a day, and what is
  /// older can come again only under its old seq.
  void apply(const event& e);

  /// A portfolio_snapshot with open positions at their quote, or at their last known price where none is given.
  [[nodiscard]] portfolio_snapshot mark(std::span<const quote> quotes) const;

  [[nodiscard]] money cash() const noexcept { return cash_; }
  [[nodiscard]] money capital() const noexcept { return capital_; }
  [[nodiscard]] const position* find(const strategy_id& strategy, instrument_id instrument) const;

  [[nodiscard]] nlohmann::json snapshot() const;
  void restore(const nlohmann::json& state);

 private:
  const instrument_table* instruments_;
  money capital_;
  money cash_;
  void fold(const order_filled& f, timestamp ts);
  [[nodiscard]] bool is_known(const fill_id& id) const;
  void remember(const fill_id& id, trade_date date);

  struct holding {
    instrument_id instrument;
    position pos;
  };
  std::uint64_t last_seq_ = 0;
  std::map<std::pair<strategy_id, std::string>, holding> holdings_;  ///< by (strategy, instrument key)
  std::map<instrument_id, price> last_fill_price_;
  std::map<trade_date, std::set<fill_id>> known_fills_;
};

}  // namespace bulkhead
