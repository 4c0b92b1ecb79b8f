#include "runtime/domain/charges.hpp"
#include "support/order_fixtures.hpp"

#include <numeric>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using test::inr;

namespace {

using enum charge_segment;

/// Rates of the equity segments of 2022 as config/charges.yaml has them, and those of futures and options that
/// Zerodha's calculator used from October 2024.
charge_rates rates_from(trade_date from) {
  charge_rates rates{.from = from};
  rates.of(equity_intraday) = {.brokerage = {.percent = {300'000}, .cap = inr(20)},
                               .stt_sell = {250'000},
                               .exchange = {34'500},
                               .sebi = {1'000},
                               .stamp_buy = {30'000}};
  rates.of(equity_delivery) = {.brokerage = {.flat = inr(0)},
                               .stt_buy = {1'000'000},
                               .stt_sell = {1'000'000},
                               .exchange = {34'500},
                               .sebi = {1'000},
                               .stamp_buy = {150'000}};
  rates.of(futures) = {.brokerage = {.percent = {300'000}, .cap = inr(20)},
                       .stt_sell = {200'000},
                       .exchange = {18'300},
                       .sebi = {1'000},
                       .stamp_buy = {20'000}};
  rates.of(options) = {.brokerage = {.flat = inr(20)},
                       .stt_sell = {1'000'000},
                       .exchange = {355'300},
                       .sebi = {1'000},
                       .stamp_buy = {30'000}};
  rates.gst = {.percent = {180'000'000},
               .on = {charge_component::brokerage, charge_component::exchange, charge_component::sebi}};
  rates.dp = {.amount = inr(13, 50), .gst_added = true};
  return rates;
}

const charge_schedule schedule{{rates_from(20220101)}};

/// Bought and sold for 500,000 each, the sale the first of its day: what Zerodha's brokerage calculator shows for 500
/// at 1000, as quoted in github.com/marketcalls/vectorbt-backtesting-skills (indian-market-costs.md).
charge_breakdown round_trip(charge_segment segment) {
  charge_rates rates = rates_from(20241001);
  rates.of(equity_intraday).exchange = rates.of(equity_delivery).exchange = {30'700};
  const charge_schedule newest{{rates}};
  charge_breakdown sum = newest.charge(20250102, {.segment = segment, .side = side::buy, .value = inr(500'000)});
  sum += newest.charge(20250102, {.segment = segment, .side = side::sell, .value = inr(500'000)});
  return sum;
}

}  // namespace

TEST_CASE("a round trip costs what the broker's calculator says, in every segment") {
  // The calculator rounds the sum, each fill here each of its components: a paisa may lie between them.
  const auto intraday = round_trip(equity_intraday);
  CHECK(intraday.brokerage == inr(40));
  CHECK(intraday.stt == inr(125));
  CHECK(intraday.exchange == inr(30, 70));
  CHECK(intraday.sebi == inr(1));
  CHECK(intraday.gst == inr(12, 90));  // 6.453 on each side
  CHECK(intraday.stamp == inr(15));
  CHECK(intraday.total() == inr(224, 60));                             // 224.606, shown as 224.61
  CHECK(round_trip(equity_delivery).total() == inr(1112, 40));         // 1112.406, shown as 1112.41
  CHECK(round_trip(futures).total() == inr(179, 98));                  // 179.974, shown as 179.97
  CHECK(round_trip(charge_segment::options).total() == inr(982, 64));  // 982.634, shown as 982.63
}

TEST_CASE("GST is levied on the listed charges alone, each rounded before") {
  charge_rates rates = rates_from(20220101);
  const charge_schedule::fill_facts sale{.segment = futures, .side = side::sell, .value = inr(100'000)};
  const auto gst_on = [&](std::vector<charge_component> on) {
    rates.gst.on = std::move(on);
    return charge_schedule{{rates}}.charge(20220103, sale).gst;
  };
  CHECK(gst_on({charge_component::brokerage}) == inr(3, 60));
  CHECK(gst_on({charge_component::brokerage, charge_component::exchange}) == inr(3, 93));  // 18 % of 21.83
  CHECK(gst_on({charge_component::stt}) == inr(3, 60));
  CHECK(gst_on({charge_component::sebi}) == inr(0, 2));
  CHECK(gst_on({charge_component::stamp}) == inr(0));
  CHECK(gst_on({}) == inr(0));
}

TEST_CASE("flat brokerage comes with the order's first fill, whatever its value, and once") {
  charge_schedule::fill_facts fill{.segment = charge_segment::options, .side = side::buy, .value = inr(50)};
  CHECK(schedule.charge(20220103, fill).brokerage == inr(20));
  fill.order_value_before = inr(50);
  fill.brokerage_before = inr(20);
  fill.value = inr(1'000'000);
  const auto second = schedule.charge(20220103, fill);
  CHECK(second.brokerage == inr(0));
  CHECK(second.gst == inr(64, 13));  // 18 % of 355.30 + 1.00
}

TEST_CASE("delivery pays tax on both sides and no brokerage") {
  const auto bought = schedule.charge(20220103, {.segment = equity_delivery, .side = side::buy, .value = inr(45'555)});
  CHECK(bought.brokerage == inr(0));
  CHECK(bought.stt == inr(45, 56));  // 45.555: half goes away from zero
  CHECK(bought.exchange == inr(1, 57));
  CHECK(bought.sebi == inr(0, 5));
  CHECK(bought.gst == inr(0, 29));    // 18 % of 1.62
  CHECK(bought.stamp == inr(6, 83));  // 6.83325
  CHECK(bought.dp == inr(0));
}

TEST_CASE("the DP charge comes with the first CNC sale alone, GST added or included as the period says") {
  const charge_schedule::fill_facts first{
      .segment = equity_delivery, .side = side::sell, .first_delivery_sale = true, .value = inr(1'000)};
  const auto sold = schedule.charge(20220103, first);
  CHECK(sold.dp == inr(15, 93));  // 13.50 + 18 %, as Zerodha's list had it
  CHECK(sold.gst == inr(0, 1));   // that of the DP charge is in the DP charge
  auto later = first;
  later.first_delivery_sale = false;
  CHECK(schedule.charge(20220103, later).dp == inr(0));
  CHECK(sold.total() - schedule.charge(20220103, later).total() == inr(15, 93));
  charge_rates rates = rates_from(20220101);
  rates.dp = {.amount = inr(15, 34)};
  CHECK(charge_schedule{{rates}}.charge(20220103, first).dp == inr(15, 34));
}

TEST_CASE("no DP charge on a purchase or on anything that is not delivery") {
  for (const charge_segment s : {equity_intraday, futures, charge_segment::options}) {
    CHECK(schedule.charge(20220103, {.segment = s, .side = side::sell, .first_delivery_sale = true, .value = inr(1)})
              .dp == inr(0));
  }
  CHECK(schedule
            .charge(20220103,
                    {.segment = equity_delivery, .side = side::buy, .first_delivery_sale = true, .value = inr(1)})
            .dp == inr(0));
}

TEST_CASE("a DP charge levied on every order comes with the first fill of each CNC sell order") {
  charge_rates rates = rates_from(20220101);
  rates.dp.on = dp_terms::levy::every_order;
  const charge_schedule each{{rates}};
  charge_schedule::fill_facts fill{.segment = equity_delivery, .side = side::sell, .value = inr(1'000)};
  CHECK(each.charge(20220103, fill).dp == inr(15, 93));
  fill.order_value_before = inr(1'000);
  CHECK(each.charge(20220103, fill).dp == inr(0));
}

TEST_CASE("the segment goes by the instrument's, and in shares by the product") {
  const auto of = [](const char* segment, product p) { return charge_segment_of({.segment = segment}, p); };
  CHECK(of("NFO-FUT", product::nrml) == futures);
  CHECK(of("NFO-FUT", product::cnc) == futures);
  CHECK(of("BFO-OPT", product::mis) == charge_segment::options);
  CHECK(of("NSE", product::cnc) == equity_delivery);
  CHECK(of("NSE", product::mis) == equity_intraday);
  CHECK(of("INDICES", product::nrml) == equity_intraday);
}

TEST_CASE("a purchase of 50 at 17450.55 is charged as worked by hand") {
  const money value = test::rupees(17450, 55) * 50;  // 872,527.50
  const auto c = schedule.charge(20220103, {.side = side::buy, .value = value});
  CHECK(c.brokerage == inr(20));  // 0.03 % would be 261.75825: capped
  CHECK(c.stt == inr(0));
  CHECK(c.exchange == inr(30, 10));  // 0.00345 %: 30.10219875
  CHECK(c.sebi == inr(0, 87));       // 0.0001 %: 0.8725275
  CHECK(c.gst == inr(9, 17));        // 18 % of 50.97: 9.1746
  CHECK(c.stamp == inr(26, 18));     // 0.003 %: 26.175825
  CHECK(c.total() == inr(86, 32));
}

TEST_CASE("a sale of 50 at 17500.00 is charged as worked by hand") {
  const auto c = schedule.charge(20220103, {.side = side::sell, .value = inr(875'000)});
  CHECK(c.brokerage == inr(20));
  CHECK(c.stt == inr(218, 75));      // 0.025 %
  CHECK(c.exchange == inr(30, 19));  // 30.1875
  CHECK(c.sebi == inr(0, 88));       // 0.875: half goes away from zero
  CHECK(c.gst == inr(9, 19));        // 18 % of 51.07: 9.1926
  CHECK(c.stamp == inr(0));
  CHECK(c.total() == inr(279, 1));
}

TEST_CASE("the brokerage cap holds for the order, not for each of its fills") {
  money before;
  money paid;
  std::vector<money> brokerages;
  for (int i = 0; i < 4; ++i) {
    const money part = inr(30'000);
    const auto c = schedule.charge(
        20220103, {.side = side::buy, .value = part, .order_value_before = before, .brokerage_before = paid});
    before += part;
    paid += c.brokerage;
    brokerages.push_back(c.brokerage);
  }
  CHECK(brokerages == std::vector{inr(9), inr(9), inr(2), inr(0)});
}

TEST_CASE("GST of a later fill is on the brokerage that fill adds") {
  const auto c = schedule.charge(
      20220103,
      {.side = side::buy, .value = inr(30'000), .order_value_before = inr(60'000), .brokerage_before = inr(18)});
  CHECK(c.brokerage == inr(2));
  CHECK(c.exchange == inr(1, 4));  // 1.035
  CHECK(c.sebi == inr(0, 3));
  CHECK(c.gst == inr(0, 55));  // 18 % of 3.07: 0.5526
}

TEST_CASE("a rate rounds half away from zero to the paisa") {
  const rate percent{10'000'000};
  CHECK(inr(0, 49) * percent == inr(0));     // 0.0049
  CHECK(inr(0, 50) * percent == inr(0, 1));  // 0.0050
  CHECK(inr(1, 49) * percent == inr(0, 1));
  CHECK(inr(1, 50) * percent == inr(0, 2));
  CHECK(-inr(0, 50) * percent == -inr(0, 1));
  CHECK(-inr(0, 49) * percent == inr(0));
  CHECK(inr(123) * rate{0} == inr(0));
}

TEST_CASE("a rate of the largest order does not overflow") {
  const money largest = price::max() * max_quantity;
  CHECK(largest * rate{1'000'000'000} == largest);
}

TEST_CASE("a cap that is no whole paisa is rounded like everything else") {
  auto rates = rates_from(20220101);
  rates.of(equity_intraday).brokerage.cap = {inr(20).raw + 50};
  const charge_schedule odd{{rates}};
  CHECK(odd.charge(20220103, {.side = side::buy, .value = inr(1'000'000)}).brokerage == inr(20, 1));
}

TEST_CASE("before the first period nothing is charged") {
  CHECK(schedule.at(20211231) == nullptr);
  CHECK(schedule.charge(20211231, {.side = side::sell, .value = inr(875'000)}).total() == inr(0));
  CHECK(charge_schedule{}.charge(20220103, {.side = side::sell, .value = inr(875'000)}).total() == inr(0));
}

TEST_CASE("a period holds from its first day until the day before the next, in whatever order they are given") {
  const charge_schedule dated{{rates_from(20230401), rates_from(20220101)}};
  CHECK(dated.at(20220101)->from == 20220101);
  CHECK(dated.at(20230331)->from == 20220101);
  CHECK(dated.at(20230401)->from == 20230401);
  CHECK(dated.at(20991231)->from == 20230401);
}

TEST_CASE("a schedule refuses two periods with one start, and none at all") {
  CHECK_THROWS_WITH(charge_schedule({rates_from(20220101), rates_from(20220101)}),
                    "charge schedule: two periods start on 2022-01-01, each start may be given once");
  CHECK_THROWS_WITH(charge_schedule(std::vector<charge_rates>{}),
                    "charge schedule: no period given, at least one is needed");
}

TEST_CASE("breakdowns add up component by component") {
  charge_breakdown sum = schedule.charge(20220103, {.side = side::buy, .value = inr(872'527, 50)});
  sum += schedule.charge(20220103, {.side = side::sell, .value = inr(875'000)});
  CHECK(sum.brokerage == inr(40));
  CHECK(sum.stt == inr(218, 75));
  CHECK(sum.exchange == inr(60, 29));
  CHECK(sum.sebi == inr(1, 75));
  CHECK(sum.gst == inr(18, 36));
  CHECK(sum.stamp == inr(26, 18));
  CHECK(sum.total() == inr(365, 33));
}

TEST_CASE("however an order is filled, its brokerage is that of the whole, within the cap") {
  CHECK(rc::check([] {
    const auto parts = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 400'000'000)));
    money before;
    money paid;
    for (const std::int64_t part : parts) {
      const auto c = schedule.charge(
          20220103, {.side = side::sell, .value = {part}, .order_value_before = before, .brokerage_before = paid});
      RC_ASSERT(c.brokerage >= money{});
      before += {part};
      paid += c.brokerage;
    }
    RC_ASSERT(paid == std::min(before * rate{300'000}, inr(20)));
  }));
}
