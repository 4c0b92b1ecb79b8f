#include "runtime/domain/charges.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {

money operator*(money value, rate r) {
  constexpr std::int64_t one = 1'000'000'000;
  return {mul_div_round(value.raw, r.ppb, one * paisa) * paisa};
}

money charge_breakdown::total() const { return brokerage + stt + exchange + sebi + gst + stamp; }

charge_breakdown& charge_breakdown::operator+=(const charge_breakdown& other) {
  brokerage += other.brokerage;
  stt += other.stt;
  exchange += other.exchange;
  sebi += other.sebi;
  gst += other.gst;
  stamp += other.stamp;
  return *this;
}

charge_schedule::charge_schedule(std::vector<charge_rates> periods) : periods_(std::move(periods)) {
  if (periods_.empty()) throw std::invalid_argument("charge schedule: no period given, at least one is needed");
  std::ranges::sort(periods_, {}, &charge_rates::from);
  const auto twice = std::ranges::adjacent_find(periods_, {}, &charge_rates::from);
  if (twice != periods_.end()) {
    throw std::invalid_argument(
        fmt::format("charge schedule: two periods start on {}, each start may be given once", to_string(twice->from)));
  }
}

const charge_rates* charge_schedule::at(trade_date date) const {
  const auto after = std::ranges::upper_bound(periods_, date, {}, &charge_rates::from);
  return after == periods_.begin() ? nullptr : &*std::prev(after);
}

charge_breakdown charge_schedule::charge(trade_date date, const fill_facts& fill) const {
  const charge_rates* rates = at(date);
  if (rates == nullptr) return {};
  const bool buys = fill.side == side::buy;
  // Rounding is monotone: the lesser of two rounded amounts is the rounded lesser amount.
  const money owed_by_order =
      std::min((fill.order_value_before + fill.value) * rates->brokerage, round_to_paisa(rates->brokerage_cap));
  charge_breakdown c;
  c.brokerage = owed_by_order - fill.brokerage_before;
  c.stt = fill.value * (buys ? rates->stt_buy : rates->stt_sell);
  c.exchange = fill.value * rates->exchange;
  c.sebi = fill.value * rates->sebi;
  c.gst = (c.brokerage + c.exchange + c.sebi) * rates->gst;
  c.stamp = fill.value * (buys ? rates->stamp_buy : rates->stamp_sell);
  return c;
}

}  // namespace bulkhead
