#include "runtime/domain/risk/price_collar.hpp"

namespace bulkhead::risk {
namespace {

__extension__ using wide = __int128;  // a price times 10^8 does not fit 64 bits

constexpr std::int64_t bps_per_one = 10'000;

/// The distance in bps, as money's text of four decimals. Rounded up, so that what was refused reads above its limit.
std::string distance_text(std::int64_t distance, price last) {
  const wide scaled = wide{distance} * bps_per_one * money_scale;
  const wide rounded_up = (scaled + last.raw - 1) / last.raw;
  return to_string(money{static_cast<std::int64_t>(rounded_up)});
}

}  // namespace

verdict price_collar(price asked, price last, std::int64_t max_bps) {
  const std::int64_t distance = asked > last ? asked.raw - last.raw : last.raw - asked.raw;
  const wide allowed = wide{max_bps} * last.raw;
  if (max_bps == 0 || wide{distance} * bps_per_one <= allowed) return std::nullopt;
  return refusal{"price_collar", std::to_string(max_bps), distance_text(distance, last), "bps"};
}

}  // namespace bulkhead::risk
