// What makes a live feed stale, and which reason is told.
#include "tools/app/feed_health.hpp"

#include <doctest/doctest.h>

using bulkhead::app::feed_health;
using bulkhead::app::feed_part;

TEST_CASE("feed health: stale until the sockets are well, then live") {
  feed_health h;
  CHECK_FALSE(h.is_live());
  CHECK(h.why() == "not connected yet");
  CHECK(h.set(feed_part::sockets, ""));
  CHECK(h.is_live());
}

TEST_CASE("feed health: any part that is not well makes it stale, and is told once") {
  for (const feed_part part : {feed_part::recording, feed_part::disk, feed_part::sockets, feed_part::clock}) {
    feed_health h;
    h.set(feed_part::sockets, "");
    CHECK(h.set(part, "no good"));
    CHECK_FALSE(h.set(part, "no good"));
    CHECK_FALSE(h.is_live());
    CHECK(h.why() == "no good");
    CHECK(h.set(part, ""));
    CHECK_FALSE(h.set(part, ""));
    CHECK(h.is_live());
  }
}

TEST_CASE("feed health: what the disk does not take goes before what the sockets say") {
  feed_health h;
  CHECK(h.set(feed_part::disk, "the disk is gone"));
  CHECK_FALSE(h.set(feed_part::sockets, "cut"));
  CHECK_FALSE(h.set(feed_part::sockets, ""));
  CHECK(h.why() == "the disk is gone");
  CHECK(h.set(feed_part::recording, "the disk is full"));
  CHECK(h.why() == "the disk is full");
}
