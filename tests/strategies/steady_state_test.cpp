// A tick that makes no signal does not touch the heap.
#include "strategies/strategy_fixture.hpp"
#include "strategies/strategy_host.hpp"
#include "support/counting_new.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

hosted_strategy hosted(const char* kind, const parameter_map& parameters) {
  return {strategy_id{kind}, make(kind, parameters), {broker_id{"paper"}}, {nifty, banknifty}};
}

}  // namespace

TEST_CASE("the host and every strategy take ticks without allocating, samples included") {
  std::vector<hosted_strategy> all;
  all.push_back(
      hosted("ema_cross",
             {{"fast", "2"}, {"slow", "5"}, {"interval_s", "1"}, {"quantity", "1"}, {"cooldown_s", "1000000000"}}));
  all.push_back(hosted("mean_reversion", {{"window", "20"},
                                          {"entry_z", "99"},
                                          {"exit_z", "0"},
                                          {"interval_s", "1"},
                                          {"quantity", "1"},
                                          {"cooldown_s", "1000000000"}}));
  all.push_back(hosted("low_frequency_demo", {{"period_s", "1000000000"}, {"quantity", "1"}}));
  strategy_host host{std::move(all), trading_session{}, two_indices()};
  std::vector<routed_signal> out;
  out.reserve(16);
  feed_seq seq = 0;
  const auto play = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const tick ticks[] = {{.instrument = nifty, .last = price{1'000'000 + i % 7 * 500}},
                            {.instrument = banknifty, .last = price{2'000'000 + i % 5 * 500}}};
      ++seq;
      host.on_frame({seq, opening + seconds(static_cast<std::int64_t>(seq)), frame_kind::ticks, ticks}, out);
    }
  };
  play(1000);  // the one entry and exit of ema_cross in each instrument are behind
  const std::size_t said = out.size();
  const std::uint64_t before = allocations;
  play(10'000);
  CHECK(allocations == before);
  CHECK(out.size() == said);
  CHECK(said > 0);
}
