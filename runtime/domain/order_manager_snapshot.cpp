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
  json out{{"request", order_request_json(o.request, instruments)},
           {"status", to_string(o.status)},
           {"broker_order_id", o.broker_order_id.str()},
           {"filled", o.filled},
           {"filled_value", to_string(o.filled_value)},
           {"brokerage_charged", to_string(o.brokerage_charged)},
           {"submitted_at", to_iso_ist(o.submitted_at)},
           {"submitted_feed", o.submitted_feed},
           {"ordinal", o.ordinal},
           {"fills", std::move(fill_ids)},
           {"triggered", o.triggered}};
  if (o.asked_terms) out["asked_terms"] = order_terms_json(*o.asked_terms);
  if (o.changed_feed != 0) {
    out["changed_at"] = to_iso_ist(o.changed_at);
    out["changed_feed"] = o.changed_feed;
  }
  return out;
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
  o.triggered = in.flag("triggered");
  if (in.has("asked_terms")) o.asked_terms = read_order_terms(in.object("asked_terms"));
  if (in.has("changed_feed")) {
    o.changed_at = in.time("changed_at");
    o.changed_feed = in.natural("changed_feed");
  }
  return o;
}

}  // namespace

json order_manager::snapshot() const { return json::parse(snapshot_text()); }

std::string order_manager::snapshot_text() const {
  std::string orders;
  const auto add = [&orders](std::string_view row) {
    if (!orders.empty()) orders += ',';
    orders += row;
  };
  for (const auto& [id, e] : live_) add(order_json(e.state, e.fills, *instruments_).dump());
  for (const auto& [id, e] : ended_) {
    if (e.ended_text.empty()) e.ended_text = order_json(e.state, e.fills, *instruments_).dump();
    add(e.ended_text);
  }
  json withheld = json::array();
  for (const auto& [id, until] : withheld_) {
    withheld.push_back({{"client_order_id", id.str()}, {"until", to_iso_ist(until)}});
  }
  json delivery = json::array();
  for (const auto& [id, date] : delivery_sold_) {
    delivery.push_back({{"instrument", instruments_->key(id)}, {"date", date}});
  }
  return fmt::format(R"({{"delivery_sold":{},"orders":[{}],"submitted_count":{},"withheld":{}}})", delivery.dump(),
                     orders, submitted_count_, withheld.dump());
}

void order_manager::restore(const json& state) {
  const json_fields in{state, ""};
  order_manager next{settings_, *instruments_};
  next.submitted_count_ = in.natural("submitted_count");
  for (const json_fields& row : in.objects("orders")) {
    entry e{read_order(row, *instruments_), {}, {}};
    const client_order_id id = e.state.request.client_order_id;
    if (next.find(id) != nullptr) row.refuse("request", "each client order id once");
    for (std::string& f : row.names("fills")) {
      e.fills.emplace_back(std::move(f));
      ++e.state.fill_count;
      if (!next.fill_owner_.emplace(e.fills.back(), id).second) row.refuse("fills", "each fill id once");
    }
    const bool ended = is_terminal(e.state.status);
    if (ended) next.forget_due_ = std::min(next.forget_due_, e.state.request.expires_at + remembered_after_expiry);
    (ended ? next.ended_ : next.live_).emplace(id, std::move(e));
  }
  for (const json_fields& row : in.objects("delivery_sold")) {
    next.delivery_sold_[row.instrument("instrument", *instruments_)] =
        static_cast<trade_date>(row.integer("date", 19'000'101, 29'991'231));
  }
  for (const json_fields& row : in.objects("withheld")) {
    const timestamp until = row.time("until");
    next.forget_due_ = std::min(next.forget_due_, until);
    next.withheld_.emplace(row.name("client_order_id"), until);
  }
  *this = std::move(next);
}

}  // namespace bulkhead
