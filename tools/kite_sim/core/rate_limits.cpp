#include "tools/kite_sim/core/rate_limits.hpp"

namespace bulkhead::kite_sim {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

}  // namespace

bool rate_limits::within(const std::string& name, std::int64_t number, std::int64_t most) {
  if (most <= 0) return true;
  window& one = windows_[name];
  if (one.number != number) one = {number, 0};
  if (one.used >= most) return false;
  ++one.used;
  return true;
}

bool rate_limits::allow(const std::string& api_key, const std::string& user_id, rate_bucket bucket, bool is_placement,
                        timestamp wall, trade_date day) {
  const std::int64_t second = wall.ns / second_ns;
  switch (bucket) {
    case rate_bucket::quote:
      return within("quote|" + api_key, second, settings_.quote_per_second);
    case rate_bucket::historical:
      return within("historical|" + api_key, second, settings_.historical_per_second);
    case rate_bucket::order:
      return within("order|" + user_id, second, settings_.orders_per_second) &&
             within("minute|" + api_key, second / 60, settings_.orders_per_minute) &&
             (!is_placement || within("day|" + user_id, day, settings_.orders_per_day));
    case rate_bucket::other:
      break;
  }
  return within("other|" + api_key, second, settings_.other_per_second);
}

}  // namespace bulkhead::kite_sim
