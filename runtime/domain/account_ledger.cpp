#include "runtime/domain/account_ledger.hpp"

#include "runtime/domain/json_fields.hpp"

#include <algorithm>
#include <array>

namespace bulkhead {
namespace {

using nlohmann::json;

constexpr duration remembered_after_expiry = seconds(2 * 24 * 3600);
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

constexpr std::array sides{side::buy, side::sell};
constexpr std::array statuses{order_status::submitted,      order_status::open,    order_status::partially_filled,
                              order_status::pending_cancel, order_status::unknown, order_status::filled,
                              order_status::cancelled,      order_status::expired, order_status::rejected};

account_line line_of(const instrument_table& instruments, instrument_id instrument, product p) {
  return {instruments.key(instrument), std::string{to_string(p)}};
}

ledger_order read_order(const json_fields& in) {
  return {.line = {in.name("symbol"), in.name("product")},
          .side = in.one_of<side>("side", sides),
          .status = in.one_of<order_status>("status", statuses),
          .broker_order_id = broker_order_id{in.text("broker_order_id")},
          .qty = in.integer("quantity", 0, most),
          .filled = in.integer("filled", 0, most),
          .value = in.amount("value"),
          .expires_at = {in.integer("expires_ns")},
          .is_cancel_asked = in.has("is_cancel_asked") && in.flag("is_cancel_asked")};
}

}  // namespace

const ledger_order* account_ledger::find(const client_order_id& id) const {
  const auto it = orders_.find(id);
  return it == orders_.end() ? nullptr : &it->second;
}

void account_ledger::advance(const client_order_id& id, order_trigger trigger) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  const auto to = next_status(it->second.status, trigger);
  if (!to) return;
  it->second.status = *to;
  ++changes_;
}

void account_ledger::fill(const order_filled& f) {
  quantity& held = held_[line_of(*instruments_, f.instrument, f.product)];
  held += sign(f.side) * f.qty;
  if (held == 0) held_.erase(line_of(*instruments_, f.instrument, f.product));
  ++changes_;
  const auto it = orders_.find(f.client_order_id);
  if (it == orders_.end()) return;
  it->second.filled += f.qty;
  it->second.value += f.price * f.qty;
  advance(f.client_order_id, f.remaining_qty == 0 ? order_trigger::final_fill : order_trigger::partial_fill);
}

void account_ledger::forget(timestamp now) {
  if (now < forgotten_at_ + seconds(3600)) return;
  forgotten_at_ = now;
  std::erase_if(orders_, [&](const auto& entry) {
    return is_terminal(entry.second.status) && now >= entry.second.expires_at + remembered_after_expiry;
  });
}

void account_ledger::apply(const event& e) {
  forget(e.ts);
  if (const auto* s = std::get_if<order_submitted>(&e.body)) {
    const order_request& r = s->request;
    orders_.try_emplace(r.client_order_id, ledger_order{.line = line_of(*instruments_, r.instrument, r.product),
                                                        .side = r.side,
                                                        .qty = r.qty,
                                                        .expires_at = r.expires_at});
    ++changes_;
  } else if (const auto* a = std::get_if<order_accepted>(&e.body)) {
    if (const auto it = orders_.find(a->client_order_id); it != orders_.end()) {
      it->second.broker_order_id = a->broker_order_id;
    }
    advance(a->client_order_id, order_trigger::accept);
  } else if (const auto* f = std::get_if<order_filled>(&e.body)) {
    fill(*f);
  } else if (const auto* m = std::get_if<order_modified>(&e.body)) {
    if (const auto it = orders_.find(m->client_order_id); it != orders_.end()) it->second.qty = m->terms.qty;
  } else if (const auto* c = std::get_if<order_cancelled>(&e.body)) {
    advance(c->client_order_id, order_trigger::cancel);
  } else if (const auto* x = std::get_if<order_expired>(&e.body)) {
    advance(x->client_order_id, order_trigger::expire);
  } else if (const auto* r = std::get_if<order_rejected>(&e.body)) {
    advance(r->client_order_id, order_trigger::reject);
  } else if (const auto* u = std::get_if<order_unknown>(&e.body)) {
    advance(u->client_order_id, order_trigger::lose_answer);
  } else if (const auto* q = std::get_if<order_cancel_requested>(&e.body)) {
    if (const auto it = orders_.find(q->client_order_id); it != orders_.end()) it->second.is_cancel_asked = true;
    advance(q->client_order_id, order_trigger::cancel_requested);
  }
}

json account_ledger::snapshot() const {
  json orders = json::object();
  for (const auto& [id, o] : orders_) {
    orders[id.str()] = {{"symbol", o.line.first},
                        {"product", o.line.second},
                        {"side", to_string(o.side)},
                        {"status", to_string(o.status)},
                        {"broker_order_id", o.broker_order_id.str()},
                        {"quantity", o.qty},
                        {"filled", o.filled},
                        {"value", to_string(o.value)},
                        {"expires_ns", o.expires_at.ns}};
    if (o.is_cancel_asked) orders[id.str()]["is_cancel_asked"] = true;
  }
  json held = json::array();
  for (const auto& [line, units] : held_) held.push_back({line.first, line.second, units});
  return {{"orders", std::move(orders)}, {"held", std::move(held)}, {"changes", changes_}};
}

void account_ledger::restore(const json& state) {
  account_ledger fresh{*instruments_};
  for (const auto& [id, o] : state.at("orders").items()) {
    fresh.orders_.emplace(client_order_id{id}, read_order(json_fields{o, "orders." + id}));
  }
  for (const json& line : state.at("held")) {
    fresh.held_[{line.at(0).get<std::string>(), line.at(1).get<std::string>()}] = line.at(2).get<quantity>();
  }
  fresh.changes_ = state.at("changes").get<std::uint64_t>();
  *this = std::move(fresh);
}

}  // namespace bulkhead
