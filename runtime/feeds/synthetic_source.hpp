#pragma once
// A made-up market for tests, demonstrations and load: each instrument walks at random. The same settings give the same
// frames on every machine; nothing is stored but one day's prices.
//
// A day runs in rounds, `ticks_per_second` of them each second. A round has up to four frames, and each instrument
// ticks in exactly one of them, at random. So no frame is empty, an instrument ticks exactly `ticks_per_second` times a
// second, and the number of frames is known beforehand. Every round draws from a generator of its own (SplitMix64
// seeded by seed, day and round), and every day's opening prices follow from the seed alone, so a seek walks at most
// one day.
#include "runtime/domain/session.hpp"
#include "runtime/feeds/feed_result.hpp"

#include <cstdint>
#include <vector>

namespace bulkhead {

struct synthetic_settings {
  std::uint64_t seed = 1;
  trade_date from = 0;                ///< first day; not a trading day: the next one
  std::int64_t days = 1;              ///< trading days from there, 1 to 10000
  std::int64_t ticks_per_second = 1;  ///< of each instrument, 1 to 1000
  std::vector<instrument_id> instruments;
  std::vector<duration> clock_times;  ///< times of day at which every day has a clock frame
};

/// An error for a setting out of its range, no or repeated instruments, an instrument without a tick size or with one
/// above 1000 rupees, or a session that is not within a day. `instruments` is used here only. One owner; next() does
/// not allocate once the batch has grown.
///
/// fingerprint() covers all settings and the version of the generator: together they decide every frame.
[[nodiscard]] feed_result make_synthetic_source(const synthetic_settings& settings, const instrument_table& instruments,
                                                const trading_session& session);

}  // namespace bulkhead
