#include "runtime/domain/order_report.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

using kind = broker_update::kind;

bool in_range(price p) { return p.raw >= 1 && p <= price::max(); }

std::optional<std::string> malformed(const broker_update& u) {
  if (u.what == kind::accepted && u.broker_order_id.empty()) return "an acceptance without the broker's order id";
  if (u.what == kind::modified && u.terms.qty < 1) return "a modification to less than 1 unit";
  if (u.what != kind::filled) return std::nullopt;
  if (u.fill_id.empty()) return "a fill without a fill id";
  if (u.qty < 1) return fmt::format("a fill of {} units, allowed: 1 or more", u.qty);
  if (!in_range(u.price)) {
    return fmt::format("a fill at {}, allowed: above 0, up to {}", to_string(u.price), to_string(price::max()));
  }
  return std::nullopt;
}

/// Why an order cannot have these terms. What it takes over must read back from a snapshot, too.
std::optional<std::string> impossible(const order& o, const order_terms& t) {
  if (t.qty <= o.filled) return fmt::format("modified to {} units, {} are filled", t.qty, o.filled);
  if (t.qty > max_quantity) return fmt::format("modified to {} units, allowed: up to {}", t.qty, max_quantity);
  if (has_limit(o.request.type) && !in_range(t.limit_price)) {
    return fmt::format("modified to limit {}, allowed: above 0, up to {}", to_string(t.limit_price),
                       to_string(price::max()));
  }
  if (has_trigger(o.request.type) && !in_range(t.trigger_price)) {
    return fmt::format("modified to trigger {}, allowed: above 0, up to {}", to_string(t.trigger_price),
                       to_string(price::max()));
  }
  return std::nullopt;
}

/// What the table cannot see: quantities and ids.
std::optional<std::string> contradiction(const order& o, const broker_update& u) {
  if (u.what == kind::accepted && !o.broker_order_id.empty()) {
    return fmt::format("the broker accepted it as {} before", o.broker_order_id.str());
  }
  if (u.what == kind::filled && u.qty > o.remaining()) {
    return fmt::format("overfill: {} of {} units remain", o.remaining(), o.request.qty);
  }
  if (u.what == kind::modified) return impossible(o, terms_for(o, u.terms));
  if (u.what == kind::triggered && !has_trigger(o.request.type)) {
    return fmt::format("a {} order has no trigger", to_string(o.request.type));
  }
  if (u.what == kind::rejected && o.filled > 0) {
    return fmt::format("{} units are filled, a filled order cannot be rejected", o.filled);
  }
  if (u.what == kind::answer_lost && (o.filled > 0 || !o.broker_order_id.empty())) {
    return "the broker has shown before that it knows this order; its status stays " + std::string{to_string(o.status)};
  }
  return std::nullopt;
}

order_terms terms_of(const order& o) { return {o.request.qty, o.request.limit_price, o.request.trigger_price}; }

}  // namespace

std::string describe(const broker_update& u) {
  switch (u.what) {
    case kind::accepted:
      return "accepted as " + u.broker_order_id.str();
    case kind::triggered:
      return "triggered";
    case kind::filled:
      return fmt::format("filled {} at {} as {}", u.qty, to_string(u.price), u.fill_id.str());
    case kind::modified:
      return fmt::format("modified to {} units, limit {}, trigger {}: {}", u.terms.qty, to_string(u.terms.limit_price),
                         to_string(u.terms.trigger_price), u.reason);
    case kind::modify_rejected:
      return "modification rejected: " + u.reason;
    case kind::cancelled:
      return "cancelled: " + u.reason;
    case kind::expired:
      return "expired";
    case kind::rejected:
      return "rejected: " + u.reason;
    case kind::answer_lost:
      return "answer lost: " + u.reason;
  }
  return fmt::format("update of kind {}", static_cast<int>(u.what));
}

order_terms terms_for(const order& o, const order_terms& t) {
  const order_request& r = o.request;
  return {.qty = t.qty,
          .limit_price = has_limit(r.type) ? t.limit_price : price{},
          .trigger_price = has_trigger(r.type) && !o.triggered ? t.trigger_price : r.trigger_price};
}

order_trigger fill_trigger(const order& o, quantity qty) {
  return qty < o.remaining() ? order_trigger::partial_fill : order_trigger::final_fill;
}

std::optional<order_trigger> trigger_of(const order& o, const broker_update& u) {
  switch (u.what) {
    case kind::triggered:
    case kind::modified:
    case kind::modify_rejected:
      return std::nullopt;
    case kind::accepted:
      return order_trigger::accept;
    case kind::filled:
      return fill_trigger(o, u.qty);
    case kind::cancelled:
      return order_trigger::cancel;
    case kind::expired:
      return order_trigger::expire;
    case kind::rejected:
      return order_trigger::reject;
    case kind::answer_lost:
      break;
  }
  return order_trigger::lose_answer;
}

bool says_nothing_new(const order& o, const broker_update& u) {
  switch (u.what) {
    case kind::accepted:
      return !o.broker_order_id.empty() && o.broker_order_id == u.broker_order_id;
    case kind::triggered:
      return o.triggered;
    case kind::filled:
      return false;
    case kind::modified:
      return terms_for(o, u.terms) == terms_of(o) && (!o.asked_terms || terms_for(o, *o.asked_terms) != terms_of(o));
    case kind::modify_rejected:
      return !o.asked_terms;
    case kind::cancelled:
      return o.status == order_status::cancelled;
    case kind::expired:
      return o.status == order_status::expired;
    case kind::rejected:
      return o.status == order_status::rejected;
    case kind::answer_lost:
      return o.status == order_status::unknown;
  }
  return false;
}

bool awaits_cancel(const order& o) {
  return o.status == order_status::unknown && o.changed_feed != 0 && !o.asked_terms;
}

bool only_shrinks(const order& o) {
  if (!o.request.reduces || !o.asked_terms) return false;
  const order_terms asked = terms_for(o, *o.asked_terms);
  const order_terms now = terms_of(o);
  return asked.qty <= now.qty && asked.limit_price == now.limit_price && asked.trigger_price == now.trigger_price;
}

std::optional<std::string> objection(const order& o, const broker_update& u) {
  if (auto why = malformed(u)) return why;
  const std::optional<order_trigger> trigger = trigger_of(o, u);
  if (is_terminal(o.status)) return fmt::format("the order ended before: {}", to_string(o.status));
  if (auto why = contradiction(o, u)) return why;
  if (trigger && !next_status(o.status, *trigger)) {
    return fmt::format("\"{}\" is not possible in status {}", to_string(*trigger), to_string(o.status));
  }
  return std::nullopt;
}

}  // namespace bulkhead
