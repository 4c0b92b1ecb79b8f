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
  all.push_back(hosted("momentum", {{"lookback", "20"},
                                    {"threshold_bps", "9999"},
                                    {"interval_s", "1"},
                                    {"quantity", "1"},
                                    {"cooldown_s", "1000000000"}}));
  all.push_back(hosted("rsi", {{"period", "14"},
                               {"oversold", "0"},
                               {"overbought", "100"},
                               {"exit_level", "100"},
                               {"interval_s", "1"},
                               {"quantity", "1"},
                               {"cooldown_s", "1000000000"}}));
  all.push_back(hosted("opening_range_breakout", {{"range_minutes", "300"},
                                                  {"quantity", "1"},
                                                  {"stop_loss_ticks", "1"},
                                                  {"target_ticks", "1"},
                                                  {"latest_entry", "15:00"}}));
  all.push_back(hosted("low_frequency_demo", {{"period_s", "1000000000"}, {"quantity", "1"}}));
  std::int64_t clock = 0;
  strategy_host host{
      std::move(all), trading_session{}, two_indices(), {.now_ns = [&clock] { return ++clock; }, .budget_ms = 1}};
  frame_output out;
  out.signals.reserve(16);
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
  const std::size_t said = out.signals.size();
  const std::uint64_t before = allocations;
  play(10'000);
  CHECK(allocations == before);
  CHECK(out.signals.size() == said);
  CHECK(said > 0);
}
