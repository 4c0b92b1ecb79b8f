#include "runtime/domain/risk/duplicate.hpp"

#include "runtime/domain/order_json.hpp"
#include "runtime/domain/risk/age.hpp"

namespace bulkhead::risk {

entry_shape shape_of(const signal& s) {
  return {s.strategy,
          s.instrument,
          s.side,
          s.type,
          s.qty,
          has_limit(s.type) ? s.limit_price : price{},
          has_trigger(s.type) ? s.trigger_price : price{}};
}

entry_shape shape_of(const order_request& r) {
  return {r.strategy, r.instrument, r.side, r.type, r.qty, r.limit_price, r.trigger_price};
}

void recent_entries::add(const entry_shape& shape, timestamp approved_at) {
  if (length_.ns == 0) return;
  in_order_.emplace_back(approved_at, shape);
  newest_[shape] = approved_at;
  while (in_order_.front().first <= approved_at - length_) {
    const auto it = newest_.find(in_order_.front().second);
    if (it != newest_.end() && it->second == in_order_.front().first) newest_.erase(it);
    in_order_.pop_front();
  }
}

std::optional<timestamp> recent_entries::last(const entry_shape& shape) const {
  const auto it = newest_.find(shape);
  if (it == newest_.end()) return std::nullopt;
  return it->second;
}

nlohmann::json recent_entries::snapshot(const instrument_table& instruments) const {
  nlohmann::json entries = nlohmann::json::array();
  for (const auto& [approved_at, s] : in_order_) {
    entries.push_back({{"ns", approved_at.ns},
                       {"strategy", s.strategy.str()},
                       {"instrument", instruments.key(s.instrument)},
                       {"side", to_string(s.side)},
                       {"order_type", to_string(s.type)},
                       {"quantity", s.qty},
                       {"limit_price", to_string(s.limit_price)},
                       {"trigger_price", to_string(s.trigger_price)}});
  }
  return entries;
}

void recent_entries::restore(const nlohmann::json& state, const instrument_table& instruments) {
  for (const nlohmann::json& entry : state) {
    const json_fields in{entry, "duplicates"};
    add({strategy_id{in.name("strategy")}, in.instrument("instrument", instruments), read_side(in), read_order_type(in),
         in.integer("quantity"), in.price_or_zero("limit_price"), in.price_or_zero("trigger_price")},
        {in.integer("ns")});
  }
}

verdict duplicate(std::optional<timestamp> last_like, timestamp now, std::int64_t window_ms) {
  if (!last_like || window_ms == 0 || now - *last_like >= milliseconds(window_ms)) return std::nullopt;
  return refusal{"duplicate", std::to_string(window_ms), milliseconds_text(now - *last_like), "ms"};
}

}  // namespace bulkhead::risk
