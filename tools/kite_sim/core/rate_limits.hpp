#pragma once
// Kite's rate limits: so many requests in a window that turns on the whole second, minute or day. Pure; wall time comes
// in, the day is the market's. One owner.
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace bulkhead::kite_sim {

enum class rate_bucket : std::uint8_t { quote, historical, order, other };

/// 0: no limit. The figures moved three times since 2023; see docs/kite-simulator.md for where they are from.
struct rate_settings {
  std::int64_t quote_per_second = 1;
  std::int64_t historical_per_second = 3;
  std::int64_t orders_per_second = 10;
  std::int64_t orders_per_minute = 400;
  std::int64_t orders_per_day = 5000;  ///< placements of a user, refused ones too
  std::int64_t other_per_second = 10;
};

class rate_limits {
 public:
  explicit rate_limits(rate_settings settings) : settings_(settings) {}

  /// Counts a request; false: it is one too many. A day's placement is asked for by `is_placement`.
  [[nodiscard]] bool allow(const std::string& api_key, const std::string& user_id, rate_bucket bucket,
                           bool is_placement, timestamp wall, trade_date day);

 private:
  struct window {
    std::int64_t number = 0;  ///< which second, minute or day
    std::int64_t used = 0;
  };
  [[nodiscard]] bool within(const std::string& name, std::int64_t number, std::int64_t most);

  rate_settings settings_;
  std::map<std::string, window> windows_;
};

}  // namespace bulkhead::kite_sim
