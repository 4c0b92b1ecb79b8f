#include "actors/supervision/restart_policy.hpp"

#include <algorithm>

#include <rapidcheck.h>

using bulkhead::actors::restart_limits;
using bulkhead::actors::restart_policy;
using std::chrono::milliseconds;

namespace {

restart_policy::time_point at(std::int64_t ms) {
  return restart_policy::time_point{} + std::chrono::hours{1} + milliseconds{ms};
}

}  // namespace

TEST_CASE(
    "the first restart is immediate, later ones wait longer and longer, at most a quarter less than the full delay") {
  restart_policy policy{{100, milliseconds{10'000}, milliseconds{10}, milliseconds{100}}, 7};
  CHECK(policy.on_failure(at(0)) == milliseconds{0});
  std::int64_t full = 10;
  for (int i = 1; i < 10; ++i) {
    const auto delay = policy.on_failure(at(i));
    REQUIRE(delay);
    CHECK(delay->count() <= full);
    CHECK(delay->count() >= full - full / 4);
    full = std::min<std::int64_t>(full * 2, 100);
  }
}

TEST_CASE("exactly `intensity` restarts within the period are allowed; one more gives up") {
  restart_policy policy{{3, milliseconds{1000}, milliseconds{1}, milliseconds{1}}, 1};
  CHECK(policy.on_failure(at(0)));
  CHECK(policy.on_failure(at(400)));
  CHECK(policy.on_failure(at(800)));
  CHECK(!policy.on_failure(at(1000)));
}

TEST_CASE("failures older than the period do not count") {
  restart_policy policy{{2, milliseconds{1000}, milliseconds{1}, milliseconds{1}}, 1};
  CHECK(policy.on_failure(at(0)));
  CHECK(policy.on_failure(at(900)));
  CHECK(policy.on_failure(at(1001)));
  CHECK(!policy.on_failure(at(1899)));
}

TEST_CASE("intensity 0 gives up at the first failure") {
  restart_policy policy{{0, milliseconds{1000}, milliseconds{1}, milliseconds{1}}, 1};
  CHECK(!policy.on_failure(at(0)));
}

TEST_CASE("a quiet period starts the backoff over") {
  restart_policy policy{{10, milliseconds{1000}, milliseconds{40}, milliseconds{400}}, 1};
  CHECK(policy.on_failure(at(0)) == milliseconds{0});
  CHECK(policy.on_failure(at(1))->count() >= 30);
  CHECK(policy.on_failure(at(2000)) == milliseconds{0});
}

TEST_CASE("never more than `intensity` restarts in any window of one period, whatever the failures") {
  CHECK(rc::check([](std::vector<std::uint8_t> gaps) {
    const std::int64_t intensity = 4;
    restart_policy policy{{intensity, milliseconds{300}, milliseconds{1}, milliseconds{1}}, 3};
    std::vector<std::int64_t> allowed;
    std::int64_t now = 0;
    for (const std::uint8_t gap : gaps) {
      now += gap;
      if (!policy.on_failure(at(now))) break;
      allowed.push_back(now);
      const auto in_window =
          std::count_if(allowed.begin(), allowed.end(), [&](std::int64_t t) { return now - t <= 300; });
      RC_ASSERT(in_window <= intensity);
    }
  }));
}
