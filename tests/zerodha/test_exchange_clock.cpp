// This machine's clock against the stamps of ticks.
#include "runtime/brokers/zerodha/exchange_clock.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;

namespace {

timestamp at_second(std::int64_t s) { return timestamp{s * 1'000'000'000}; }

constexpr std::int64_t noon = 1'641'191'400;

}  // namespace

TEST_CASE("a clock that is off is told after some frames and some seconds, and well again with the first that agrees") {
  for (const std::int64_t off : {3'600, -3'600, 86'400 * 3, 11, -15}) {
    exchange_clock clock;
    for (std::int64_t s = 0; s < exchange_clock::time_needed_s; ++s) {
      clock.note(at_second(noon + s), at_second(noon + s + off));
      CHECK(clock.seconds_ahead() == 0);
    }
    clock.note(at_second(noon + 10), at_second(noon + 10 + off));
    CHECK(clock.seconds_ahead() == off);
    clock.note(at_second(noon + 11), at_second(noon + 13 + off));  // two seconds late: the same clock
    CHECK(clock.seconds_ahead() == off);
    clock.note(at_second(noon + 12), at_second(noon + 13));
    CHECK(clock.seconds_ahead() == 0);
  }
}

TEST_CASE("few frames tell nothing, however far apart") {
  exchange_clock clock;
  for (std::int64_t i = 0; i < exchange_clock::frames_needed - 1; ++i) {
    clock.note(at_second(noon + 60 * i), at_second(noon + 60 * i + 3'600));
  }
  CHECK(clock.seconds_ahead() == 0);
}

TEST_CASE("what a subscription brings first, and instruments that seldom trade, are no proof") {
  exchange_clock snapshot;
  for (std::int64_t i = 0; i < 100; ++i) snapshot.note(at_second(noon - 10'000 + i * 60), at_second(noon + i / 20));
  CHECK(snapshot.seconds_ahead() == 0);

  exchange_clock seldom;
  seldom.note(at_second(noon), at_second(noon));
  for (std::int64_t s = 1; s < 1'000; ++s) seldom.note(at_second(noon - 20), at_second(noon + s));
  CHECK(seldom.seconds_ahead() == 0);
}

TEST_CASE("ticks a few seconds late are no clock that is off, and one stamp of the far future hides none") {
  exchange_clock clock;
  for (std::int64_t s = 0; s < 100; ++s) clock.note(at_second(noon + s), at_second(noon + s + 10));
  CHECK(clock.seconds_ahead() == 0);
  clock.note(at_second(noon + 1'000'000), at_second(noon + 100));
  clock.note(at_second(noon + 101), at_second(noon + 101));
  for (std::int64_t s = 102; s < 200; ++s) clock.note(at_second(noon + s), at_second(noon + s + 3'600));
  CHECK(clock.seconds_ahead() == 3'600);
}
