#pragma once
// A journal beside the account of a broker that takes and fills what it is sent.
#include "runtime/domain/reconciler.hpp"
#include "support/order_fixtures.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::test {

inline const std::string ours_a = "abcdefghij234567klmn";
inline const std::string ours_b = "bbcdefghij234567klmn";

/// Lines of NSE:NIFTY, MIS where nothing else is said.
struct desk {
  reconciler book{instruments()};
  account_statement at_broker{.occasion = "timer", .at = at(10, 0)};
  std::uint64_t seq = 0;

  void journal(event_body body) { book.apply({.seq = ++seq, .ts = at(10, 0), .body = std::move(body)}); }
  void journal(const std::vector<event_body>& bodies) {
    for (const event_body& b : bodies) journal(b);
  }

  account_order& row(const std::string& tag, side s, quantity qty, const std::string& status = "OPEN") {
    at_broker.orders.push_back({.broker_order_id = broker_order_id{fmt::format("K{}", at_broker.orders.size() + 1)},
                                .tags = {tag},
                                .symbol = "NSE:NIFTY",
                                .product = "MIS",
                                .status = status,
                                .side = s,
                                .qty = qty,
                                .is_working = status == "OPEN"});
    return at_broker.orders.back();
  }
  void trade(const account_order& o, quantity qty, price p = rupees(100)) {
    at_broker.trades.push_back({o.broker_order_id, o.symbol, o.product, o.side, qty, p});
    hold(sign(o.side) * qty);
  }
  void hold(quantity more, quantity overnight = 0) {
    if (at_broker.positions.empty()) at_broker.positions.push_back({.symbol = "NSE:NIFTY", .product = "MIS"});
    at_broker.positions[0].qty += more + overnight;
    at_broker.positions[0].overnight_qty += overnight;
  }
  /// The same on both sides: an order that filled whole.
  void filled(const std::string& tag, side s, quantity qty) {
    account_order& o = row(tag, s, qty, "COMPLETE");
    o.filled = qty;
    trade(o, qty);
    submitted(tag, s, qty);
    journal(order_accepted{client_order_id{tag}, o.broker_order_id});
    journal(fill(tag, s, qty, 0));
  }
  void submitted(const std::string& tag, side s, quantity qty, product p = product::mis) {
    order_request r = market(tag.c_str(), s, qty);
    r.product = p;
    journal(order_submitted{r});
  }
  /// The broker took it, and emptied its book since.
  void accepted_before(const std::string& tag) {
    journal(order_accepted{client_order_id{tag}, broker_order_id{"K-" + tag}});
  }
  static order_filled fill(const std::string& tag, side s, quantity qty, quantity left, price p = rupees(100)) {
    return {.client_order_id = client_order_id{tag},
            .fill_id = fill_id{"K:" + tag + std::to_string(left)},
            .strategy = strategy_id{"demo"},
            .instrument = nifty,
            .side = s,
            .qty = qty,
            .price = p,
            .remaining_qty = left};
  }

  /// What the next statement makes it say; journaled.
  std::vector<event_body> judge() {
    auto verdict = book.judge(at_broker);
    updates = std::move(verdict.updates);
    journal(verdict.events);
    return std::move(verdict.events);
  }
  std::vector<broker_update> updates;
};

inline std::vector<account_difference> differences(const std::vector<event_body>& bodies) {
  std::vector<account_difference> out;
  for (const event_body& b : bodies) {
    if (const auto* d = std::get_if<account_difference>(&b)) out.push_back(*d);
  }
  return out;
}

inline bool is_reconciled(const std::vector<event_body>& bodies) {
  return std::ranges::any_of(bodies, [](const auto& b) { return std::holds_alternative<account_reconciled>(b); });
}

}  // namespace bulkhead::test
