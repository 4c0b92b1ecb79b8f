#pragma once
// Rule 11, duplicate (entries): an entry equal to one that was approved just now is a mistake of its sender.
#include "runtime/domain/orders.hpp"
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::risk {

/// What makes two entries equal.
struct entry_shape {
  strategy_id strategy;
  instrument_id instrument;
  bulkhead::side side = bulkhead::side::buy;
  order_type type = order_type::market;
  quantity qty = 0;
  price limit_price;    ///< 0 where the type has none
  price trigger_price;  ///< likewise
  friend auto operator<=>(const entry_shape&, const entry_shape&) = default;
};
[[nodiscard]] entry_shape shape_of(const signal& s);
[[nodiscard]] entry_shape shape_of(const order_request& r);

/// Approved entries of the last `length` of event time, which is the longest window of any limit.
class recent_entries {
 public:
  explicit recent_entries(duration length = {}) : length_(length) {}

  void add(const entry_shape& shape, timestamp approved_at);
  /// When its like was approved last; nullopt: not within `length`.
  [[nodiscard]] std::optional<timestamp> last(const entry_shape& shape) const;

  [[nodiscard]] nlohmann::json snapshot(const instrument_table& instruments) const;
  void restore(const nlohmann::json& state, const instrument_table& instruments);

 private:
  duration length_;
  std::deque<std::pair<timestamp, entry_shape>> in_order_;
  std::map<entry_shape, timestamp> newest_;
};

/// window_ms: 0: no limit.
[[nodiscard]] verdict duplicate(std::optional<timestamp> last_like, timestamp now, std::int64_t window_ms);

}  // namespace bulkhead::risk
