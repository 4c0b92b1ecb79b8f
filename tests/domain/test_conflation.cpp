// What a consumer that fell behind gets in place of the frames it missed.
#include "runtime/domain/conflation.hpp"

#include <map>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;

namespace {

struct owned_frame {
  frame_kind kind = frame_kind::ticks;
  std::vector<tick> ticks;
};

tick of(std::uint32_t instrument, std::int64_t raw) { return {.instrument = {instrument}, .last = {raw}}; }

timestamp time_of(feed_seq seq) { return {static_cast<std::int64_t>(seq) * 1'000}; }

/// Frames numbered from 11.
conflated_frames conflate(const std::vector<owned_frame>& frames) {
  conflation waiting;
  feed_seq seq = 11;
  for (const owned_frame& f : frames) {
    waiting.add({seq, time_of(seq), f.kind, f.ticks});
    ++seq;
  }
  REQUIRE(waiting.size() == frames.size());
  conflated_frames out = waiting.take();
  REQUIRE(waiting.empty());
  return out;
}

std::vector<tick> ticks_of(const frame_batch& batch, std::size_t i) {
  return {batch[i].ticks.begin(), batch[i].ticks.end()};
}

}  // namespace

TEST_CASE("each instrument keeps its newest tick, in the frame it came with") {
  const auto out = conflate({{frame_kind::ticks, {of(0, 1), of(1, 1)}},
                             {frame_kind::ticks, {of(1, 2)}},
                             {frame_kind::ticks, {of(0, 3), of(2, 3)}},
                             {frame_kind::ticks, {of(0, 4)}}});
  REQUIRE(out.frames.size() == 4);
  CHECK(ticks_of(out.frames, 0).empty());
  CHECK(ticks_of(out.frames, 1) == std::vector{of(1, 2)});
  CHECK(ticks_of(out.frames, 2) == std::vector{of(2, 3)});
  CHECK(ticks_of(out.frames, 3) == std::vector{of(0, 4)});
  REQUIRE(out.notices.size() == 2);
  CHECK(out.notices[0].instrument == instrument_id{0});
  CHECK(out.notices[0].what == "conflated");
  CHECK(out.notices[0].count == 2);
  CHECK(out.notices[1].instrument == instrument_id{1});
  CHECK(out.notices[1].count == 1);
}

TEST_CASE("a clock and a session close find the last prices of their moment") {
  const auto out = conflate({{frame_kind::ticks, {of(0, 1)}},
                             {frame_kind::ticks, {of(0, 2)}},
                             {frame_kind::clock, {}},
                             {frame_kind::ticks, {of(0, 3)}},
                             {frame_kind::session_close, {}},
                             {frame_kind::ticks, {of(0, 4)}}});
  CHECK(ticks_of(out.frames, 0).empty());
  CHECK(ticks_of(out.frames, 1) == std::vector{of(0, 2)});
  CHECK(out.frames[2].kind == frame_kind::clock);
  CHECK(ticks_of(out.frames, 3) == std::vector{of(0, 3)});
  CHECK(out.frames[4].kind == frame_kind::session_close);
  CHECK(ticks_of(out.frames, 5) == std::vector{of(0, 4)});
  REQUIRE(out.notices.size() == 1);
  CHECK(out.notices[0].count == 1);
}

TEST_CASE("after take() the next frames begin anew") {
  conflation waiting;
  const std::vector<tick> one{of(0, 1)};
  const std::vector<tick> two{of(0, 2)};
  waiting.add({1, {}, frame_kind::ticks, one});
  CHECK(waiting.take().notices.empty());
  waiting.add({2, {}, frame_kind::ticks, two});
  const auto out = waiting.take();
  REQUIRE(out.frames.size() == 1);
  CHECK(ticks_of(out.frames, 0) == two);
  CHECK(out.notices.empty());
}

TEST_CASE("any frames: every seq stays, every last price at a clock, a close and the end, nothing goes uncounted") {
  CHECK(rc::check([] {
    std::vector<owned_frame> frames;
    std::size_t given = 0;
    const int count = *rc::gen::inRange(1, 40);
    for (int i = 0; i < count; ++i) {
      owned_frame f;
      f.kind = *rc::gen::weightedElement<frame_kind>(
          {{8, frame_kind::ticks}, {1, frame_kind::clock}, {1, frame_kind::session_close}});
      for (std::uint32_t id = 0; f.kind == frame_kind::ticks && id < 4; ++id) {
        if (*rc::gen::inRange(0, 2) == 0) f.ticks.push_back(of(id, i * 10 + static_cast<std::int64_t>(id) + 1));
      }
      given += f.ticks.size();
      frames.push_back(std::move(f));
    }
    const auto out = conflate(frames);
    RC_ASSERT(out.frames.size() == frames.size());
    std::map<std::uint32_t, std::int64_t> whole;
    std::map<std::uint32_t, std::int64_t> seen;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const frame_view f = out.frames[i];
      RC_ASSERT(f.seq == 11 + i);
      RC_ASSERT(f.ts == time_of(11 + i));
      RC_ASSERT(f.kind == frames[i].kind);
      for (const tick& t : frames[i].ticks) whole[t.instrument.index] = t.last.raw;
      for (const tick& t : f.ticks) seen[t.instrument.index] = t.last.raw;
      kept += f.ticks.size();
      if (f.kind != frame_kind::ticks || i + 1 == frames.size()) RC_ASSERT(seen == whole);
    }
    std::size_t left_out = 0;
    for (const feed_noticed& n : out.notices) left_out += n.count;
    RC_ASSERT(kept + left_out == given);
  }));
}
