#pragma once
// One broker's risk engine with small limits, and short ways to write signals and events. Monday 2022-01-03.
#include "runtime/domain/risk/risk_engine.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead::test {

constexpr price at_rupees(std::int64_t r) { return {r * money_scale}; }

struct risk_fixture {
  instrument_table instruments;
  instrument_id nifty = instruments.add({.key = "NSE:NIFTY", .tick_size = {500}});
  instrument_id bank = instruments.add({.key = "NSE:BANKNIFTY", .tick_size = {500}});
  risk_settings settings{.broker = {.max_order_quantity = 100,
                                    .max_order_value = {100'000 * money_scale},
                                    .max_position_quantity = 250,
                                    .price_collar_bps = 100,
                                    .max_orders_per_second = 10,
                                    .exit_reserve_per_second = 4}};
  risk_limits& limits = settings.broker;
  risk_venue venue;
  money capital{1'000'000'000 * money_scale};
  risk_engine engine = fresh();
  price last{1000 * money_scale};  ///< of both instruments
  bool bank_has_ticked = true;
  timestamp now = at(10, 0, 0);
  feed_seq feed = 1;
  std::uint64_t seq = 0;
  std::vector<event> journal;

  risk_fixture() { restart(); }
  [[nodiscard]] risk_engine fresh() const { return risk_engine{settings, trading_session{}, instruments, venue}; }
  /// An engine with the settings as they are now, and nothing but its capital.
  void restart() {
    engine = fresh();
    apply(account_opened{capital});
  }

  static timestamp at(int h, int m, int s, trade_date date = 20220103) {
    return start_of_day(date) + seconds(h * 3600 + m * 60 + s);
  }

  signal make(signal_action action, side s, quantity qty, const char* strategy = "ema") {
    signal made;
    made.strategy = strategy_id{strategy};
    made.instrument = nifty;
    made.action = action;
    made.side = s;
    made.qty = qty;
    made.ts = now;
    made.feed = feed;
    made.ordinal = next_ordinal_++;
    made.id = derive_signal_id(made.strategy, instruments.key(nifty), feed, made.ordinal);
    return made;
  }
  signal buy(quantity qty, const char* strategy = "ema") {
    return make(signal_action::entry, side::buy, qty, strategy);
  }
  signal sell(quantity qty, const char* strategy = "ema") {
    return make(signal_action::entry, side::sell, qty, strategy);
  }
  signal exit_long(quantity qty, const char* strategy = "ema") {
    return make(signal_action::exit, side::sell, qty, strategy);
  }
  signal exit_short(quantity qty, const char* strategy = "ema") {
    return make(signal_action::exit, side::buy, qty, strategy);
  }
  static signal at_limit(signal s, price limit) {
    s.type = order_type::limit;
    s.limit_price = limit;
    return s;
  }

  /// One frame with these signals; the decisions are sequenced, and the engine does not get them back.
  std::vector<event_body> decide(const std::vector<signal>& signals) {
    std::vector<quote> quotes{{nifty, last, now}};
    if (bank_has_ticked) quotes.push_back({bank, last, now});
    auto bodies = engine.decide(signals, quotes, now, feed);
    for (const event_body& body : bodies) sequence(body);
    return bodies;
  }
  event_body decide_one(const signal& s) { return decide({s}).back(); }
  signal_rejected rejected(const signal& s) {
    const event_body body = decide_one(s);
    REQUIRE(std::holds_alternative<signal_rejected>(body));
    return std::get<signal_rejected>(body);
  }
  order_request approved(const signal& s) {
    const event_body body = decide_one(s);
    REQUIRE(std::holds_alternative<signal_validated>(body));
    return std::get<signal_validated>(body).order.get();
  }
  /// Approved, and its intent journaled.
  order_request placed(const signal& s) {
    order_request r = approved(s);
    apply(order_submitted{r});
    return r;
  }
  /// The next frame, so much later.
  void pass(duration d) {
    now = now + d;
    ++feed;
  }

  const event& sequence(event_body body) {
    journal.push_back({.seq = ++seq, .feed = feed, .step = step_kind::input, .ts = now, .body = std::move(body)});
    return journal.back();
  }
  /// An event that another role made.
  void apply(event_body body) { engine.apply(sequence(std::move(body))); }
  void fill(const order_request& r, quantity qty) {
    apply(order_filled{.client_order_id = r.client_order_id,
                       .fill_id = fill_id{std::to_string(seq + 1)},
                       .strategy = r.strategy,
                       .instrument = r.instrument,
                       .product = r.product,
                       .side = r.side,
                       .qty = qty,
                       .price = last});
  }
  /// A position from nothing, a second ago so that the rate window is free.
  void hold(side s, quantity qty, const char* strategy = "ema") {
    while (qty > 0) {
      const quantity part = limits.max_order_quantity == 0 ? qty : std::min(qty, limits.max_order_quantity);
      fill(placed(make(signal_action::entry, s, part, strategy)), part);
      qty -= part;
      pass(seconds(1));
    }
  }

 private:
  std::uint32_t next_ordinal_ = 0;
};

/// The orders approved among these.
inline std::vector<order_request> approvals(const std::vector<event_body>& bodies) {
  std::vector<order_request> orders;
  for (const event_body& body : bodies) {
    if (const auto* v = std::get_if<signal_validated>(&body)) orders.push_back(v->order.get());
  }
  return orders;
}
/// The cancels asked for among these.
inline std::vector<client_order_id> cancels(const std::vector<event_body>& bodies) {
  std::vector<client_order_id> ids;
  for (const event_body& body : bodies) {
    if (const auto* c = std::get_if<order_cancel_requested>(&body)) ids.push_back(c->client_order_id);
  }
  return ids;
}

inline void check_refused(const signal_rejected& r, const char* rule, const char* limit, const char* observed,
                          const char* unit) {
  CHECK(r.rule == rule);
  CHECK(r.limit == limit);
  CHECK(r.observed == observed);
  CHECK(r.unit == unit);
}

}  // namespace bulkhead::test
