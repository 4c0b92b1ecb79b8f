#include "runtime/domain/order_json.hpp"

#include <array>

namespace bulkhead {

nlohmann::json order_request_json(const order_request& r, const instrument_table& instruments) {
  nlohmann::json out{{"client_order_id", r.client_order_id.str()},
                     {"signal_id", r.signal_id.str()},
                     {"strategy", r.strategy.str()},
                     {"instrument", instruments.key(r.instrument)},
                     {"side", to_string(r.side)},
                     {"order_type", to_string(r.type)},
                     {"validity", to_string(r.validity)},
                     {"product", to_string(r.product)},
                     {"quantity", r.qty},
                     {"reference_price", to_string(r.reference_price)},
                     {"reduces", r.reduces},
                     {"expires_at", to_iso_ist(r.expires_at)},
                     {"origin", to_string(r.origin)}};
  if (has_limit(r.type)) out["limit_price"] = to_string(r.limit_price);
  if (has_trigger(r.type)) out["trigger_price"] = to_string(r.trigger_price);
  if (r.stop_loss_offset.raw != 0) out["stop_loss_offset"] = to_string(r.stop_loss_offset);
  if (r.target_offset.raw != 0) out["target_offset"] = to_string(r.target_offset);
  if (!r.group.empty()) out["group"] = r.group;
  return out;
}

void write_order_request(json_text& out, const order_request& r, const instrument_table& instruments) {
  out.text("client_order_id", r.client_order_id.str());
  out.time("expires_at", r.expires_at);
  if (!r.group.empty()) out.text("group", r.group);
  out.text("instrument", instruments.key(r.instrument));
  if (has_limit(r.type)) out.amount("limit_price", r.limit_price);
  out.text("order_type", to_string(r.type));
  out.text("origin", to_string(r.origin));
  out.text("product", to_string(r.product));
  out.number("quantity", r.qty);
  out.flag("reduces", r.reduces);
  out.amount("reference_price", r.reference_price);
  out.text("side", to_string(r.side));
  out.text("signal_id", r.signal_id.str());
  if (r.stop_loss_offset.raw != 0) out.amount("stop_loss_offset", r.stop_loss_offset);
  out.text("strategy", r.strategy.str());
  if (r.target_offset.raw != 0) out.amount("target_offset", r.target_offset);
  if (has_trigger(r.type)) out.amount("trigger_price", r.trigger_price);
  out.text("validity", to_string(r.validity));
}

order_request read_order_request(const json_fields& in, const instrument_table& instruments) {
  using enum order_origin;
  static constexpr std::array origins{signal, bracket, square_off, safety};
  const order_type type = read_order_type(in);
  return {.client_order_id = client_order_id{in.name("client_order_id")},
          .signal_id = signal_id{in.name("signal_id")},
          .strategy = strategy_id{in.name("strategy")},
          .instrument = in.instrument("instrument", instruments),
          .side = read_side(in),
          .type = type,
          .validity = read_validity(in),
          .product = read_product(in),
          .qty = in.integer("quantity", 1, max_quantity),
          .limit_price = read_own_price(in, "limit_price", has_limit(type), type),
          .trigger_price = read_own_price(in, "trigger_price", has_trigger(type), type),
          .stop_loss_offset = read_offset(in, "stop_loss_offset"),
          .target_offset = read_offset(in, "target_offset"),
          .group = in.has("group") ? in.name("group") : std::string{},
          .origin = in.one_of<order_origin>("origin", origins),
          .reference_price = in.price_or_zero("reference_price"),
          .reduces = in.flag("reduces"),
          .expires_at = in.time("expires_at")};
}

side read_side(const json_fields& in) {
  static constexpr std::array sides{side::buy, side::sell};
  return in.one_of<side>("side", sides);
}

order_type read_order_type(const json_fields& in) {
  using enum order_type;
  static constexpr std::array types{market, limit, stop_limit, stop_market};
  return in.one_of<order_type>("order_type", types);
}

validity read_validity(const json_fields& in) {
  static constexpr std::array validities{validity::day, validity::ioc};
  return in.one_of<validity>("validity", validities);
}

product read_product(const json_fields& in) {
  static constexpr std::array products{product::mis, product::cnc, product::nrml};
  return in.one_of<product>("product", products);
}

price read_own_price(const json_fields& in, const char* key, bool has_one, order_type type) {
  if (has_one) return in.positive_price(key);
  if (in.has(key)) in.refuse(key, "no such key in a " + std::string{to_string(type)} + " order");
  return {};
}

price read_offset(const json_fields& in, const char* key) { return in.has(key) ? in.positive_price(key) : price{}; }

nlohmann::json order_terms_json(const order_terms& t) {
  return {
      {"quantity", t.qty}, {"limit_price", to_string(t.limit_price)}, {"trigger_price", to_string(t.trigger_price)}};
}

void write_order_terms(json_text& out, const order_terms& t) {
  out.amount("limit_price", t.limit_price);
  out.number("quantity", t.qty);
  out.amount("trigger_price", t.trigger_price);
}

order_terms read_order_terms(const json_fields& in) {
  return {.qty = in.integer("quantity", 1, max_quantity),
          .limit_price = in.price_or_zero("limit_price"),
          .trigger_price = in.price_or_zero("trigger_price")};
}

}  // namespace bulkhead
