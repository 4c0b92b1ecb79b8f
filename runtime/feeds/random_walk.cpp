#include "runtime/feeds/random_walk.hpp"

#include "runtime/feeds/mix64.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead {
namespace {

constexpr std::uint32_t most_frames_per_round = 4;
constexpr std::uint8_t not_dealt = 255;
// Streams of random numbers that never meet: each purpose has its own.
constexpr std::uint64_t base_stream = 1;
constexpr std::uint64_t opening_stream = 2;
constexpr std::uint64_t round_stream = 3;

std::uint64_t stream_seed(std::uint64_t seed, std::uint64_t purpose, std::uint64_t day, std::uint64_t round) {
  return mix64(mix64(mix64(seed) ^ (purpose << 56U) ^ day) + round);
}

std::uint32_t high(std::uint64_t random) { return static_cast<std::uint32_t>(random >> 32U); }
std::uint32_t low(std::uint64_t random) { return static_cast<std::uint32_t>(random); }

/// `now` moved by `by`, or back by as much where that would leave [base / 2, 2 * base]. |by| is below base / 2.
std::int64_t moved(std::int64_t now, std::int64_t by, std::int64_t base) {
  const std::int64_t there = now + by;
  return there < base / 2 || there > base * 2 ? now - by : there;
}

}  // namespace

random_walk::random_walk(std::uint64_t seed, std::vector<walker> walkers)
    : seed_(seed),
      walkers_(std::move(walkers)),
      frames_(std::min<std::uint32_t>(most_frames_per_round, static_cast<std::uint32_t>(walkers_.size()))),
      base_(walkers_.size()),
      frame_of_(walkers_.size(), not_dealt) {
  open_first_day();
}

/// 100 to 5000 rupees, and at least 1000 steps so that a step is small beside the price.
void random_walk::open_first_day() {
  splitmix64 draw{stream_seed(seed_, base_stream, 0, 0)};
  for (std::size_t i = 0; i < walkers_.size(); ++i) {
    const std::int64_t rupees = 100 + scale32(high(draw()), 4901);
    base_[i] = std::max<std::int64_t>(1000, rupees * money_scale / walkers_[i].tick_size);
  }
  opening_ = base_;
  price_ = opening_;
  day_ = 0;
}

void random_walk::start_day(std::uint64_t day) {
  if (day < day_) open_first_day();
  while (day_ < day) next_opening(++day_);
  price_ = opening_;
}

/// The night moves a price by at most one part in 64 of its first opening.
void random_walk::next_opening(std::uint64_t day) {
  splitmix64 draw{stream_seed(seed_, opening_stream, day, 0)};
  for (std::size_t i = 0; i < walkers_.size(); ++i) {
    const std::int64_t most = base_[i] / 64;
    const auto width = static_cast<std::uint32_t>(2 * most + 1);
    opening_[i] = moved(opening_[i], scale32(high(draw()), width) - most, base_[i]);
  }
}

void random_walk::play_round(std::uint64_t round) {
  splitmix64 draw{stream_seed(seed_, round_stream, day_, round)};
  const auto count = static_cast<std::uint32_t>(walkers_.size());
  std::ranges::fill(frame_of_, not_dealt);
  // First one instrument for each frame, then the others anywhere.
  for (std::uint8_t frame = 0; frame < frames_; ++frame) {
    std::uint32_t i = scale32(high(draw()), count);
    while (frame_of_[i] != not_dealt) i = (i + 1) % count;
    frame_of_[i] = frame;
  }
  for (std::size_t i = 0; i < walkers_.size(); ++i) {
    const std::uint64_t random = draw();
    if (frame_of_[i] == not_dealt) frame_of_[i] = static_cast<std::uint8_t>(scale32(low(random), frames_));
    const std::int64_t steps = std::int64_t{scale32(high(random), 7)} - 3;
    price_[i] = moved(price_[i], steps, base_[i]);
  }
}

void random_walk::ticks_of(std::uint32_t frame, std::vector<tick>& out) const {
  for (std::size_t i = 0; i < walkers_.size(); ++i) {
    if (frame_of_[i] != frame) continue;
    out.push_back({.instrument = walkers_[i].instrument, .last = price{price_[i] * walkers_[i].tick_size}});
  }
}

}  // namespace bulkhead
