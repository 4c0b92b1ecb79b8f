// Frames from market.ticks records: once each, without a gap, and whether their day is complete.
#include "runtime/feeds/recorded_frames.hpp"

#include "feeds/feed_fixture.hpp"
#include "runtime/domain/event_codec.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

const instrument_table table = two_indices();

std::string ticking(feed_seq seq, timestamp ts) {
  const std::vector<tick> ticks{{.instrument = nifty, .last = {1'000'000}}};
  return market_ticks_codec{table}.encode({seq, ts, frame_kind::ticks, ticks});
}

std::string closing(feed_seq seq, timestamp ts) {
  return market_ticks_codec{table}.encode({seq, ts, frame_kind::session_close, {}});
}

}  // namespace

TEST_CASE("each frame counts once, and the day is complete with its close") {
  recorded_frames frames{table, {}, {}};
  CHECK_FALSE(frames.is_complete());
  frames.take(ticking(1, at(monday, 9, 15)));
  frames.take(ticking(2, at(monday, 9, 16)));
  frames.take(ticking(1, at(monday, 9, 15)));
  frames.take(ticking(2, at(monday, 9, 16)));
  CHECK(frames.frames().size() == 2);
  CHECK_FALSE(frames.is_complete());
  frames.take(closing(3, at(monday, 15, 30)));
  CHECK(frames.is_complete());
  frames.take(ticking(4, at(monday, 15, 31)));  // after the close
  CHECK(frames.is_complete());
  frames.take(ticking(5, at(monday + 1, 9, 15)));
  CHECK_FALSE(frames.is_complete());
  frames.take(closing(6, at(monday + 1, 15, 30)));
  CHECK(frames.is_complete());
  CHECK(frames.last_seq() == 6);
}

TEST_CASE("frames of other dates are left out, and the rest counted from 1") {
  recorded_frames frames{table, monday + 1, monday + 1};
  frames.take(ticking(1, at(monday, 9, 15)));
  frames.take(closing(2, at(monday, 15, 30)));
  frames.take(ticking(3, at(monday + 1, 9, 15)));
  frames.take(closing(4, at(monday + 1, 15, 30)));
  frames.take(ticking(5, at(monday + 2, 9, 15)));
  frames.take(closing(6, at(monday + 2, 15, 30)));
  REQUIRE(frames.frames().size() == 2);
  CHECK(frames.frames()[0].seq == 1);
  CHECK(frames.frames()[0].ts == at(monday + 1, 9, 15));
}

TEST_CASE("a missing frame, and a record that is none, are refused") {
  recorded_frames late{table, {}, {}};
  CHECK_THROWS_WITH_AS(late.take(ticking(2, at(monday, 9, 16))),
                       "its first frame has seq 2, allowed: 1; the frames before are gone", codec_error);
  recorded_frames gap{table, {}, {}};
  gap.take(ticking(1, at(monday, 9, 15)));
  CHECK_THROWS_WITH_AS(gap.take(ticking(3, at(monday, 9, 17))), "seq 3 follows 1: the frames between are missing",
                       codec_error);
  CHECK_THROWS_AS(gap.take("{}"), codec_error);
  CHECK(gap.frames().size() == 1);
}
