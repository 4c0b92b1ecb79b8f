// The steady state of a feed does not touch the heap.
#include "feeds/feed_fixture.hpp"
#include "runtime/feeds/synthetic_source.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <doctest/doctest.h>

namespace {
std::atomic<std::uint64_t> allocations{0};
}  // namespace

// Counted for the whole test program; what a test asserts is the difference over its own calls.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

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
