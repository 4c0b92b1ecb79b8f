// The rate budget: what a venue that counts requests sees of us, in any window, wherever it begins.
#include "runtime/brokers/zerodha/rate_budget.hpp"
#include "runtime/brokers/zerodha/request_pacer.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using ms = std::chrono::milliseconds;

namespace {

constexpr rate_request entry{.is_entry = true, .places = true};
constexpr rate_request exit_order{.is_entry = false, .places = true};
constexpr rate_request cancel{.is_entry = false, .places = false};

/// So many requests of one kind that begin and end at `now`; how many passed.
int burst(rate_budget& b, rate_request r, int count, ms now) {
  int passed = 0;
  for (int i = 0; i < count; ++i) {
    if (!b.begin(r, now).passes) continue;
    b.end(now);
    ++passed;
  }
  return passed;
}

/// The most that a venue counts in any sliding window of that length.
std::size_t busiest(std::vector<ms> arrivals, ms window) {
  std::ranges::sort(arrivals);
  std::size_t most = 0;
  for (std::size_t first = 0, last = 0; last < arrivals.size(); ++last) {
    while (arrivals[last] - arrivals[first] >= window) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

}  // namespace

TEST_CASE("entries leave the reserve alone, cancels and exits use it") {
  rate_budget b{{.per_second = 10, .exit_reserve_percent = 20}};
  CHECK(burst(b, entry, 20, ms{0}) == 8);
  CHECK(burst(b, cancel, 1, ms{0}) == 1);
  CHECK(burst(b, exit_order, 20, ms{0}) == 1);
  CHECK(b.begin(entry, ms{0}).limit == "a second");
  CHECK(b.begin(entry, ms{0}).again_at == ms{1'001});
  CHECK(burst(b, entry, 20, ms{1'000}) == 0);
  CHECK(burst(b, entry, 20, ms{1'001}) == 8);
}

TEST_CASE("a reserve is rounded up, and entries keep at least one") {
  const auto share = [](std::int64_t limit, std::int64_t percent) {
    return rate_budget{{.exit_reserve_percent = percent}}.entry_share(limit);
  };
  CHECK(share(10, 20) == 8);
  CHECK(share(10, 0) == 10);
  CHECK(share(3, 20) == 2);
  CHECK(share(1, 90) == 1);
  CHECK(share(2, 90) == 1);
}

TEST_CASE("a request counts until a window after its end, however long it takes") {
  rate_budget b{{.per_second = 2, .exit_reserve_percent = 0}};
  CHECK(b.begin(entry, ms{0}).passes);
  CHECK(b.begin(entry, ms{0}).passes);
  const rate_verdict full = b.begin(entry, ms{5'000});
  CHECK_FALSE(full.passes);
  CHECK_FALSE(full.again_at);  // nobody knows when one ends
  b.end(ms{5'000});
  CHECK_FALSE(b.begin(entry, ms{6'000}).passes);
  CHECK(b.begin(entry, ms{6'001}).passes);
}

TEST_CASE("the minute counts like the second") {
  rate_budget b{{.per_second = 0, .per_minute = 5, .exit_reserve_percent = 20}};
  CHECK(burst(b, entry, 9, ms{0}) == 4);
  CHECK(burst(b, exit_order, 9, ms{59'000}) == 1);
  CHECK(b.begin(cancel, ms{60'000}).limit == "a minute");
  CHECK(burst(b, entry, 9, ms{60'001}) == 3);  // the exit is still in it
}

TEST_CASE("the day counts placements, whoever made them, and begins anew") {
  rate_budget b{{.per_second = 0, .per_minute = 0, .per_day = 10, .exit_reserve_percent = 20}};
  b.on_day(20220103);
  b.on_book(20220103, 5);
  CHECK(burst(b, entry, 9, ms{0}) == 3);
  b.on_book(20220103, 7);  // of a moment before
  CHECK(b.placed_today() == 8);
  CHECK(b.begin(entry, ms{0}).limit == "a day");
  CHECK_FALSE(b.begin(entry, ms{0}).again_at);
  CHECK(burst(b, exit_order, 9, ms{0}) == 2);
  CHECK(burst(b, cancel, 9, ms{0}) == 9);  // not counted by the day
  b.on_book(20220102, 500);                // yesterday's, not yet emptied
  b.on_day(20220104);
  CHECK(b.placed_today() == 0);
  CHECK(burst(b, entry, 1, ms{0}) == 1);
  b.on_day(20220103);
  CHECK(b.placed_today() == 1);
}

TEST_CASE("a throttle stops everything for a second and entries for longer, twice as long each time") {
  rate_budget b{{}};
  b.throttled(ms{0});
  CHECK(b.begin(cancel, ms{1'000}).again_at == ms{1'001});
  CHECK(b.begin(cancel, ms{1'001}).passes);
  CHECK(b.begin(entry, ms{1'999}).limit == "throttled by the venue");
  CHECK(b.begin(entry, ms{2'000}).passes);
  b.throttled(ms{2'000});
  b.throttled(ms{2'000});  // of the same moment
  CHECK_FALSE(b.begin(entry, ms{5'999}).passes);
  CHECK(b.begin(entry, ms{6'000}).passes);
  ms now{6'000};
  for (int i = 0; i < 20; ++i) {
    b.throttled(now);
    now = b.begin(entry, now).again_at.value();
  }
  CHECK(b.begin(entry, now).passes);
  b.throttled(now);
  CHECK(b.begin(entry, now).again_at == now + rate_budget::most_back_off);
  now += ms{200'000};
  b.throttled(now);
  CHECK(b.begin(entry, now).again_at == now + rate_budget::least_back_off);
}

TEST_CASE("whatever is asked for, whenever, no window of the venue's holds more than the limits") {
  CHECK(rc::check([] {
    const rate_budget_settings s{.per_second = *rc::gen::inRange(1, 12),
                                 .per_minute = *rc::gen::inRange(1, 60),
                                 .per_day = *rc::gen::inRange(20, 200),
                                 .exit_reserve_percent = *rc::gen::inRange(0, 91)};
    rate_budget b{s};
    b.on_day(1);
    std::vector<ms> arrivals;
    std::multimap<ms, int> ends;
    std::int64_t placed = 0;
    ms now{0};
    const auto steps = *rc::gen::inRange(1, 400);
    for (int i = 0; i < steps; ++i) {
      now += ms{*rc::gen::inRange(0, 200)};
      while (!ends.empty() && ends.begin()->first <= now) {
        b.end(ends.begin()->first);
        ends.erase(ends.begin());
      }
      const rate_request r{*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
      const rate_verdict v = b.begin(r, now);
      RC_ASSERT(v.passes == v.limit.empty());
      if (!v.passes) {
        // What it says about the next time holds: not before, in this state.
        if (v.again_at) RC_ASSERT(*v.again_at > now);
        continue;
      }
      // It reaches the venue somewhere between its beginning and its end.
      const ms takes{*rc::gen::inRange(0, 1'500)};
      arrivals.push_back(now + ms{*rc::gen::inRange<std::int64_t>(0, takes.count() + 1)});
      ends.emplace(now + takes, 0);
      if (r.places) ++placed;
    }
    RC_ASSERT(busiest(arrivals, ms{1'000}) <= static_cast<std::size_t>(s.per_second));
    RC_ASSERT(busiest(arrivals, ms{60'000}) <= static_cast<std::size_t>(s.per_minute));
    RC_ASSERT(placed <= s.per_day);
  }));
}

TEST_CASE("exits find their share, however many entries are asked for") {
  CHECK(rc::check([] {
    const rate_budget_settings s{.per_second = *rc::gen::inRange(2, 20),
                                 .per_minute = 0,
                                 .per_day = *rc::gen::inRange(50, 500),
                                 .exit_reserve_percent = *rc::gen::inRange(1, 91)};
    rate_budget b{s};
    const std::int64_t reserve = s.per_second - b.entry_share(s.per_second);
    ms now{0};
    std::vector<ms> exits;
    const auto steps = *rc::gen::inRange(1, 300);
    for (int i = 0; i < steps; ++i) {
      now += ms{*rc::gen::inRange(0, 60)};
      for (int n = *rc::gen::inRange(0, 30); n > 0; --n) {
        if (b.begin(entry, now).passes) b.end(now);
      }
      const auto recent = std::ranges::count_if(exits, [&](ms t) { return now - t <= ms{1'000}; });
      if (recent >= reserve) continue;
      RC_ASSERT(b.begin(cancel, now).passes);
      b.end(now);
      exits.push_back(now);
    }
  }));
}

TEST_CASE("the pacer waits for room, refuses what cannot come in time, and says what is used up") {
  // Time stands until a request is to wait: the machine's stalls use up no second.
  std::atomic<bool> stands{true};
  const auto clock = [&, start = request_pacer::steady_now()] { return stands ? start : request_pacer::steady_now(); };
  const auto pacer = std::make_shared<request_pacer>(
      rate_budget_settings{.per_second = 3, .per_minute = 5, .per_day = 4, .exit_reserve_percent = 0}, clock);
  { const auto held = pacer->take(entry, ms{0}); }
  { const auto held = pacer->take(entry, ms{0}); }
  auto open = pacer->take(entry, ms{0});
  CHECK(pacer->text() == "3 of 3 in this second, 3 of 5 in this minute, 3 of 4 today");
  const auto refusal = [&](rate_request r, ms patience) -> std::string {
    try {
      (void)pacer->take(r, patience);
    } catch (const pace_refused& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refusal(entry, ms{0}) ==
        "rate budget: the requests of a second are used up but for what is kept for cancels and exits");
  CHECK(refusal(cancel, ms{0}) == "rate budget: the requests of a second are used up");
  stands = false;
  CHECK(refusal(entry, ms{60'000}).empty());  // waits about a second
  CHECK(refusal(entry, ms{60'000}) ==
        "rate budget: the requests of a day are used up but for what is kept for cancels "
        "and exits");
  pacer->throttled();
  CHECK(refusal(cancel, ms{0}).starts_with("rate budget: throttled by the venue, for "));
}
