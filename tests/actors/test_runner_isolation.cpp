// What the runner keeps for an isolated broker is bounded, and what it has no room for is told.
#include "actors/runner.hpp"

using namespace bulkhead;
using bulkhead::actors::runner_state;

namespace {

runner_state::addressee with_signals(std::size_t count) {
  runner_state::addressee b;
  for (std::size_t i = 0; i < count; ++i) {
    signal s;
    s.feed = i + 1;
    s.strategy = strategy_id{i % 3 == 0 ? "ema" : "rsi"};
    b.signals.push_back(std::move(s));
  }
  return b;
}

}  // namespace

TEST_CASE("promise 9: beyond 65,536 signals the oldest go, are counted by strategy, and the broker's journal is told") {
  runner_state::addressee b = with_signals(65'536 + 9);
  runner_state::shed_oldest(b, 65'536);
  CHECK(b.signals.size() == 65'536);
  CHECK(b.signals.front().feed == 10);
  CHECK(b.shed_through == 9);
  b.from = 4;
  runner_state::tell_shed(b, 65'536);
  REQUIRE(b.notices.size() == 2);
  CHECK(b.notices[0].what.strategy == strategy_id{"ema"});
  CHECK(b.notices[0].what.change == "signals_shed");
  CHECK(b.notices[0].what.reason.find("no room for 3 signal(s)") != std::string::npos);
  CHECK(b.notices[1].what.reason.find("no room for 6 signal(s)") != std::string::npos);
  CHECK(b.notices[0].feed == 4);  // journaled with the first frame that the broker takes from its start
  CHECK(b.notices[0].ordinal != b.notices[1].ordinal);
  SUBCASE("once") {
    runner_state::tell_shed(b, 65'536);
    CHECK(b.notices.size() == 2);
  }
}

TEST_CASE("nothing is told of what the broker had journaled before it was isolated, nor where there was room") {
  runner_state::addressee b = with_signals(65'536 + 9);
  runner_state::shed_oldest(b, 65'536);
  b.from = 10;
  runner_state::tell_shed(b, 65'536);
  CHECK(b.notices.empty());
  runner_state::addressee small = with_signals(65'536);
  runner_state::shed_oldest(small, 65'536);
  runner_state::tell_shed(small, 65'536);
  CHECK(small.signals.size() == 65'536);
  CHECK(small.notices.empty());
}
