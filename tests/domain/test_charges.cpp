#include "runtime/domain/charges.hpp"
#include "support/order_fixtures.hpp"

#include <numeric>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using test::inr;

namespace {

/// Shaped like intraday equity: 0.03 % up to 20 rupees an order, tax on the sale, stamp on the purchase.
charge_rates intraday(trade_date from) {
  return {.from = from,
          .brokerage = {300'000},
          .brokerage_cap = inr(20),
          .stt_buy = {0},
          .stt_sell = {250'000},
          .exchange = {34'500},
          .sebi = {1'000},
          .gst = {180'000'000},
          .stamp_buy = {30'000},
          .stamp_sell = {0}};
}

const charge_schedule schedule{{intraday(20220101)}};

}  // namespace

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
  auto rates = intraday(20220101);
  rates.brokerage_cap = {inr(20).raw + 50};
  const charge_schedule odd{{rates}};
  CHECK(odd.charge(20220103, {.side = side::buy, .value = inr(1'000'000)}).brokerage == inr(20, 1));
}

TEST_CASE("before the first period nothing is charged") {
  CHECK(schedule.at(20211231) == nullptr);
  CHECK(schedule.charge(20211231, {.side = side::sell, .value = inr(875'000)}).total() == inr(0));
  CHECK(charge_schedule{}.charge(20220103, {.side = side::sell, .value = inr(875'000)}).total() == inr(0));
}

TEST_CASE("a period holds from its first day until the day before the next, in whatever order they are given") {
  const charge_schedule dated{{intraday(20230401), intraday(20220101)}};
  CHECK(dated.at(20220101)->from == 20220101);
  CHECK(dated.at(20230331)->from == 20220101);
  CHECK(dated.at(20230401)->from == 20230401);
  CHECK(dated.at(20991231)->from == 20230401);
}

TEST_CASE("a schedule refuses two periods with one start, and none at all") {
  CHECK_THROWS_WITH(charge_schedule({intraday(20220101), intraday(20220101)}),
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
