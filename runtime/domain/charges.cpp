#include "runtime/domain/charges.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {

namespace {

/// Of an order that has filled for `value` so far. Rounding is monotone: the lesser of two rounded amounts is the
/// rounded lesser amount.
money owed_by(const brokerage_terms& terms, money value) {
  if (terms.flat) return round_to_paisa(*terms.flat);
  return std::min(value * terms.percent, round_to_paisa(terms.cap));
}

money component(const charge_breakdown& c, charge_component which) {
  switch (which) {
    case charge_component::brokerage:
      return c.brokerage;
    case charge_component::stt:
      return c.stt;
    case charge_component::exchange:
      return c.exchange;
    case charge_component::sebi:
      return c.sebi;
    case charge_component::stamp:
      break;
  }
  return c.stamp;
}

bool levies_dp(const dp_terms& terms, const charge_schedule::fill_facts& fill) {
  if (fill.segment != charge_segment::equity_delivery || fill.side != side::sell) return false;
  return terms.on == dp_terms::levy::every_order ? fill.order_value_before.raw == 0 : fill.first_delivery_sale;
}

money dp_charge(const charge_rates& period) {
  const money amount = round_to_paisa(period.dp.amount);
  return period.dp.gst_added ? amount + amount * period.gst.percent : amount;
}

}  // namespace

money operator*(money value, rate r) {
  constexpr std::int64_t one = 1'000'000'000;
  return {mul_div_round(value.raw, r.ppb, one * paisa) * paisa};
}

money charge_breakdown::total() const { return brokerage + stt + exchange + sebi + gst + stamp + dp; }

charge_breakdown& charge_breakdown::operator+=(const charge_breakdown& other) {
  brokerage += other.brokerage;
  stt += other.stt;
  exchange += other.exchange;
  sebi += other.sebi;
  gst += other.gst;
  stamp += other.stamp;
  dp += other.dp;
  return *this;
}

charge_segment charge_segment_of(const instrument& row, product p) {
  if (row.segment.ends_with("-FUT")) return charge_segment::futures;
  if (row.segment.ends_with("-OPT")) return charge_segment::options;
  return p == product::cnc ? charge_segment::equity_delivery : charge_segment::equity_intraday;
}

std::string_view to_string(charge_segment s) {
  static constexpr std::array<std::string_view, charge_segment_count> names{"equity_intraday", "equity_delivery",
                                                                            "futures", "options"};
  return names.at(static_cast<std::size_t>(s));
}

std::string_view to_string(charge_component c) {
  static constexpr std::array<std::string_view, 5> names{"brokerage", "stt", "exchange", "sebi", "stamp"};
  return names.at(static_cast<std::size_t>(c));
}

std::string_view to_string(dp_terms::levy l) {
  return l == dp_terms::levy::every_order ? "every_order" : "first_sale_of_day";
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
  const charge_rates* period = at(date);
  if (period == nullptr) return {};
  const segment_rates& rates = period->of(fill.segment);
  const bool buys = fill.side == side::buy;
  charge_breakdown c;
  c.brokerage = owed_by(rates.brokerage, fill.order_value_before + fill.value) - fill.brokerage_before;
  c.stt = fill.value * (buys ? rates.stt_buy : rates.stt_sell);
  c.exchange = fill.value * rates.exchange;
  c.sebi = fill.value * rates.sebi;
  c.stamp = fill.value * (buys ? rates.stamp_buy : rates.stamp_sell);
  money taxed;
  for (const charge_component on : period->gst.on) taxed += component(c, on);
  c.gst = taxed * period->gst.percent;
  if (levies_dp(period->dp, fill)) c.dp = dp_charge(*period);
  return c;
}

}  // namespace bulkhead
