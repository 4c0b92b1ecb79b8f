#pragma once
// The risk rules a second time, slow and plain: every decision is worked out from the whole list of events, nothing is
// kept between two of them. Written from docs/kernel.md, shares no code with runtime/domain/risk.
#include "runtime/domain/risk/risk_engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::test {

struct reference_order {
  order_request request;
  quantity filled = 0;
  order_status status = order_status::submitted;
  bool is_submitted = false;
  std::optional<order_terms> asked;  ///< a modification on its way
  bool is_cancel_wanted = false;
  [[nodiscard]] quantity remaining() const { return is_terminal(status) ? 0 : request.qty - filled; }
};

/// What a list of events amounts to.
struct reference_state {
  std::vector<reference_order> orders;  ///< in the order of their approval
  std::vector<order_filled> fills;
  std::vector<timestamp> approvals;
  std::string kill = "off";

  explicit reference_state(const std::vector<event>& events) {
    for (const event& e : events) take(e);
  }

  void take(const event& e) {
    if (const auto* v = std::get_if<signal_validated>(&e.body)) {
      orders.push_back({v->order.get()});
      approvals.push_back(e.ts);
    }
    if (const auto* k = std::get_if<kill_latched>(&e.body)) kill = k->mode;
    if (std::holds_alternative<kill_released>(e.body)) kill = "off";
    if (const auto* s = std::get_if<order_submitted>(&e.body)) at(s->request.client_order_id).is_submitted = true;
    if (const auto* f = std::get_if<order_filled>(&e.body)) {
      fills.push_back(*f);
      reference_order& o = at(f->client_order_id);
      o.filled += f->qty;
      move(o, o.filled == o.request.qty ? order_trigger::final_fill : order_trigger::partial_fill);
    }
    if (const auto* m = std::get_if<order_modify_requested>(&e.body)) at(m->client_order_id).asked = m->terms;
    if (const auto* m = std::get_if<order_modified>(&e.body)) {
      at(m->client_order_id).request.qty = m->terms.qty;
      at(m->client_order_id).asked.reset();
    }
    if (const auto* m = std::get_if<order_modify_rejected>(&e.body)) at(m->client_order_id).asked.reset();
    on<order_accepted>(e, order_trigger::accept);
    on<order_unknown>(e, order_trigger::lose_answer);
    on<order_cancel_requested>(e, order_trigger::cancel_requested);
    on<order_cancelled>(e, order_trigger::cancel);
    on<order_expired>(e, order_trigger::expire);
    on<order_rejected>(e, order_trigger::reject);
    on<order_withheld>(e, order_trigger::reject);
  }

  template <class T>
  void on(const event& e, order_trigger trigger) {
    if (const auto* body = std::get_if<T>(&e.body)) move(at(body->client_order_id), trigger);
  }
  static void move(reference_order& o, order_trigger trigger) {
    if (trigger == order_trigger::cancel_requested) {
      o.is_cancel_wanted = true;
      if (o.status == order_status::unknown) return;  // kept until the broker shows the order
    }
    o.status = next_status(o.status, trigger).value();
    const bool works = o.status == order_status::open || o.status == order_status::partially_filled;
    if (works && o.is_cancel_wanted) o.status = order_status::pending_cancel;
  }
  reference_order& at(const client_order_id& id) {
    return *std::ranges::find_if(orders, [&](const auto& o) { return o.request.client_order_id == id; });
  }

  [[nodiscard]] quantity held(instrument_id instrument, const strategy_id* strategy) const {
    quantity sum = 0;
    for (const order_filled& f : fills) {
      if (f.instrument != instrument || (strategy != nullptr && f.strategy != *strategy)) continue;
      sum += f.side == side::buy ? f.qty : -f.qty;
    }
    return sum;
  }
  [[nodiscard]] quantity working(instrument_id instrument, side s) const {
    quantity sum = 0;
    for (const reference_order& o : orders) {
      if (o.request.instrument == instrument && o.request.side == s) sum += o.remaining();
    }
    return sum;
  }
  [[nodiscard]] quantity worst_case(instrument_id instrument, side s) const {
    const quantity position = held(instrument, nullptr);
    return (s == side::buy ? position : -position) + working(instrument, s);
  }
  [[nodiscard]] std::int64_t approvals_in_last_second(timestamp now) const {
    return std::ranges::count_if(approvals, [&](timestamp t) { return t.ns > now.ns - 1'000'000'000 && t <= now; });
  }
};

/// What the decision must be: the cancels asked for, then the approved quantity or the rule that refused.
struct reference_decision {
  std::vector<client_order_id> cancels;
  quantity approved = 0;
  std::string refused_by;
};

inline std::string refusing_rule(const reference_state& w, const risk_limits& limits, const signal& s, quantity left,
                                 std::optional<price> last, timestamp now) {
  const bool exit = s.action == signal_action::exit;
  const std::int64_t open = start_of_day(20220103).ns + (9 * 60 + 15) * 60'000'000'000;
  const std::int64_t close = start_of_day(20220103).ns + (15 * 60 + 30) * 60'000'000'000;
  if (w.kill == "halt" || (w.kill == "reduce-only" && !exit)) return "kill_latch";
  if (now.ns < open || now.ns >= close) return "session";
  if (exit && left <= 0) return "nothing_to_exit";
  if (!last) return "no_price";
  const bool limit = s.type == order_type::limit;
  const std::int64_t value = (limit ? s.limit_price : *last).raw * s.qty;
  if (!exit && s.qty > limits.max_order_quantity) return "order_quantity";
  if (!exit && value > limits.max_order_value.raw) return "order_value";
  if (!exit && w.worst_case(s.instrument, s.side) + s.qty > limits.max_position_quantity) return "position";
  const std::int64_t distance = std::abs(s.limit_price.raw - last->raw);
  if (limit && distance * 10'000 > limits.price_collar_bps * last->raw) return "price_collar";
  const std::int64_t allowed = limits.max_orders_per_second - (exit ? 0 : limits.exit_reserve_per_second);
  return w.approvals_in_last_second(now) >= allowed ? "orders_per_second" : "";
}

inline reference_decision decide_from_events(const std::vector<event>& events, const risk_limits& limits,
                                             const signal& s, std::optional<price> last, timestamp now) {
  const reference_state w{events};
  reference_decision d;
  quantity left = s.side == side::sell ? w.held(s.instrument, &s.strategy) : -w.held(s.instrument, &s.strategy);
  const bool exit = s.action == signal_action::exit;
  for (const reference_order& o : w.orders) {
    const order_request& r = o.request;
    if (!exit || r.strategy != s.strategy || r.instrument != s.instrument || is_terminal(o.status)) continue;
    if (r.side == s.side && r.reduces) left -= o.remaining();
    const bool cancellable = o.is_submitted && !o.is_cancel_wanted && !r.reduces && r.side != s.side;
    if (cancellable) d.cancels.push_back(r.client_order_id);
  }
  d.refused_by = refusing_rule(w, limits, s, left, last, now);
  if (d.refused_by.empty()) d.approved = exit && left < s.qty ? left : s.qty;
  return d;
}

}  // namespace bulkhead::test
