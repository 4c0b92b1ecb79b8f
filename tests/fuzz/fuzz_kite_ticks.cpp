// Any bytes as a tick frame: decoded as they say, or refused whole.
#include "fuzz/fuzz_check.hpp"
#include "runtime/brokers/zerodha/kite_ticks.hpp"

#include <cstddef>
#include <cstdint>

using namespace bulkhead;
using bulkhead::test::claim;

namespace {

bool in_range(price p) { return p.raw >= 0 && p <= price::max(); }

/// Prices that orders follow; the others are as sent, whatever that was.
void check_tick(const kite_tick& t) {
  claim(in_range(t.last), "a last price is in range");
  for (const auto* levels : {&t.bids, &t.offers}) {
    claim(in_range(levels->front().price), "a best price is in range");
    for (const kite_level& l : *levels) claim(l.qty >= 0, "a level has a quantity");
  }
  claim(t.volume >= 0 && t.exchange_time >= 0 && t.open_interest >= 0, "no count is negative");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static kite_frame f;  // used again, as the feed does
  const std::span<const std::uint8_t> bytes{data, size};
  const bool is_refused = decode_frame(bytes, f).has_value();
  claim(!is_refused || (f.ticks.empty() && f.skipped == 0), "nothing of a refused frame is left");
  if (is_refused) return 0;
  for (const kite_tick& t : f.ticks) check_tick(t);
  if (f.is_heartbeat) {
    claim(size == 1 && f.ticks.empty(), "a heartbeat is one byte");
    return 0;
  }
  const std::size_t count = static_cast<std::size_t>(data[0]) << 8U | data[1];
  claim(f.ticks.size() + f.skipped == count, "every packet was read or counted");
  // Two bytes more than a heartbeat has.
  if (size > 2) claim(decode_frame(bytes.first(size - 1), f).has_value(), "a frame without its last byte is refused");
  return 0;
}
