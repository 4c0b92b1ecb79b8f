#include "strategies/sampler.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;

TEST_CASE("the bucket is the floor of the unix second over the period") {
  CHECK(bucket_of(timestamp{0}, 60) == 0);
  CHECK(bucket_of(timestamp{59'999'999'999}, 60) == 0);
  CHECK(bucket_of(timestamp{60'000'000'000}, 60) == 1);
  CHECK(bucket_of(timestamp{-1}, 60) == -1);
  CHECK(bucket_of(timestamp{-60'000'000'000}, 60) == -1);
  CHECK(bucket_of(timestamp{-60'000'000'001}, 60) == -2);
  CHECK(bucket_of(timestamp{1'641'181'500'000'000'000}, 7) == 1'641'181'500 / 7);
}

TEST_CASE("the first tick of a new bucket makes the last price before it the sample") {
  sampler s;
  const auto second = [](std::int64_t n) { return timestamp{n * 1'000'000'000}; };
  CHECK_FALSE(s.on_tick(10, second(5), price{1}));
  CHECK_FALSE(s.on_tick(10, second(9), price{2}));
  CHECK(s.on_tick(10, second(10), price{3}) == price{2});
  CHECK_FALSE(s.on_tick(10, second(19), price{4}));
  // Empty buckets give no samples of their own.
  CHECK(s.on_tick(10, second(95), price{5}) == price{4});
  CHECK(s.on_tick(10, second(100), price{6}) == price{5});
}

TEST_CASE("an indicator sees the double next to the price") {
  CHECK(as_double(price{174'505'500}) == 17450.55);
  CHECK(as_double(price{1}) == 0.0001);
}
