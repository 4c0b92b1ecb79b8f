#pragma once
// What a broker holds and what could still be added to it: a fold over approvals, fills, order ends and marks. A
// working order counts with all that remains of it, whatever its status (unknown and pending_cancel too), until it is
// terminal; orders of one group count once, with the largest of them. Sums are kept as they change: no rule walks over
// orders. Pure; one owner, the risk engine.
#include "runtime/domain/events.hpp"
#include "runtime/domain/risk/exit_plan.hpp"
#include "runtime/domain/risk/limits.hpp"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::risk {

/// Positions, exits and limits are kept by this.
struct line_key {
  strategy_id strategy;
  instrument_id instrument;
  bulkhead::product product = bulkhead::product::mis;
  friend auto operator<=>(const line_key&, const line_key&) = default;
};

struct working_order {
  order_request request;  ///< on the terms it works on now
  quantity filled = 0;
  std::uint32_t fill_count = 0;
  order_status status = order_status::submitted;
  bool is_submitted = false;         ///< false: approved in this frame, the intent still to come
  std::optional<order_terms> asked;  ///< a modification on its way
  std::uint64_t ordinal = 0;         ///< its place among the approvals
  /// A cancel was asked for. Of an order of unknown fate it is kept until the broker's book shows the order.
  bool is_cancel_wanted = false;
  // Beside a venue with its own clock, of orders that reduce a position:
  bool is_replaced = false;              ///< once it is cancelled, another order goes in its place
  bool is_triggered = false;             ///< a stop
  std::uint32_t modifications = 0;       ///< asked for
  std::uint32_t refusals = 0;            ///< of modifications, since the last that took effect
  timestamp modify_from;                 ///< no modification before
  std::optional<timestamp> rests_since;  ///< MARKET, accepted, or a triggered stop: should have filled, and has not
  std::uint32_t replacements = 0;        ///< that came before it

  [[nodiscard]] line_key line() const { return {request.strategy, request.instrument, request.product}; }
  /// Worst case, units: with a modification on its way the larger quantity.
  [[nodiscard]] quantity remaining() const;
  /// Worst case, at the price that values it; with a modification on its way the larger value.
  [[nodiscard]] money value() const;
  /// The most that it could trade at: MARKET and SL-M meet everything (BUY price::max(), SELL 0).
  [[nodiscard]] price reach() const;
  /// Not one that is only approved: the trader would not know what to cancel. Of unknown fate: asked for once.
  [[nodiscard]] bool can_cancel() const;
  /// As far as is known the broker has it, or soon will.
  [[nodiscard]] bool can_modify() const;
};

/// The limit of LIMIT and SL, the trigger of SL-M, `market` of MARKET.
[[nodiscard]] price valued_at(order_type type, price limit, price trigger, price market);
/// As working_order::reach, of terms.
[[nodiscard]] price reach_of(order_type type, side s, price limit);

/// The fill of a bracketed entry, and the orders that take it out again.
struct order_group {
  std::string id;  ///< of the fill
  line_key line;
  bulkhead::signal_id signal_id;  ///< of the entry
  side entry_side = side::buy;
  std::uint32_t fill_ordinal = 0;  ///< among the entry's fills, from 0
  bulkhead::price fill_price;
  price stop_loss_offset;
  price target_offset;
  quantity holds = 0;                     ///< of the filled units, what its orders have not taken out
  std::uint64_t age = 0;                  ///< its place among the groups
  std::vector<client_order_id> orders{};  ///< working ones, in the order of their approval
  // Beside a venue with its own clock:
  std::uint32_t rounds = 0;   ///< how often its protection or its safety exit was owed again
  std::uint32_t refused = 0;  ///< safety exits, one after the other
  timestamp safety_from;      ///< no safety exit before
};

/// A protective order that the broker refused, in whose place a market exit is owed.
struct owed_safety {
  std::string group;
  bool is_stop = false;
};

/// What goes in the place of an order that was cancelled for it.
struct owed_replacement {
  order_request of;  ///< on its last terms
  quantity left = 0;
  bool is_triggered = false;
  std::uint32_t replacements = 0;  ///< before this one

  [[nodiscard]] client_order_id id() const { return leg(0); }
  [[nodiscard]] client_order_id leg(std::uint32_t n) const {
    return derive_client_order_id(signal_id{of.client_order_id.str()}, n);
  }
};

/// Of the broker or of one strategy.
struct exposure_totals {
  std::int64_t orders = 0;  ///< working
  money entry_value;        ///< of working entries
  money entry_margin;       ///< that they bind
  money gross;              ///< sum of |held| * mark
  money held_margin;        ///< that it binds, each line rounded to the paisa
};

class exposure {
 public:
  explicit exposure(margin_rates margin = {}) : margin_(margin) {}

  /// Reserves the order. An id that works already changes nothing.
  void reserve(const order_request& request);
  /// The order's intent is journaled: from here on the trader knows it, and a cancel can reach it.
  void submit(const client_order_id& id);
  /// A change of status that leaves the order working, by the transition table; what the table forbids changes nothing.
  void advance(const client_order_id& id, order_trigger trigger);
  /// Moves what was filled from reserved to held, at its price as the new mark; the whole quantity ends the order. A
  /// fill of an order that does not work any more is held all the same.
  void fill(const order_filled& f);
  /// The order is terminal (or was withheld): what remained of it is no longer reserved.
  void release(const client_order_id& id);
  void ask_terms(const client_order_id& id, const order_terms& terms);
  /// From here on it works on these; nullptr: the modification was refused.
  void settle_terms(const client_order_id& id, const order_terms* terms);

  // Beside a venue with its own clock (exposure_replacements.cpp).
  /// The broker refused to modify it: not again for a while.
  void delay_modification(const client_order_id& id, timestamp now);
  /// It was accepted, has triggered or was filled in part: from now on the rest should fill.
  void expect_fill(const client_order_id& id, timestamp now);
  void note_trigger(const client_order_id& id);
  /// Its cancel is asked for to make room for another.
  void replace(const client_order_id& id);
  /// Before its release: what is owed in its place.
  void owe_replacement(const client_order_id& id);
  void settle_replacement(const client_order_id& id);
  /// An exit of the group ended unfilled: its protective orders are owed again, unless they stand.
  void owe_protection(const std::string& group);
  /// A safety exit of the group was refused: owed again, after a while.
  void owe_safety_again(const std::string& group, bool is_stop, timestamp now);
  [[nodiscard]] const std::vector<owed_replacement>& owed_replacements() const noexcept { return owed_replacements_; }
  /// Exits that should have filled a while ago, and that a cancel can be asked for, in the order of their approval.
  /// pace: event time runs so much faster than the venue's.
  [[nodiscard]] std::vector<client_order_id> resting(timestamp now, std::int64_t pace) const;
  /// A protective order of the group works still, be it on its way out.
  [[nodiscard]] bool has_bracket(const order_group& g) const;
  /// New mark of everything held in the instrument.
  void mark(instrument_id instrument, price p);

  /// Opens the group and owes its protective orders.
  void open_group(order_group g);
  /// The protective orders of the group, or its safety exit, are approved: no longer owed.
  void settle_bracket(const std::string& group);
  void settle_safety(const std::string& group);
  void owe_safety(owed_safety s);
  /// Groups whose protective orders are owed, in the order of their fills.
  [[nodiscard]] const std::vector<std::string>& owed_brackets() const noexcept { return owed_brackets_; }
  /// In the order of the refusals.
  [[nodiscard]] const std::vector<owed_safety>& owed_safeties() const noexcept { return owed_safeties_; }
  /// nullptr: no such group any more. Valid until the next change.
  [[nodiscard]] const order_group* find_group(const std::string& id) const;

  /// nullptr: does not work. Valid until the next change.
  [[nodiscard]] const working_order* find(const client_order_id& id) const;
  /// Units, signed, of one line.
  [[nodiscard]] quantity held(const line_key& key) const;
  /// Units, signed, over all products; of all strategies where `strategy` is null.
  [[nodiscard]] quantity position(instrument_id instrument, const strategy_id* strategy = nullptr) const;
  /// Worst case of all working orders on that side, likewise.
  [[nodiscard]] quantity working(instrument_id instrument, side s, const strategy_id* strategy = nullptr) const;
  /// nullopt: nothing of the instrument was filled or marked yet.
  [[nodiscard]] std::optional<price> mark_of(instrument_id instrument) const;
  [[nodiscard]] const exposure_totals& totals() const noexcept { return totals_; }
  [[nodiscard]] exposure_totals totals(const strategy_id& strategy) const;
  /// What an exit on this side has to plan with.
  [[nodiscard]] exit_room room(const line_key& key, side exit_side) const;
  /// What still has to fill of the group's working orders that are not its protective ones, units.
  [[nodiscard]] quantity exiting(const order_group& g) const;
  /// The line's entries on that side that a cancel can still be asked for (submitted, open, partially filled, unknown),
  /// in the order of their approval.
  [[nodiscard]] std::vector<client_order_id> cancellable_entries(const line_key& key, side s) const;
  /// The protective orders of the group that a cancel can still be asked for, likewise.
  [[nodiscard]] std::vector<client_order_id> cancellable_brackets(const std::string& group) const;
  /// Orders of groups that hold less than what remains of the order, and that can be asked to change: at a venue that
  /// does not know groups they would trade what is gone. Likewise, group by group.
  /// What the broker refused to change is left out for a while.
  [[nodiscard]] std::vector<client_order_id> overhanging(timestamp now) const;
  /// Orders of a strategy, or of all (empty), that a cancel can still be asked for, likewise. Walks over all orders.
  [[nodiscard]] std::vector<client_order_id> cancellable(const strategy_id& strategy, bool entries_only) const;
  /// What an order of this strategy on side `s` that reaches `reach` could trade with: the reach of another strategy's
  /// order on the other side; nullopt: none.
  [[nodiscard]] std::optional<price> meets(const strategy_id& strategy, instrument_id instrument, side s,
                                           price reach) const;
  /// MIS lines that hold something or have working orders.
  [[nodiscard]] const std::set<std::pair<strategy_id, instrument_id>>& intraday() const noexcept { return intraday_; }

  [[nodiscard]] nlohmann::json snapshot(const instrument_table& instruments) const;
  /// The inverse; throws std::invalid_argument, codec_error or nlohmann::json::exception on a state that snapshot() did
  /// not write.
  [[nodiscard]] static exposure restored(const nlohmann::json& state, const instrument_table& instruments,
                                         margin_rates margin);

 private:
  using by_side = std::array<quantity, 2>;  ///< indexed by side

  struct line {
    quantity held = 0;
    by_side exits{};  ///< working, outside groups
    money gross;
    money margin;
    std::vector<client_order_id> orders;  ///< working ones, in the order of their approval
    std::vector<std::string> groups;      ///< oldest first
  };
  /// Of all strategies, or of one, in an instrument.
  struct stake {
    quantity position = 0;
    by_side working{};
  };
  /// Working orders of a side by how far they reach, furthest first; the ordinal tells equals apart.
  using reach_index = std::map<std::pair<std::int64_t, std::uint64_t>, strategy_id>;
  struct book {
    stake all;
    std::map<strategy_id, stake> own;
    std::map<std::pair<strategy_id, product>, line> lines;
    std::array<reach_index, 2> reach;
    std::optional<price> mark;
  };

  [[nodiscard]] const book* find_book(instrument_id instrument) const;
  [[nodiscard]] const stake* find_stake(instrument_id instrument, const strategy_id* strategy) const;
  [[nodiscard]] const line* find_line(const line_key& key) const;
  [[nodiscard]] line& line_of(const line_key& key);
  [[nodiscard]] bool is_grouped(const working_order& o) const { return groups_.contains(o.request.group); }
  [[nodiscard]] quantity group_worst(const std::string& id) const;
  void add(working_order o);
  /// Everything but the worst case of its group; direction: +1 or -1.
  void count(const working_order& o, int direction);
  void change_working(const working_order& o, quantity delta);
  /// Takes the order out of all sums, lets `mutate` change it, and puts it back.
  template <class F>
  void change(working_order& o, F mutate);
  void change_held(const line_key& key, quantity delta);
  void value_line(const line_key& key, line& l, const book& b);
  void note_intraday(const line_key& key, const line& l);
  /// A group ends when nothing of it works and it holds nothing, or its line is flat.
  void end_group_if_done(const std::string& id);
  [[nodiscard]] working_order* find_order(const client_order_id& id);

  [[nodiscard]] nlohmann::json lines_json(const instrument_table& instruments) const;
  [[nodiscard]] nlohmann::json groups_json(const instrument_table& instruments) const;
  [[nodiscard]] nlohmann::json orders_json(const instrument_table& instruments) const;
  void restore_lines(const nlohmann::json& state, const instrument_table& instruments);
  void restore_groups(const nlohmann::json& state, const instrument_table& instruments);
  void restore_orders(const nlohmann::json& state, const instrument_table& instruments);
  void restore_replacements(const nlohmann::json& state, const instrument_table& instruments);

  margin_rates margin_;
  std::map<instrument_id, book> books_;
  std::unordered_map<client_order_id, working_order> orders_;
  std::unordered_map<std::string, order_group> groups_;
  std::vector<std::string> owed_brackets_;
  std::vector<owed_safety> owed_safeties_;
  std::vector<owed_replacement> owed_replacements_;
  exposure_totals totals_;
  std::map<strategy_id, exposure_totals> totals_by_strategy_;
  std::set<std::pair<strategy_id, instrument_id>> intraday_;
  std::uint64_t approvals_ = 0;  ///< ordinal of the newest order
  std::uint64_t openings_ = 0;   ///< age of the newest group
};

}  // namespace bulkhead::risk
