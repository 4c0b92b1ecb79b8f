#include "runtime/domain/paper_price.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

constexpr std::int64_t bps_scale = 10'000;

/// To a multiple of the step, away from a trader's favour: up for a buyer, down for a seller.
std::int64_t rounded_against(side s, std::int64_t raw, std::int64_t step) {
  const std::int64_t down = raw / step * step;
  return s == side::buy && down < raw ? down + step : down;
}

/// Last is at the limit or better for that side.
bool is_marketable(side s, price limit, price last) { return s == side::buy ? last <= limit : last >= limit; }

}  // namespace

price slipped_price(side s, const tick& t, price tick_size, const paper_settings& settings) {
  const std::int64_t step = std::max<std::int64_t>(tick_size.raw, 1);
  std::int64_t raw = t.last.raw;
  switch (settings.slippage) {
    case slippage_mode::none:
      break;
    case slippage_mode::bps:
      raw = rounded_against(s, raw + sign(s) * mul_div_round(raw, settings.slippage_bps, bps_scale), step);
      raw = std::max(raw, step);
      break;
    case slippage_mode::ticks:
      raw = std::max(raw + sign(s) * settings.slippage_ticks * step, step);
      break;
    case slippage_mode::depth: {
      const price quoted = s == side::buy ? t.ask : t.bid;
      if (quoted.raw > 0) raw = quoted.raw;
      break;
    }
  }
  return std::min(price{raw}, price::max());
}

bool reaches_trigger(const order_request& r, price last) {
  return r.side == side::buy ? last >= r.trigger_price : last <= r.trigger_price;
}

std::optional<price> fill_price(const order_request& r, bool arriving, const tick& t, price tick_size,
                                const paper_settings& settings) {
  if (!has_limit(r.type)) return slipped_price(r.side, t, tick_size, settings);
  if (!is_marketable(r.side, r.limit_price, t.last)) return std::nullopt;
  if (!arriving) return r.limit_price;
  const price slipped = slipped_price(r.side, t, tick_size, settings);
  return r.side == side::buy ? std::min(slipped, r.limit_price) : std::max(slipped, r.limit_price);
}

quantity part_of(quantity qty, std::int64_t parts, quantity lot_size) {
  const auto up_to = [](quantity n, quantity step) { return (n + step - 1) / step; };
  return up_to(up_to(qty, parts), lot_size) * lot_size;
}

}  // namespace bulkhead
