#include "runtime/brokers/zerodha/kite_tracker.hpp"

#include "runtime/domain/order_report.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using kind = broker_update::kind;

/// What Kite said, or at least the status.
std::string reason_of(const kite_order_row& row) {
  return row.status_message.empty() ? row.status : row.status_message;
}

}  // namespace

void kite_tracker::watch(const order& o, const instrument& i) {
  const order_request& r = o.request;
  watched w{.id = r.client_order_id,
            .exchange = i.exchange,
            .tradingsymbol = i.tradingsymbol,
            .side = r.side,
            .type = r.type,
            .expires_at = r.expires_at,
            .terms = {r.qty, r.limit_price, r.trigger_price},
            .told = r.qty,
            .asked = {},
            .at_kite = o.broker_order_id,
            .was_sent = o.status == order_status::unknown,
            .is_triggered = o.triggered};
  if (o.asked_terms) w.asked = change{.terms = *o.asked_terms};
  const auto [it, is_new] = orders_.try_emplace(r.client_order_id, std::move(w));
  if (is_new && !o.broker_order_id.empty()) by_kite_id_.emplace(o.broker_order_id, r.client_order_id);
}

void kite_tracker::witness(const broker_order_id& at_kite, timestamp expires_at) {
  if (!at_kite.empty()) witnesses_.emplace(at_kite, expires_at);
}

bool kite_tracker::sending(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it == orders_.end() || it->second.has_ended || !it->second.at_kite.empty()) return false;
  if (std::exchange(it->second.was_sent, true)) return false;
  it->second.is_sending = true;
  it->second.lost_at.reset();
  it->second.absent_at.reset();
  return true;
}

void kite_tracker::not_sent(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  it->second.is_sending = false;
  it->second.was_sent = false;
}

void kite_tracker::not_placed(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  it->second.is_sending = false;
  it->second.has_ended = it->second.at_kite.empty();
  it->second.is_written_off = it->second.has_ended;
}

kite_findings kite_tracker::placed(const client_order_id& id, const broker_order_id& at_kite) {
  kite_findings out;
  const auto it = orders_.find(id);
  if (it == orders_.end() || it->second.has_ended) return out;
  watched& w = it->second;
  if (!w.at_kite.empty() && w.at_kite != at_kite) {
    out.notices.push_back(
        fmt::format("order {} is {} at Kite, and was answered as {}, too", id.str(), w.at_kite.str(), at_kite.str()));
    return out;
  }
  w.at_kite = at_kite;
  w.is_sending = false;
  w.lost_at.reset();
  by_kite_id_.emplace(at_kite, id);
  foreign_.erase(at_kite);
  if (std::exchange(w.is_accepted, true)) return out;
  out.updates.push_back(update_of(id, kind::accepted));
  out.updates.back().broker_order_id = at_kite;
  return out;
}

void kite_tracker::answer_lost(const client_order_id& id, std::chrono::milliseconds steady) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  it->second.is_sending = false;
  if (it->second.at_kite.empty() && !it->second.lost_at) it->second.lost_at = steady;
}

void kite_tracker::found_again(const client_order_id& id, std::chrono::milliseconds steady) {
  const auto it = orders_.find(id);
  if (it != orders_.end() && !it->second.is_sending) answer_lost(id, steady);
}

void kite_tracker::modifying(const client_order_id& id, const order_terms& terms) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  it->second.asked = change{.terms = terms, .is_sending = true, .messages = it->second.messages};
}

void kite_tracker::not_modified(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it != orders_.end()) it->second.asked.reset();
}

void kite_tracker::modify_ended(const client_order_id& id, std::chrono::milliseconds steady) {
  const auto it = orders_.find(id);
  if (it == orders_.end() || !it->second.asked) return;
  it->second.asked->is_sending = false;
  it->second.asked->ended_at = steady;
}

void kite_tracker::modify_found_again(const client_order_id& id, std::chrono::milliseconds steady) {
  const auto it = orders_.find(id);
  if (it == orders_.end() || !it->second.asked) return;
  const change& c = *it->second.asked;
  if (!c.is_sending && !c.ended_at) modify_ended(id, steady);
}

kite_tracker::watched* kite_tracker::find(const kite_order_row& row, kite_findings& out) {
  auto it = orders_.end();
  if (const auto known = by_kite_id_.find(row.broker_order_id); known != by_kite_id_.end()) {
    it = orders_.find(known->second);
  } else {
    it = orders_.find(client_order_id{row.tag});
    for (std::size_t i = 0; it == orders_.end() && i < row.tags.size(); ++i) {
      it = orders_.find(client_order_id{row.tags[i]});
    }
  }
  if (it == orders_.end()) {
    if (!witnesses_.contains(row.broker_order_id)) foreign_.insert(row.broker_order_id);
    return nullptr;
  }
  watched& w = it->second;
  const bool is_other = !w.at_kite.empty() && w.at_kite != row.broker_order_id;
  if (is_other || row.side != w.side || row.exchange != w.exchange || row.tradingsymbol != w.tradingsymbol) {
    out.notices.push_back(fmt::format(
        "Kite's order {} ({} {}:{}) has the tag of order {}, which is {} ({} {}:{}): not used",
        row.broker_order_id.str(), to_string(row.side), row.exchange, row.tradingsymbol, w.id.str(),
        w.at_kite.empty() ? "without an id yet" : w.at_kite.str(), to_string(w.side), w.exchange, w.tradingsymbol));
    return nullptr;
  }
  if (w.at_kite.empty()) {
    w.at_kite = row.broker_order_id;
    by_kite_id_.emplace(row.broker_order_id, w.id);
  }
  w.lost_at.reset();
  return &w;
}

void kite_tracker::take(watched& w, const kite_order_row& row, std::optional<ms> read_at, kite_findings& out) {
  if (w.is_written_off) return contradict(w, row, out);
  if (w.has_ended || w.end) return;
  const kite_stage stage = row.stage();
  if (row.filled < w.counted) {
    if (is_terminal(stage)) {
      out.notices.push_back(fmt::format("Kite's order {} is {} with {} filled, and had {} before: not used",
                                        w.at_kite.str(), row.status, row.filled, w.counted));
    }
    return;  // older than what is known
  }
  if (stage == kite_stage::complete && row.filled != row.qty) {
    out.notices.push_back(fmt::format("Kite's order {} is COMPLETE with {} of {} filled: not used", w.at_kite.str(),
                                      row.filled, row.qty));
    return;
  }
  w.counted = row.filled;
  accept(w, row, out);
  if (read_at || is_terminal(stage)) settle_terms(w, row, read_at, out);
  if (!row.status_message.empty()) w.messages.insert(row.status_message);
  if (is_terminal(stage)) w.end = row;
  apply_held(w, out);
  finish(w, out);
}

/// Kite has an order that is over for us. Its fills still come out: the order manager refuses and keeps them.
void kite_tracker::contradict(watched& w, const kite_order_row& row, kite_findings& out) {
  w.counted = std::max(w.counted, row.filled);
  if (row.stage() == kite_stage::rejected || std::exchange(w.is_accepted, true)) return;
  out.notices.push_back(fmt::format("order {} was taken for refused or absent, and is {} at Kite as {}: look at it",
                                    w.id.str(), row.status, w.at_kite.str()));
  out.updates.push_back(update_of(w.id, kind::accepted));
  out.updates.back().broker_order_id = w.at_kite;
}

void kite_tracker::accept(watched& w, const kite_order_row& row, kite_findings& out) {
  const kite_stage stage = row.stage();
  if (!w.is_accepted && stage != kite_stage::rejected) {
    w.is_accepted = true;
    out.updates.push_back(update_of(w.id, kind::accepted));
    out.updates.back().broker_order_id = w.at_kite;
  }
  // While a modification is on its way, "open" may be a station of it and not the trigger's.
  const bool is_through = row.filled > 0 || (stage == kite_stage::open && !w.asked);
  if (!has_trigger(w.type) || w.is_triggered || !is_through) return;
  w.is_triggered = true;
  out.updates.push_back(update_of(w.id, kind::triggered));
}

void kite_tracker::settle_terms(watched& w, const kite_order_row& row, std::optional<ms> read_at, kite_findings& out) {
  const kite_stage stage = row.stage();
  w.is_resting = stage == kite_stage::open || stage == kite_stage::resting_for_trigger;
  if (!w.is_resting && w.asked) w.asked->unchanged_at.reset();
  if (stage == kite_stage::moving || stage == kite_stage::rejected) return;
  // Kite turns some types into others: what ours has not is not taken from its row.
  const order_terms now{
      .qty = row.qty,
      .limit_price = has_limit(w.type) ? row.limit_price : w.terms.limit_price,
      .trigger_price = has_trigger(w.type) && !w.is_triggered ? row.trigger_price : w.terms.trigger_price};
  const bool is_asked = w.asked && w.asked->terms == now;
  // A book from before its answer may be from before the modification, too.
  const bool may_be_older =
      w.asked && !is_terminal(stage) && !(w.asked->ended_at && read_at && *read_at >= *w.asked->ended_at);
  if (may_be_older && !is_asked) return;
  if (now != w.terms) {
    // An order that shrank to what is filled has ended; its end says so.
    if (now.qty > w.filled) {
      out.updates.push_back(update_of(w.id, kind::modified, is_asked ? "" : "changed at Kite"));
      out.updates.back().terms = now;
      w.told = now.qty;
    }
    w.terms = now;
    w.asked.reset();
  } else if (is_asked) {
    out.updates.push_back(update_of(w.id, kind::modified));
    out.updates.back().terms = now;
    w.asked.reset();
  } else if (w.asked && !is_terminal(stage) && !row.status_message.empty()) {
    if (!w.asked->messages) w.asked->messages.emplace(std::set{row.status_message});
    if (w.asked->messages->contains(row.status_message)) return;
    out.updates.push_back(update_of(w.id, kind::modify_rejected, row.status_message));
    w.asked.reset();
  }
}

void kite_tracker::apply(watched& w, const kite_trade_row& trade, kite_findings& out) {
  w.trades.insert(trade.trade_id);
  w.filled += trade.qty;
  w.counted = std::max(w.counted, w.filled);
  broker_update u = update_of(w.id, kind::filled);
  u.broker_order_id = w.at_kite;
  u.fill_id = fill_id{w.at_kite.str() + ":" + trade.trade_id};
  u.qty = trade.qty;
  u.price = trade.price;
  out.updates.push_back(std::move(u));
}

void kite_tracker::apply_held(watched& w, kite_findings& out) {
  for (auto it = w.held.begin(); it != w.held.end();) {
    if (w.filled + it->second.qty > w.terms.qty) {
      ++it;
      continue;
    }
    apply(w, it->second, out);
    it = w.held.erase(it);
  }
}

void kite_tracker::finish(watched& w, kite_findings& out) {
  if (!w.end || w.has_ended || w.filled < w.end->filled) return;
  w.has_ended = true;
  const kite_stage stage = w.end->stage();
  if (stage == kite_stage::rejected && w.filled == 0) {
    out.updates.push_back(update_of(w.id, kind::rejected, reason_of(*w.end)));
  } else if (stage != kite_stage::complete) {
    out.updates.push_back(update_of(w.id, kind::cancelled, reason_of(*w.end)));
  } else if (w.filled < w.told) {
    out.updates.push_back(update_of(w.id, kind::cancelled, "made smaller at Kite, to what is filled"));
  }
  // Else its last fill has ended it.
}

kite_findings kite_tracker::on_pushed(const kite_order_row& row) {
  kite_findings out;
  if (watched* w = find(row, out); w != nullptr) take(*w, row, std::nullopt, out);
  return out;
}

kite_findings kite_tracker::on_trades(std::span<const kite_trade_row> trades) {
  kite_findings out;
  for (const kite_trade_row& t : trades) {
    const auto known = by_kite_id_.find(t.broker_order_id);
    if (known == by_kite_id_.end()) continue;
    watched& w = orders_.at(known->second);
    if (w.trades.contains(t.trade_id)) continue;
    if (t.side != w.side) {
      out.notices.push_back(
          fmt::format("Kite's trade {} of order {} is a {}: not used", t.trade_id, w.at_kite.str(), to_string(t.side)));
      continue;
    }
    if (w.has_ended) {  // the order manager keeps it for reconciliation
      out.notices.push_back(
          fmt::format("Kite's trade {} comes after the end of order {}", t.trade_id, w.at_kite.str()));
      apply(w, t, out);
      continue;
    }
    w.held.emplace(t.trade_id, t);
    w.counted = std::max(w.counted, w.filled + t.qty);
    apply_held(w, out);
    finish(w, out);
  }
  return out;
}

std::vector<broker_order_id> kite_tracker::missing_trades() const {
  std::vector<broker_order_id> out;
  for (const auto& [id, w] : orders_) {
    if (!w.at_kite.empty() && w.filled < w.counted) out.push_back(w.at_kite);
  }
  return out;
}

broker_order_id kite_tracker::at_kite(const client_order_id& id) const {
  const auto it = orders_.find(id);
  return it == orders_.end() ? broker_order_id{} : it->second.at_kite;
}

bool kite_tracker::has_ended(const client_order_id& id) const {
  const auto it = orders_.find(id);
  return it == orders_.end() || it->second.has_ended;
}

std::size_t kite_tracker::live() const {
  return static_cast<std::size_t>(std::ranges::count_if(orders_, [](const auto& e) { return !e.second.has_ended; }));
}

std::size_t kite_tracker::lost() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(orders_, [](const auto& e) { return !e.second.has_ended && e.second.lost_at; }));
}

}  // namespace bulkhead
