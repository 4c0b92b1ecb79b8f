#pragma once
// Equality of events, field by field. The structured bindings name every field: a new one does not compile until it is
// compared here.
#include "runtime/domain/events.hpp"

#include <tuple>

namespace bulkhead::test {

inline auto fields(const charge_breakdown& e) {
  const auto& [a, b, c, d, f, g, h] = e;
  return std::tuple(a, b, c, d, f, g, h);
}
inline auto fields(const order_request& e) {
  const auto& [a, b, c, d, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = e;
  return std::tuple(a, b, c, d, f, g, h, i, j, k, l, m, n, o, p, q, r, s);
}
inline auto fields(const order_terms& e) {
  const auto& [a, b, c] = e;
  return std::tuple(a, b, c);
}
inline auto fields(const performance& e) {
  const auto& [a, b, c, d, f, g] = e;
  return std::tuple(a, b, c, d, f, g);
}
inline auto fields(const strategy_view& e) {
  const auto& [a, b, c, d, p] = e;
  return std::tuple(a, b, c, d, fields(p));
}
inline auto fields(const account_opened& e) { return std::tuple(e.capital); }
inline auto fields(const signal_received& e) {
  const auto& [signal, from] = e;
  const auto& [a, b, c, d, f, g, h, i, j, k, l, m, n, o, p, q, r] = signal;
  const signal_origin origin = from.value_or(signal_origin{});
  const auto& [id, topic, partition, offset] = origin;
  return std::tuple(a, b, c, d, f, g, h, i, j, k, l, m, n, o, p, q, r, id, topic, partition, offset);
}
inline auto fields(const signal_validated& e) { return fields(e.order.get()); }
inline auto fields(const signal_rejected& e) {
  const auto& [a, b, c, d, f, g, h] = e;
  return std::tuple(a, b, c, d, f, g, h);
}
inline auto fields(const order_submitted& e) { return fields(e.request); }
inline auto fields(const order_withheld& e) {
  const auto& [a, b] = e;
  return std::tuple(a, b);
}
inline auto fields(const order_accepted& e) {
  const auto& [a, b] = e;
  return std::tuple(a, b);
}
inline auto fields(const order_cancel_requested& e) {
  const auto& [a, b] = e;
  return std::tuple(a, b);
}
inline auto fields(const order_cancelled& e) {
  const auto& [a, b, c] = e;
  return std::tuple(a, b, c);
}
inline auto fields(const order_expired& e) {
  const auto& [a, b] = e;
  return std::tuple(a, b);
}
inline auto fields(const order_rejected& e) {
  const auto& [a, b, c] = e;
  return std::tuple(a, b, c);
}
inline auto fields(const order_unknown& e) {
  const auto& [a, b] = e;
  return std::tuple(a, b);
}
inline auto fields(const order_filled& e) {
  const auto& [a, b, c, d, f, g, h, i, j, k, charges] = e;
  return std::tuple(a, b, c, d, f, g, h, i, j, k, fields(charges));
}
inline auto fields(const broker_update_refused& e) {
  const auto& [a, b, c] = e;
  return std::tuple(a, b, c);
}
inline auto fields(const position_view& e) {
  const auto& [a, b, c, d, f, g, h, i, j] = e;
  return std::tuple(a, b, c, d, f, g, h, i, j);
}
inline auto fields(const portfolio_snapshot& e) {
  const auto& [a, b, c, d, f, overall, positions, strategies] = e;
  std::vector<decltype(fields(position_view{}))> rows;
  for (const position_view& p : positions) rows.push_back(fields(p));
  std::vector<decltype(fields(strategy_view{}))> lines;
  for (const strategy_view& s : strategies) lines.push_back(fields(s));
  return std::tuple(a, b, c, d, f, fields(overall), rows, lines);
}
inline auto fields(const kill_latched& e) {
  const auto& [a, b, c, d] = e;
  return std::tuple(a, b, c, d);
}
inline auto fields(const kill_released& e) {
  const auto& [a, b] = e;
  return std::tuple(a, b);
}
inline auto fields(const order_modify_requested& e) {
  const auto& [a, terms, b] = e;
  return std::tuple(a, fields(terms), b);
}
inline auto fields(const order_modified& e) {
  const auto& [a, terms, b] = e;
  return std::tuple(a, fields(terms), b);
}
inline auto fields(const order_modify_rejected& e) {
  const auto& [a, b] = e;
  return std::tuple(a, b);
}
inline auto fields(const order_triggered& e) { return std::tuple(e.client_order_id); }
inline auto fields(const command_refused& e) {
  const auto& [a, b] = e;
  return std::tuple(a, b);
}
inline auto fields(const strategy_changed& e) {
  const auto& [a, b, c] = e;
  return std::tuple(a, b, c);
}
inline auto fields(const feed_noticed& e) {
  const auto& [a, b, c] = e;
  return std::tuple(a, b, c);
}
inline auto fields(const account_difference& e) {
  const auto& [a, b, c, d, f, g, h] = e;
  return std::tuple(a, b, c, d, f, g, h);
}
inline auto fields(const account_reconciled& e) {
  const auto& [a, b, c, d, f, g] = e;
  return std::tuple(a, b, c, d, f, g);
}
inline auto fields(const inbox_positioned& e) {
  const auto& [a, b, c, d] = e;
  return std::tuple(a, b, c, d);
}

inline bool equal(const event_body& a, const event_body& b) {
  return std::visit(
      [](const auto& x, const auto& y) {
        if constexpr (std::is_same_v<decltype(x), decltype(y)>) return fields(x) == fields(y);
        return false;
      },
      a, b);
}

inline bool equal(const event& a, const event& b) {
  const auto& [seq, feed, step, ts, correlation, causation, trace, body] = a;
  return std::tie(seq, feed, step, ts, correlation, causation, trace) ==
             std::tie(b.seq, b.feed, b.step, b.ts, b.correlation, b.causation_seq, b.trace_feed) &&
         equal(body, b.body);
}

}  // namespace bulkhead::test
