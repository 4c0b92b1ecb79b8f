#pragma once
// Cash, positions, P&L, drawdown and margin of one broker, and within it of each strategy: a fold over unique fills and
// over the marks made of them. Pure; one owner.
#include "runtime/domain/events.hpp"
#include "runtime/domain/risk/limits.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>

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

/// What one mark leaves behind for the next: of the account, or of a strategy.
struct net_history {
  money net;            ///< at the newest mark
  money day_base;       ///< at the last mark of an earlier date, 0 at first
  money peak;           ///< the highest of any mark, at least 0
  trade_date date = 0;  ///< of the newest mark; 0: none yet

  /// A mark at this date. The same mark again changes nothing.
  void mark(money net_now, trade_date on);
};

class portfolio {
 public:
  portfolio(const instrument_table& instruments, margin_rates margin);

  /// account_opened, order_filled (once per fill id), portfolio_snapshot (as mark() left it). Ignores everything else,
  /// and every seq at or below the last one applied. Fill ids are kept for the newest two dates that had fills: a
  /// broker's trade book spans a day, and what is older can come again only under its old seq.
  void apply(const event& e);

  /// A whole portfolio_snapshot at event time `now`, positions at their quote, or at their last known price (of the
  /// newest fill or mark) where none is given. It is already folded: applying it changes nothing more.
  [[nodiscard]] portfolio_snapshot mark(std::span<const quote> quotes, timestamp now);

  [[nodiscard]] money cash() const noexcept { return cash_; }
  [[nodiscard]] money capital() const noexcept { return capital_; }
  /// nullptr: never traded.
  [[nodiscard]] const position* find(const strategy_id& strategy, instrument_id instrument, product product) const;

  /// The whole state, margin rates apart; restore() of it on a fresh portfolio gives the same state.
  [[nodiscard]] nlohmann::json snapshot() const;
  /// Throws std::invalid_argument or nlohmann::json::exception on anything that snapshot() did not write; the state is
  /// then as before.
  void restore(const nlohmann::json& state);

 private:
  /// A line is (strategy, instrument key, product): the order in which they are listed.
  using line_key = std::tuple<strategy_id, std::string, product>;
  struct holding {
    instrument_id instrument;
    position pos;
  };
  /// What a strategy (or the account) adds up to at a mark.
  struct totals {
    money realised;
    money unrealised;
    money charges;
    money gross_exposure;
    money margin;
    void add(const position_view& line, const margin_rates& rates);
    [[nodiscard]] performance close(net_history& history, trade_date date) const;
  };

  void fold(const order_filled& f, timestamp ts);
  void fold(const portfolio_snapshot& p, timestamp ts);
  [[nodiscard]] bool is_known(const fill_id& id) const;
  void remember(const fill_id& id, trade_date date);

  const instrument_table* instruments_;
  margin_rates margin_;
  money capital_;
  money cash_;
  std::uint64_t last_seq_ = 0;
  std::map<line_key, holding> holdings_;
  std::map<instrument_id, price> last_price_;  ///< of the newest fill or mark
  std::map<trade_date, std::set<fill_id>> known_fills_;
  net_history account_;
  std::map<strategy_id, net_history> strategies_;
};

}  // namespace bulkhead
