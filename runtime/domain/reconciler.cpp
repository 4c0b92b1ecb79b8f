#include "runtime/domain/reconciler.hpp"

#include "runtime/domain/delivery.hpp"
#include "runtime/domain/order_report.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

constexpr std::string_view is_over = "settled";

bool is_same(const account_difference& a, const account_difference& b) {
  return a.ours == b.ours && a.theirs == b.theirs && a.action == b.action;
}

/// Said before. A line that is off by the same units is no news, whatever is traded in it meanwhile.
bool is_known(const account_difference& said, const account_difference& now) {
  return said.units != 0 ? said.units == now.units && said.action == now.action : is_same(said, now);
}

/// An order by hand that was seen in the book of this day is gone from it.
template <class Standing>
bool has_lost_foreign(const Standing& standing, const account_statement& s) {
  return std::ranges::any_of(standing, [&](const auto& entry) {
    return entry.first.first == "foreign_order" && std::ranges::none_of(s.orders, [&](const account_order& o) {
             return o.broker_order_id.str() == entry.first.second;
           });
  });
}

/// A line's key is "SYMBOL PRODUCT".
account_line line_of(const std::string& key) {
  const auto space = key.rfind(' ');
  return {key.substr(0, space), space == std::string::npos ? "" : key.substr(space + 1)};
}

}  // namespace

void reconciler::apply(const event& e) {
  ledger_.apply(e);
  const auto* d = std::get_if<account_difference>(&e.body);
  if (d == nullptr) return;
  if (const trade_date today = date_of(e.ts); today > date_) {
    // A broker's book holds one day.
    std::erase_if(standing_, [](const auto& entry) { return entry.first.first == "foreign_order"; });
    date_ = today;
  }
  const name of{d->subject, d->key};
  if (d->action == is_over) standing_.erase(of);
  if (d->action == "halted" || d->action == action_stopped || d->action == "noted") standing_[of] = *d;
}

reconciler::said reconciler::confirmed(const account_comparison& c) {
  said now;
  said sure;
  for (const auto* list : {&c.differences, &c.foreign, &c.over}) {
    for (const account_difference& d : *list) {
      const name of{d.subject, d.key};
      const auto before = pending_.find(of);
      const bool is_sure = d.subject == "foreign_order" || (before != pending_.end() && is_same(before->second, d));
      if (is_sure) sure.insert_or_assign(of, d);
      now.insert_or_assign(of, d);
    }
  }
  pending_ = std::move(now);
  return sure;
}

void reconciler::say_ends(const account_statement& s, verdict& out) const {
  for (const auto& [of, d] : standing_) {
    // A book that was emptied says nothing of orders, and the night nothing of shares.
    const bool is_line = d.subject == "position" || d.subject == "foreign_position";
    const bool is_unsure = is_line && is_delivery(line_of(d.key)) && is_moving_to_holdings(s.at);
    if (pending_.contains(of) || is_unsure || (!is_line && s.orders.empty())) continue;
    account_difference over = d;
    over.ours = over.theirs = "";
    over.units = 0;
    over.action = is_over;
    over.reason = "the broker's book no longer shows it";
    out.events.emplace_back(std::move(over));
  }
}

reconciler::verdict reconciler::judge(const account_statement& statement) {
  foreign_units known;
  // What the last statement showed for the first time is known, too: else what is foreign would cast doubt on ours.
  for (const said* from : {&standing_, &pending_}) {
    for (const auto& [of, d] : *from) {
      if (d.subject == "foreign_position") known[line_of(d.key)] = d.units;
    }
  }
  account_comparison c = compare(ledger_, statement, known);
  if (date_of(statement.at) == date_ && has_lost_foreign(standing_, statement)) {
    // A book that was emptied: what it lacks is no proof.
    for (account_difference& d : c.over) {
      d.action = "halted";
      d.reason = "the book has lost orders that were in it: decide with orders resolve";
      c.differences.push_back(std::move(d));
    }
    c.over.clear();
  }
  const said sure = confirmed(c);
  verdict out;
  out.is_known = std::ranges::all_of(c.differences, [&](const auto& d) {
    return standing_.contains({d.subject, d.key});
  });
  for (const auto& [of, d] : sure) {
    if (const auto it = standing_.find(of); it != standing_.end() && is_known(it->second, d)) continue;
    out.events.emplace_back(d);
    if (d.action != "repaired") continue;
    out.updates.push_back(update_of(client_order_id{d.key}, broker_update::kind::expired));
  }
  say_ends(statement, out);
  const bool has_news = !out.events.empty() || reconciled_changes_ != ledger_.changes();
  if (c.differences.empty() && c.over.empty() && has_news) {
    reconciled_changes_ = ledger_.changes();
    out.events.emplace_back(c.figures);
  }
  return out;
}

std::size_t reconciler::standing() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(standing_, [](const auto& entry) { return entry.second.action != "noted"; }));
}

std::set<account_line> reconciler::short_lines() const {
  std::set<account_line> lines;
  for (const auto& [of, d] : standing_) {
    if (d.action == action_stopped) lines.insert(line_of(d.key));
  }
  return lines;
}

nlohmann::json reconciler::snapshot() const {
  nlohmann::json standing = nlohmann::json::array();
  for (const auto& [of, d] : standing_) {
    standing.push_back({{"subject", d.subject},
                        {"key", d.key},
                        {"ours", d.ours},
                        {"theirs", d.theirs},
                        {"units", d.units},
                        {"action", d.action},
                        {"reason", d.reason}});
  }
  return {{"ledger", ledger_.snapshot()}, {"standing", std::move(standing)}, {"date", date_}};
}

void reconciler::restore(const nlohmann::json& state) {
  said standing;
  for (const auto& d : state.at("standing")) {
    account_difference one{.subject = d.at("subject").get<std::string>(),
                           .key = d.at("key").get<std::string>(),
                           .ours = d.at("ours").get<std::string>(),
                           .theirs = d.at("theirs").get<std::string>(),
                           .units = d.at("units").get<std::int64_t>(),
                           .action = d.at("action").get<std::string>(),
                           .reason = d.at("reason").get<std::string>()};
    standing.insert_or_assign(name{one.subject, one.key}, std::move(one));
  }
  const trade_date date = state.at("date").get<trade_date>();
  ledger_.restore(state.at("ledger"));
  standing_ = std::move(standing);
  date_ = date;
}

}  // namespace bulkhead
