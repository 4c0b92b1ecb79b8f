#include "runtime/domain/order_report.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

using kind = broker_update::kind;

std::optional<std::string> malformed(const broker_update& u) {
  if (u.what == kind::accepted && u.broker_order_id.empty()) return "an acceptance without the broker's order id";
  if (u.what != kind::filled) return std::nullopt;
  if (u.fill_id.empty()) return "a fill without a fill id";
  if (u.qty < 1) return fmt::format("a fill of {} units, allowed: 1 or more", u.qty);
  if (u.price.raw < 1 || u.price > price::max()) {
    return fmt::format("a fill at {}, allowed: above 0, up to {}", to_string(u.price), to_string(price::max()));
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
  if (u.what == kind::rejected && o.filled > 0) {
    return fmt::format("{} units are filled, a filled order cannot be rejected", o.filled);
  }
  if (u.what == kind::answer_lost && (o.filled > 0 || !o.broker_order_id.empty())) {
    return "the broker has shown before that it knows this order; its status stays " + std::string{to_string(o.status)};
  }
  return std::nullopt;
}

}  // namespace

std::string describe(const broker_update& u) {
  switch (u.what) {
    case kind::accepted:
      return "accepted as " + u.broker_order_id.str();
    case kind::filled:
      return fmt::format("filled {} at {} as {}", u.qty, to_string(u.price), u.fill_id.str());
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

order_trigger fill_trigger(const order& o, quantity qty) {
  return qty < o.remaining() ? order_trigger::partial_fill : order_trigger::final_fill;
}

order_trigger trigger_of(const order& o, const broker_update& u) {
  switch (u.what) {
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
    case kind::filled:
      return false;
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

std::optional<std::string> objection(const order& o, const broker_update& u) {
  if (auto why = malformed(u)) return why;
  const order_trigger trigger = trigger_of(o, u);
  if (is_terminal(o.status)) return fmt::format("the order ended before: {}", to_string(o.status));
  if (auto why = contradiction(o, u)) return why;
  if (!next_status(o.status, trigger)) {
    return fmt::format("\"{}\" is not possible in status {}", to_string(trigger), to_string(o.status));
  }
  return std::nullopt;
}

}  // namespace bulkhead
