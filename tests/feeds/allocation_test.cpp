// The steady state of a feed does not touch the heap.
#include "feeds/feed_fixture.hpp"
#include "runtime/feeds/synthetic_source.hpp"
#include "support/counting_new.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// Allocations of a second run over the whole feed, in batches of 64.
std::uint64_t allocations_of_second_run(feed_source& feed) {
  frame_batch batch;
  const auto run = [&] {
    feed.seek(1);
    for (bool more = true; more;) {
      batch.clear();
      for (int i = 0; more && i < 64; ++i) more = feed.next(batch);
    }
  };
  run();
  const std::uint64_t before = allocations;
  run();
  return allocations - before;
}

}  // namespace

TEST_CASE("reading frames allocates nothing once the batch has grown") {
  const auto real = real_session();
  REQUIRE(real.source);
  CHECK(allocations_of_second_run(*real.source) == 0);

  const auto table = two_indices();
  const auto made = make_synthetic_source({.from = monday, .days = 2, .instruments = {nifty, banknifty}}, table, {});
  REQUIRE(made.source);
  CHECK(allocations_of_second_run(*made.source) == 0);
}
