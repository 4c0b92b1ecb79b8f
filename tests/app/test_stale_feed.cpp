// A feed without ticks: its clock frames make the last prices old, and entries against them are refused.
#include "app/broker_harness.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace bulkhead;
using bulkhead::test::broker_harness;
using bulkhead::test::session_script;

namespace {

constexpr std::size_t last_ticks = 40;  ///< frames of the session before the silence
constexpr std::int64_t two_seconds = 2'000'000'000;

external_signal entry_at(timestamp ts, std::int64_t offset, const config::settings& s) {
  external_signal out;
  out.from = {"desk-" + std::to_string(offset), "paper.signals.raw", 0, offset};
  out.what.id = signal_id{derive_id("stale|" + std::to_string(offset))};
  out.what.strategy = strategy_id{"external.desk"};
  out.what.instrument = instrument_id{0};
  out.what.qty = s.instruments.at(out.what.instrument).lot_size;
  out.what.ts = ts;
  return out;
}

/// Empty: approved.
std::string rule_of(const broker_harness& h, const external_signal& s) {
  for (const event_list& list : h.appended) {
    for (const event& e : *list) {
      const auto* refused = std::get_if<signal_rejected>(&e.body);
      if (refused != nullptr && refused->signal_id == s.what.id) return refused->rule;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("a stale feed: clock frames carry event time on, and an entry against a price that is too old is refused") {
  const session_script script = session_script::load();
  const config::settings& s = *script.settings;
  const std::int64_t most_ms = s.brokers.front().risk.broker.max_price_age_ms;
  REQUIRE(most_ms > 2'000);
  broker_harness h{script.settings};
  for (std::size_t i = 0; i < last_ticks; ++i) h.offer(script, i);
  const frame_view newest = (*script.frames[last_ticks - 1])[0];
  const auto clocks = most_ms / 2'000 + 30;  // the instrument's last tick is some frames older than the last frame
  const external_signal early = entry_at(timestamp{newest.ts.ns + two_seconds}, 1, s);
  const external_signal late = entry_at(timestamp{newest.ts.ns + clocks * two_seconds}, 2, s);
  for (std::int64_t i = 1; i <= clocks; ++i) {
    if (i == 1) h.sequencer().offer_inbox({early});
    if (i == clocks) h.sequencer().offer_inbox({late});
    auto clock = std::make_shared<frame_batch>();
    const feed_seq seq = newest.seq + static_cast<feed_seq>(i);
    clock->add(seq, timestamp{newest.ts.ns + i * two_seconds}, frame_kind::clock, {});
    h.sequencer().offer_signals(seq, {});
    h.sequencer().offer_frames(clock);
  }
  CHECK(h.sequencer().inbox_taken() == 2);
  CHECK(rule_of(h, early) != "stale_price");
  CHECK(rule_of(h, late) == "stale_price");
}
