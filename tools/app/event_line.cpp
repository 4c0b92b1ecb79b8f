#include "tools/app/event_line.hpp"

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

constexpr std::size_t shown_of_id = 10;

std::string prices(order_type type, price limit, price trigger) {
  std::string out;
  if (has_trigger(type)) out += " trigger " + to_string(trigger);
  if (has_limit(type)) out += (has_trigger(type) ? " limit " : " ") + to_string(limit);
  return out;
}

std::string bracket(price stop_loss_offset, price target_offset) {
  std::string out;
  if (stop_loss_offset.raw != 0) out += " stop -" + to_string(stop_loss_offset);
  if (target_offset.raw != 0) out += " target +" + to_string(target_offset);
  return out;
}

std::string terms_words(const order_terms& t) {
  std::string out = fmt::format("quantity {}", t.qty);
  if (t.limit_price.raw != 0) out += " limit " + to_string(t.limit_price);
  if (t.trigger_price.raw != 0) out += " trigger " + to_string(t.trigger_price);
  return out;
}

std::string with_reason(std::string text, const std::string& reason) {
  if (reason.empty()) return text;
  return text.empty() ? reason : text + ": " + reason;
}

/// One overload per type of event; a type without one does not compile.
struct teller {
  const instrument_table& instruments;

  std::string operator()(const account_opened& a) const { return "capital " + to_string(a.capital); }
  std::string operator()(const signal_received& s) const {
    return with_reason(s.signal.strategy.str() + " " + signal_words(s.signal, instruments), s.signal.reason);
  }
  std::string operator()(const signal_validated& v) const { return about(v.order.get()); }
  std::string operator()(const signal_rejected& r) const {
    std::string out = fmt::format("{} {} by {}", r.strategy.str(), instruments.key(r.instrument), r.rule);
    if (r.limit.empty() && r.observed.empty()) return out;
    return out + fmt::format(": limit {}, observed {} {}", r.limit, r.observed, r.unit);
  }
  std::string operator()(const order_submitted& s) const { return about(s.request); }
  std::string operator()(const order_withheld& w) const { return reasoned(w); }
  std::string operator()(const order_accepted& a) const { return id(a) + " as " + a.broker_order_id.str(); }
  std::string operator()(const order_cancel_requested& c) const { return reasoned(c); }
  std::string operator()(const order_modify_requested& m) const {
    return with_reason(id(m) + " " + terms_words(m.terms), m.reason);
  }
  std::string operator()(const order_modified& m) const {
    return with_reason(id(m) + " " + terms_words(m.terms), m.reason);
  }
  std::string operator()(const order_modify_rejected& m) const { return reasoned(m); }
  std::string operator()(const order_triggered& t) const { return id(t); }
  std::string operator()(const order_cancelled& c) const {
    return with_reason(fmt::format("{} filled {}", id(c), c.filled), c.reason);
  }
  std::string operator()(const order_expired& x) const { return fmt::format("{} filled {}", id(x), x.filled); }
  std::string operator()(const order_rejected& r) const {
    return with_reason(id(r) + (r.at_gate ? " at the gate" : " by the broker"), r.reason);
  }
  std::string operator()(const order_unknown& u) const { return reasoned(u); }
  std::string operator()(const order_filled& f) const {
    return fmt::format("{} {} {} {} at {} ({} left), charges {}", id(f), to_string(f.side), f.qty,
                       instruments.key(f.instrument), to_string(f.price), f.remaining_qty,
                       to_string(f.charges.total()));
  }
  std::string operator()(const broker_update_refused& u) const { return with_reason(id(u) + " " + u.update, u.reason); }
  std::string operator()(const portfolio_snapshot& p) const {
    return fmt::format("net {} equity {} charges {}", to_string(p.realised + p.unrealised - p.charges),
                       to_string(p.equity), to_string(p.charges));
  }
  std::string operator()(const kill_latched& k) const {
    return with_reason(fmt::format("{} {} by {}", whom(k.strategy), k.mode, k.cause), k.reason);
  }
  std::string operator()(const kill_released& k) const { return with_reason(whom(k.strategy), k.reason); }
  std::string operator()(const command_refused& c) const { return with_reason(c.command, c.reason); }
  std::string operator()(const strategy_changed& s) const {
    return with_reason(s.strategy.str() + " " + s.change, s.reason);
  }
  std::string operator()(const feed_noticed& f) const {
    return fmt::format("{} {} {}", instruments.key(f.instrument), f.what, f.count);
  }
  std::string operator()(const inbox_positioned& at) const {
    return with_reason(fmt::format("{} partition {} from {}", at.topic, at.partition, at.offset), at.reason);
  }

  std::string operator()(const account_difference& d) const {
    std::string sides = d.ours.empty() ? d.theirs : fmt::format("ours {}; theirs {}", d.ours, d.theirs);
    return with_reason(fmt::format("{} {} {}{}{}", d.action, d.subject, d.key, sides == "" ? "" : ": ", sides),
                       d.reason);
  }
  std::string operator()(const account_reconciled& r) const {
    return fmt::format(
        "{}: fits the broker's book: {} of our orders, {} open positions ({} foreign), {} foreign orders", r.occasion,
        r.orders, r.open_positions, r.foreign_positions, r.foreign_orders);
  }

  template <class Event>
  static std::string id(const Event& e) {
    return short_id(e.client_order_id);
  }
  template <class Event>
  static std::string reasoned(const Event& e) {
    return with_reason(id(e), e.reason);
  }
  [[nodiscard]] std::string about(const order_request& r) const {
    return fmt::format("{} {} {}", short_id(r.client_order_id), r.strategy.str(), order_words(r, instruments));
  }
  static std::string whom(const strategy_id& strategy) { return strategy.empty() ? "broker" : strategy.str(); }
};

}  // namespace

std::string order_words(const order_request& r, const instrument_table& instruments) {
  return fmt::format("{} {} {} {}{}{}{} {}", to_string(r.side), r.qty, instruments.key(r.instrument), to_string(r.type),
                     prices(r.type, r.limit_price, r.trigger_price), bracket(r.stop_loss_offset, r.target_offset),
                     r.validity == validity::ioc ? " IOC" : "", to_string(r.product));
}

std::string signal_words(const signal& s, const instrument_table& instruments) {
  return fmt::format("{} {} {} {} {}{}{}{} {}", to_string(s.action), to_string(s.side), s.qty,
                     instruments.key(s.instrument), to_string(s.type), prices(s.type, s.limit_price, s.trigger_price),
                     bracket(s.stop_loss_offset, s.target_offset), s.validity == validity::ioc ? " IOC" : "",
                     to_string(s.product));
}

std::string event_words(const event_body& body, const instrument_table& instruments) {
  return std::visit(teller{instruments}, body);
}

client_order_id order_of_event(const event_body& body) {
  return std::visit(
      [](const auto& e) -> client_order_id {
        if constexpr (requires { e.client_order_id; }) return e.client_order_id;
        if constexpr (requires { e.request; }) return e.request.client_order_id;
        if constexpr (requires { e.order; }) return e.order->client_order_id;
        return client_order_id{};
      },
      body);
}

std::string short_id(const client_order_id& id) { return id.str().substr(0, shown_of_id); }

}  // namespace bulkhead::app
