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
                     {"expires_at", to_iso_ist(r.expires_at)}};
  if (r.type == order_type::limit) out["limit_price"] = to_string(r.limit_price);
  return out;
}

order_request read_order_request(const json_fields& in, const instrument_table& instruments) {
  static constexpr std::array validities{validity::day};
  static constexpr std::array products{product::mis};
  const order_type type = read_order_type(in);
  return {.client_order_id = client_order_id{in.name("client_order_id")},
          .signal_id = signal_id{in.name("signal_id")},
          .strategy = strategy_id{in.name("strategy")},
          .instrument = in.instrument("instrument", instruments),
          .side = read_side(in),
          .type = type,
          .validity = in.one_of<validity>("validity", validities),
          .product = in.one_of<product>("product", products),
          .qty = in.integer("quantity", 1, max_quantity),
          .limit_price = read_limit(in, type),
          .reference_price = in.price_or_zero("reference_price"),
          .reduces = in.flag("reduces"),
          .expires_at = in.time("expires_at")};
}

side read_side(const json_fields& in) {
  static constexpr std::array sides{side::buy, side::sell};
  return in.one_of<side>("side", sides);
}

order_type read_order_type(const json_fields& in) {
  static constexpr std::array types{order_type::market, order_type::limit};
  return in.one_of<order_type>("order_type", types);
}

price read_limit(const json_fields& in, order_type type) {
  if (type == order_type::limit) return in.positive_price("limit_price");
  if (in.has("limit_price")) in.refuse("limit_price", "no such key in a MARKET order");
  return {};
}

}  // namespace bulkhead
