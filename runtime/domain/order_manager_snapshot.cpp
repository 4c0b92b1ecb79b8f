#include "runtime/domain/order_json.hpp"
#include "runtime/domain/order_manager.hpp"

#include <array>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using nlohmann::json;

json order_json(const order& o, const std::vector<fill_id>& fills, const instrument_table& instruments) {
  json fill_ids = json::array();
  for (const fill_id& f : fills) fill_ids.push_back(f.str());
  return {{"request", order_request_json(o.request, instruments)},
          {"status", to_string(o.status)},
          {"broker_order_id", o.broker_order_id.str()},
          {"filled", o.filled},
          {"filled_value", to_string(o.filled_value)},
          {"brokerage_charged", to_string(o.brokerage_charged)},
          {"submitted_at", to_iso_ist(o.submitted_at)},
          {"submitted_feed", o.submitted_feed},
          {"ordinal", o.ordinal},
          {"fills", std::move(fill_ids)}};
}

order read_order(const json_fields& in, const instrument_table& instruments) {
  using enum order_status;
  static constexpr std::array statuses{submitted, open,      partially_filled, pending_cancel, unknown,
                                       filled,    cancelled, expired,          rejected};
  order o{.request = read_order_request(in.object("request"), instruments)};
  o.status = in.one_of<order_status>("status", statuses);
  o.broker_order_id = broker_order_id{in.text("broker_order_id")};
  o.filled = in.integer("filled", 0, o.request.qty);
  o.filled_value = in.amount("filled_value");
  o.brokerage_charged = in.amount("brokerage_charged");
  o.submitted_at = in.time("submitted_at");
  o.submitted_feed = in.natural("submitted_feed");
  o.ordinal = in.natural("ordinal");
  return o;
}

}  // namespace

json order_manager::snapshot() const {
  json orders = json::array();
  for (const book* b : {&live_, &ended_}) {
    for (const auto& [id, e] : *b) orders.push_back(order_json(e.state, e.fills, *instruments_));
  }
  json withheld = json::array();
  for (const auto& [id, until] : withheld_) {
    withheld.push_back({{"client_order_id", id.str()}, {"until", to_iso_ist(until)}});
  }
  return {{"submitted_count", submitted_count_}, {"orders", std::move(orders)}, {"withheld", std::move(withheld)}};
}

void order_manager::restore(const json& state) {
  const json_fields in{state, ""};
  order_manager next{settings_, *instruments_};
  next.submitted_count_ = in.natural("submitted_count");
  for (const json_fields& row : in.objects("orders")) {
    entry e{read_order(row, *instruments_), {}};
    const client_order_id id = e.state.request.client_order_id;
    if (next.find(id) != nullptr) row.refuse("request", "each client order id once");
    for (std::string& f : row.names("fills")) {
      e.fills.emplace_back(std::move(f));
      if (!next.fill_owner_.emplace(e.fills.back(), id).second) row.refuse("fills", "each fill id once");
    }
    const bool ended = is_terminal(e.state.status);
    if (ended) next.forget_due_ = std::min(next.forget_due_, e.state.request.expires_at + remembered_after_expiry);
    (ended ? next.ended_ : next.live_).emplace(id, std::move(e));
  }
  for (const json_fields& row : in.objects("withheld")) {
    const timestamp until = row.time("until");
    next.forget_due_ = std::min(next.forget_due_, until);
    next.withheld_.emplace(row.name("client_order_id"), until);
  }
  *this = std::move(next);
}

}  // namespace bulkhead
