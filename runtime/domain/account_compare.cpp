#include "runtime/domain/account_compare.hpp"

#include "runtime/domain/delivery.hpp"
#include "runtime/domain/our_tag.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace bulkhead {
namespace {

/// A day's orders end with its session; a book may say so late.
constexpr duration after_session = seconds(60);

struct traded {
  quantity qty = 0;
  money value;
};

/// What one line adds up to, on both sides.
struct line_units {
  account_line shown;    ///< for people: as ours where we have it
  quantity held = 0;     ///< ours, by the journal
  quantity today = 0;    ///< ours, of orders that are in the book; of those of this day, where it was emptied
  quantity others = 0;   ///< foreign trades of today
  quantity theirs = 0;   ///< of the account
  quantity carried = 0;  ///< of that, overnight

  /// What was traded today is what both know of.
  [[nodiscard]] bool fits_today() const { return theirs - carried == today + others; }
  /// What is ours is there. Delivery may have been sold out of what the account's owner holds.
  [[nodiscard]] bool covers() const {
    return held == 0 || (held > 0 || is_delivery(shown) ? theirs >= held : theirs <= held);
  }
};

std::string order_text(const account_order& o) {
  return fmt::format("{} {} {} {} {} filled {}", to_string(o.side), o.qty, o.symbol, o.product, o.status, o.filled);
}

std::string order_text(const ledger_order& o) {
  return fmt::format("{} {} {} {} filled {}", to_string(o.side), o.qty, text_of(o.line), to_string(o.status), o.filled);
}

std::string fills_text(quantity qty, money value) { return fmt::format("{} for {}", qty, to_string(value)); }

account_difference halted(std::string subject, std::string key, std::string ours, std::string theirs,
                          std::string reason) {
  return {.subject = std::move(subject),
          .key = std::move(key),
          .ours = std::move(ours),
          .theirs = std::move(theirs),
          .action = "halted",
          .reason = std::move(reason)};
}

class comparison {
 public:
  comparison(const account_ledger& ours, const account_statement& theirs, const foreign_units& known)
      : ours_(&ours), theirs_(&theirs) {
    for (const auto& [id, o] : ours.orders()) {
      if (!o.broker_order_id.empty()) by_broker_id_.emplace(o.broker_order_id, id);
    }
    for (const auto& [line, units] : known) known_[pooled(line)] += units;
  }

  account_comparison run() {
    out_.figures.occasion = theirs_->occasion;
    out_.figures.cash = theirs_->cash.value_or(money{});
    for (const auto& [line, qty] : ours_->held()) at(line).held += qty;
    for (const account_order& o : theirs_->orders) take_order(o);
    take_trades();
    judge_book();
    compare_orders();
    take_positions();
    for (const auto& [line, units] : lines_) compare_line(line, units);
    judge_missing();
    return std::move(out_);
  }

 private:
  line_units& at(const account_line& line) {
    line_units& units = lines_[pooled(line)];
    if (units.shown.first.empty()) units.shown = line;
    return units;
  }
  bool is_of_today(const ledger_order& o) const { return date_of(o.expires_at) == date_of(theirs_->at); }
  bool is_unsure(const account_line& line) const { return is_delivery(line) && is_moving_to_holdings(theirs_->at); }

  /// nullptr: not ours.
  const client_order_id* find(const account_order& o) const {
    if (const auto it = by_broker_id_.find(o.broker_order_id); it != by_broker_id_.end()) return &it->second;
    for (const std::string& tag : o.tags) {
      const auto it = ours_->orders().find(client_order_id{tag});
      // A second order under a tag is none that was placed here.
      if (it != ours_->orders().end() && it->second.broker_order_id.empty()) return &it->first;
    }
    return nullptr;
  }

  void take_order(const account_order& o) {
    if (const client_order_id* id = find(o)) {
      in_book_.emplace(*id, &o);
      ours_at_broker_.emplace(o.broker_order_id, *id);
      ++out_.figures.orders;
      return;
    }
    const auto tag = std::ranges::find_if(o.tags, is_our_tag);
    if (tag != o.tags.end()) {
      out_.differences.push_back(
          halted("order", *tag,
                 ours_->find(client_order_id{*tag}) == nullptr ? "not in the journal" : "the tag of another order",
                 fmt::format("{}: {}", o.broker_order_id.str(), order_text(o)),
                 "the broker has an order with a tag of ours that was not placed from this journal"));
      return;
    }
    ++out_.figures.foreign_orders;
    out_.foreign.push_back({.subject = "foreign_order",
                            .key = o.broker_order_id.str(),
                            .ours = "",
                            .theirs = order_text(o),
                            .action = "noted",
                            .reason = "not placed from here: shown, never touched"});
  }

  void take_trades() {
    for (const account_trade& t : theirs_->trades) {
      const auto it = ours_at_broker_.find(t.broker_order_id);
      if (it == ours_at_broker_.end()) {
        at({t.symbol, t.product}).others += sign(t.side) * t.qty;
        continue;
      }
      traded& sum = trades_[it->second];
      sum.qty += t.qty;
      sum.value += t.price * t.qty;
    }
  }

  /// A book that lacks an order of today that the broker itself has named lags, or was emptied. So was one without a
  /// row while positions show trades of today.
  void judge_book() {
    is_whole_ = std::ranges::all_of(ours_->orders(), [&](const auto& entry) {
      return entry.second.broker_order_id.empty() || !is_of_today(entry.second) || in_book_.contains(entry.first);
    });
    const bool is_empty = theirs_->orders.empty() && theirs_->trades.empty();
    const bool has_traded =
        std::ranges::any_of(theirs_->positions, [](const auto& p) { return p.qty != p.overnight_qty; });
    is_emptied_ = is_empty && (has_traded || !is_whole_);
    is_whole_ = is_whole_ && !is_emptied_;
  }

  void compare_orders() {
    for (const auto& [id, o] : ours_->orders()) {
      if (is_emptied_ && is_of_today(o)) at(o.line).today += sign(o.side) * o.filled;
    }
    for (const auto& [id, row] : in_book_) {
      const ledger_order& o = *ours_->find(id);
      at(o.line).today += sign(o.side) * o.filled;
      const traded& theirs = trades_[id];
      if (theirs.qty != o.filled || theirs.value != o.value) {
        out_.differences.push_back(halted("fills", id.str(), fills_text(o.filled, o.value),
                                          fills_text(theirs.qty, theirs.value),
                                          "the broker's trades of this order are not those of the journal"));
      }
      if (is_terminal(o.status) == row->is_working) {
        out_.differences.push_back(halted("order", id.str(), order_text(o), order_text(*row),
                                          is_terminal(o.status) ? "it has ended here, and works at the broker"
                                                                : "it works here, and has ended at the broker"));
      }
    }
  }

  void take_positions() {
    for (const account_position& p : theirs_->positions) {
      line_units& units = at({p.symbol, p.product});
      units.theirs += p.qty;
      units.carried += p.overnight_qty;
    }
    for (const auto& [line, units] : lines_) {
      if (units.theirs == 0 && !(is_unsure(line) && units.held != 0)) continue;
      ++out_.figures.open_positions;
      if (units.held == 0) ++out_.figures.foreign_positions;
    }
  }

  void compare_line(const account_line& line, const line_units& u) {
    if (is_unsure(line)) {
      doubtful_.insert(line);
      return;
    }
    const auto it = known_.find(line);
    const quantity known = it == known_.end() ? 0 : it->second;
    if (u.fits_today() && u.covers()) {
      if (u.theirs != u.held) note_foreign(u, u.theirs - u.held);
    } else if (!is_emptied_) {
      unexplained(line, u, u.fits_today() ? u.theirs - u.held : u.theirs - u.carried - u.today - u.others, u.others);
    } else {
      if (u.theirs != u.held + known) unexplained(line, u, u.theirs - u.held - known, known);
      if (known != 0) note_foreign(u, known);
    }
  }

  void unexplained(const account_line& line, const line_units& u, quantity units, quantity others) {
    account_difference d =
        halted("position", text_of(u.shown), fmt::format("{} held, foreign trades {}", u.held, others),
               fmt::format("{} held, {} of it overnight", u.theirs, u.carried),
               "the broker's position is not what our fills and foreign trades add up to");
    d.units = units;
    // Of shares that are not there a sale is refused.
    if (!u.covers() && !is_delivery(u.shown)) {
      d.units = u.theirs - u.held;
      d.action = action_stopped;
      d.reason =
          "the broker holds less than ours: an exit would open the opposite one, so nothing of ours leaves on this "
          "line and what works there is called back; trade the units back by hand at the broker, then brokers release";
    }
    out_.differences.push_back(std::move(d));
    doubtful_.insert(line);
  }

  void note_foreign(const line_units& u, quantity units) {
    out_.foreign.push_back({.subject = "foreign_position",
                            .key = text_of(u.shown),
                            .ours = fmt::format("{} held", u.held),
                            .theirs = fmt::format("{} held", u.theirs),
                            .units = units,
                            .action = "noted",
                            .reason = "not from here: shown, never touched"});
  }

  /// Of the orders that have outlived their session here and that the book does not have.
  void judge_missing() {
    std::map<account_line, std::size_t> open;
    std::vector<client_order_id> missing;
    for (const auto& [id, o] : ours_->orders()) {
      if (is_terminal(o.status) || in_book_.contains(id)) continue;
      ++open[pooled(o.line)];
      if (theirs_->at >= o.expires_at + after_session && !is_unsure(o.line)) missing.push_back(id);
    }
    for (const client_order_id& id : missing) {
      const ledger_order& o = *ours_->find(id);
      const account_line line = pooled(o.line);
      const std::string why_open = open.at(line) > 1          ? "another order of its line is open to doubt, too"
                                   : doubtful_.contains(line) ? "the position is not as without it"
                                                              : why_silent(o);
      account_difference d =
          halted("order", id.str(), order_text(o), "not in the book after its session",
                 why_open.empty() ? "the position is as without it" : why_open + ": decide with orders resolve");
      if (why_open.empty()) d.action = "repaired";
      (why_open.empty() ? out_.over : out_.differences).push_back(std::move(d));
    }
  }

  /// What the account has of a line is ours and what was known to be foreign.
  bool is_explained(const account_line& line) {
    const line_units& u = at(line);
    const auto foreign = known_.find(pooled(line));
    return u.theirs == u.held + (foreign == known_.end() ? 0 : foreign->second);
  }

  /// Why the account proves nothing by what it lacks of an order whose line fits; empty: it does.
  std::string why_silent(const ledger_order& o) {
    if (is_of_today(o)) {
      if (!is_whole_) return "the book has lost orders that were in it";
      return is_explained(o.line) ? "" : "what its line has beside ours was not seen before";
    }
    // Later a position alone is left, and what a fill has made of it looks as if it had always been there. One of the
    // day alone was closed in any case: by whom, nobody can tell.
    const line_units& units = at(o.line);
    const bool stays = o.line.second != to_string(product::mis);
    return stays && units.theirs == units.held && units.others == 0 ? "" : "the book of its day is gone";
  }

  const account_ledger* ours_;
  const account_statement* theirs_;
  foreign_units known_;  ///< pooled, as the lines are
  account_comparison out_;
  std::map<broker_order_id, client_order_id> by_broker_id_;
  std::map<broker_order_id, client_order_id> ours_at_broker_;
  std::map<client_order_id, const account_order*> in_book_;
  std::map<client_order_id, traded> trades_;
  std::map<account_line, line_units> lines_;  ///< pooled
  std::set<account_line> doubtful_;
  bool is_whole_ = true;     ///< every order of today that the broker has named is in the book
  bool is_emptied_ = false;  ///< nothing is in it, and something was
};

}  // namespace

std::string text_of(const account_line& line) { return line.first + ' ' + line.second; }

account_comparison compare(const account_ledger& ours, const account_statement& theirs, const foreign_units& known) {
  return comparison{ours, theirs, known}.run();
}

}  // namespace bulkhead
