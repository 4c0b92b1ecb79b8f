#include "runtime/brokers/paper/paper_client.hpp"
#include "support/order_fixtures.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using kind = broker_update::kind;

namespace {

std::vector<broker_update> tick_at(broker_client& client, feed_seq seq, timestamp ts, price last) {
  const tick t{.instrument = nifty, .last = last};
  return client.on_frame({seq, ts, frame_kind::ticks, {&t, 1}});
}

std::vector<kind> kinds_of(const std::vector<broker_update>& updates) {
  std::vector<kind> out;
  for (const broker_update& u : updates) out.push_back(u.what);
  return out;
}

}  // namespace

TEST_CASE("the paper broker moves with the feed") {
  CHECK(paper_client{{}, trading_session{}, instruments()}.clock() == venue_clock::feed);
}

TEST_CASE("a paper order is filled by the next frame, once, though it is submitted twice") {
  paper_client client{{}, trading_session{}, instruments()};
  client.submit(submitted(market("a"), 1));
  client.submit(submitted(market("a"), 1));
  CHECK(tick_at(client, 1, at(10, 0), rupees(100)).empty());
  const auto updates = tick_at(client, 2, at(10, 0, 20), rupees(101));
  CHECK(kinds_of(updates) == std::vector{kind::accepted, kind::filled});
  CHECK(updates.back().price == rupees(101));
}

TEST_CASE("a paper cancel takes effect in the next frame") {
  paper_client client{{}, trading_session{}, instruments()};
  client.submit(submitted(limit("a", rupees(90)), 1));
  CHECK(kinds_of(tick_at(client, 2, at(10, 0), rupees(100))) == std::vector{kind::accepted});
  client.cancel(submitted(limit("a", rupees(90)), 1));
  CHECK(kinds_of(tick_at(client, 3, at(10, 1), rupees(80))) == std::vector{kind::cancelled});
}

TEST_CASE("a paper modification takes effect in the next frame") {
  paper_client client{{}, trading_session{}, instruments()};
  order asked = submitted(limit("a", rupees(90)), 1);
  client.submit(asked);
  CHECK(kinds_of(tick_at(client, 2, at(10, 0), rupees(100))) == std::vector{kind::accepted});
  asked.asked_terms = order_terms{50, rupees(95), {}};
  asked.changed_at = at(10, 0);
  asked.changed_feed = 2;
  client.modify(asked);
  const auto updates = tick_at(client, 3, at(10, 1), rupees(96));
  REQUIRE(kinds_of(updates) == std::vector{kind::modified});
  CHECK(updates.front().terms == *asked.asked_terms);
}

TEST_CASE("a paper broker trades by its own settings") {
  paper_client client{{.slippage = slippage_mode::ticks, .slippage_ticks = 2}, trading_session{}, instruments()};
  client.submit(submitted(market("a"), 1));
  CHECK(tick_at(client, 2, at(10, 0), rupees(100)).back().price == rupees(100, 10));
}

TEST_CASE("after a restart orders go as they were submitted, though they are handed over by id") {
  order_manager book{{.placing_enabled = true}, instruments()};
  (void)book.submit(approve_all({market("z"), market("m"), market("a")}), at(10, 0), 1);
  paper_client client{{}, trading_session{}, instruments()};
  client.restore(book.live());
  std::string order_of_fills;
  for (const auto& u : tick_at(client, 2, at(10, 1), rupees(100))) {
    if (u.what == kind::filled) order_of_fills += u.client_order_id.str();
  }
  CHECK(order_of_fills == "zma");
}

TEST_CASE("a restart between any two frames changes nothing that the broker reports") {
  const price path[] = {rupees(102), rupees(101), rupees(98), rupees(103), rupees(100)};
  const auto run = [&](int restart_before) {
    order_manager book{{.placing_enabled = true}, instruments()};
    auto client = std::make_unique<paper_client>(paper_settings{}, trading_session{}, instruments());
    (void)book.submit(approve_all({limit("c", rupees(99)), market("b"), limit("a", rupees(103), side::sell)}),
                      at(10, 0), 1);
    for (const order* o :
         {book.find(client_order_id{"c"}), book.find(client_order_id{"b"}), book.find(client_order_id{"a"})}) {
      client->submit(*o);
    }
    std::string story;
    for (int i = 0; i < 5; ++i) {
      if (i == 2) {
        book.apply({.seq = 9, .ts = at(10, 2), .body = order_cancel_requested{client_order_id{"c"}, "exit"}});
        client->cancel(*book.find(client_order_id{"c"}));
      }
      if (i == restart_before) {
        order_manager recovered{{.placing_enabled = true}, instruments()};
        recovered.restore(book.snapshot());
        client = std::make_unique<paper_client>(paper_settings{}, trading_session{}, instruments());
        client->restore(recovered.live());
      }
      const auto updates = tick_at(*client, static_cast<feed_seq>(2 + i), at(10, 1 + i), path[i]);
      (void)book.on_updates(updates, at(10, 1 + i));
      for (const auto& u : updates) {
        story += std::to_string(i) + ":" + std::to_string(static_cast<int>(u.what)) + u.client_order_id.str() +
                 to_string(u.price) + " ";
      }
    }
    return story;
  };
  const std::string whole = run(-1);
  CHECK(whole == "0:0c0.00 0:0b0.00 0:2b102.00 0:0a0.00 2:5c0.00 3:2a103.00 ");
  for (int i = 0; i < 5; ++i) CHECK(run(i) == whole);
}
