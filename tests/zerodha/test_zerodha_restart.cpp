// What a client makes of orders from before a restart.
#include "zerodha/client_rig.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using rig = client_rig;

TEST_CASE("orders from before a restart are watched, also where the first reads fail") {
  rig r;
  r.log_in();
  const auto reads = std::make_shared<std::atomic<int>>(0);
  r.kite.spoil([reads](const http_request& q) -> std::optional<http_result> {
    if (q.method == http_method::get && ++*reads <= 3) return answer(503, "<html>");
    return std::nullopt;
  });
  order o = bought("a");
  o.status = order_status::unknown;
  r.start({o});
  r.client->submit(bought("b"));  // a book without any order of ours proves nothing
  CHECK(r.told("a", kind::rejected).starts_with("it never arrived"));
  CHECK(*reads > 3);
}

TEST_CASE("orders that ended before a restart are asked nothing, and have to be in a book that proves an absence") {
  rig r;
  r.log_in();
  order o = bought("a");
  o.status = order_status::unknown;
  order ended = bought("z");
  ended.status = order_status::filled;
  ended.broker_order_id = broker_order_id{"K2"};
  r.start({o, ended});
  r.client->submit(bought("b"));
  CHECK(r.told("b", kind::accepted).empty());
  const std::size_t reads = r.kite.count(http_method::get);
  REQUIRE(r.kite.await([&] { return r.kite.count(http_method::get) > reads + 10; }));
  CHECK(r.line("orders at Zerodha").starts_with("2 live, 1 of them unknown"));
  r.client->submit(bought("c"));  // K2: now the book has what the journal knows
  CHECK(r.told("a", kind::rejected).starts_with("it never arrived"));
}

TEST_CASE("a cancel that was under way at a restart is asked for again") {
  rig r;
  r.log_in();
  r.start();
  r.client->submit(bought("a"));
  CHECK(r.told("a", kind::accepted).empty());
  r.client.reset();
  r.updates.clear();
  order o = bought("a");
  o.status = order_status::pending_cancel;
  o.broker_order_id = broker_order_id{"K1"};
  r.start({o});
  CHECK(r.told("a", kind::cancelled) == "CANCELLED");
}
