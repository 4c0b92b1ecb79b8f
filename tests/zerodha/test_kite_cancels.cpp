// Cancels that are asked for until the order has ended, and the pace of reading.
#include "runtime/brokers/zerodha/kite_cancels.hpp"
#include "runtime/brokers/zerodha/read_pace.hpp"
#include "support/order_fixtures.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using ms = std::chrono::milliseconds;

namespace {

struct rig {
  kite_cancels cancels;
  std::set<std::string> ended, known{"a"};

  std::size_t due(std::int64_t now) { return findings(now).due.size(); }
  kite_cancels::findings findings(std::int64_t now, timestamp wall = at(10, 0)) {
    return cancels.due(
        ms{now}, wall, [this](const client_order_id& id) { return ended.contains(id.str()); },
        [this](const client_order_id& id) { return known.contains(id.str()); });
  }
};

order working(const char* id = "a") { return {.request = limit(id, rupees(100)), .status = order_status::open}; }

}  // namespace

TEST_CASE("a refused cancel is asked for again after a read of the book, not before, and ever later") {
  rig r;
  r.cancels.want(working(), ms{0});
  r.cancels.tried(client_order_id{"a"}, ms{0});
  CHECK(r.due(10'000) == 0);  // no book since
  r.cancels.on_book(ms{50});
  CHECK(r.due(199) == 0);
  CHECK(r.due(200) == 1);
  r.cancels.tried(client_order_id{"a"}, ms{300});
  r.cancels.on_book(ms{250});
  CHECK(r.due(10'000) == 0);  // that book began before the newest try
  r.cancels.on_book(ms{300});
  CHECK(r.due(699) == 0);
  CHECK(r.due(700) == 1);
  r.ended.insert("a");
  CHECK(r.due(100'000) == 0);
  CHECK(r.cancels.empty());
}

TEST_CASE("a cancel that Kite took is asked for again only if the order stays open for long") {
  rig r;
  r.cancels.want(working(), ms{0});
  r.cancels.tried(client_order_id{"a"}, ms{0});
  r.cancels.taken(client_order_id{"a"}, ms{10});
  r.cancels.on_book(ms{100});
  CHECK(r.due(5'009) == 0);
  CHECK(r.due(5'010) == 1);
}

TEST_CASE("a cancel waits for the order's id, and one from before a restart is due with the first book") {
  rig r;
  r.known.clear();
  r.cancels.want(working(), ms{0}, true);
  CHECK_FALSE(r.cancels.empty());
  r.cancels.on_book(ms{10});
  CHECK(r.due(1'000) == 0);
  r.known.insert("a");
  CHECK(r.due(1'000) == 1);
  CHECK(r.due(1'001) == 0);  // told once
}

TEST_CASE("after many tries people are told, once, and the cancel is asked for rarely until the order has ended") {
  rig r;
  r.cancels.want(working(), ms{0});
  std::int64_t now = 0;
  std::size_t told = 0;
  const auto ask = [&](std::int64_t wait) {
    r.cancels.tried(client_order_id{"a"}, ms{now});
    now += wait;
    r.cancels.on_book(ms{now});
    const auto found = r.findings(now);
    told += found.stubborn.size();
    return found.due.size();
  };
  for (int tries = 1; tries < kite_cancels::many_tries; ++tries) REQUIRE(ask(10'000) == 1);
  CHECK(told == 0);
  for (int tries = 0; tries < 100; ++tries) {
    REQUIRE(ask(29'999) == 0);
    now += 1;
    const auto found = r.findings(now);
    told += found.stubborn.size();
    REQUIRE(found.due.size() == 1);
  }
  CHECK(told == 1);
  r.ended.insert("a");
  CHECK(ask(60'000) == 0);
  CHECK(r.cancels.empty());
}

TEST_CASE("on the next day there is nothing left to cancel") {
  rig r;
  r.cancels.want(working(), ms{0}, true);
  r.cancels.on_book(ms{10});
  CHECK(r.findings(1'000, at(15, 31)).due.size() == 1);
  CHECK(r.findings(60'000, at(10, 0) + seconds(24 * 3600)).due.empty());
  CHECK(r.cancels.empty());
}

TEST_CASE("the book is read often while only it can tell, and rarely otherwise") {
  const read_pace pace{.poll = ms{100}, .idle = ms{15'000}};
  CHECK(wait_until_read(pace, {}) == ms{15'000});
  CHECK(wait_until_read(pace, {.is_told = true}) == ms{15'000});
  CHECK(wait_until_read(pace, {.has_orders = true}) == ms{100});
  CHECK(wait_until_read(pace, {.has_orders = true, .is_told = true}) == ms{500});
  CHECK(wait_until_read(pace, {.has_orders = true, .has_lost = true, .is_told = true}) == ms{100});
  CHECK(wait_until_read(pace, {.has_orders = true, .failures = 1}) == ms{100});
  CHECK(wait_until_read(pace, {.has_orders = true, .failures = 3}) == ms{400});
  CHECK(wait_until_read(pace, {.failures = 100}) == ms{1'600});
  CHECK(wait_until_read({.poll = ms{60'000}, .idle = ms{500}}, {}) == ms{60'000});
}
