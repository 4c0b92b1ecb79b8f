// Zerodha as a blocking venue, over a fake HTTP: what is sent, and what each answer is taken for.
#include "zerodha/venue_rig.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using rig = venue_rig;

TEST_CASE("a placement is one signed form, and its answer the acceptance") {
  rig r;
  kite_venue v = r.make();
  r.answers = {placed()};
  const auto updates = v.submit(entry());
  REQUIRE(updates.size() == 1);
  CHECK(updates[0].what == kind::accepted);
  CHECK(updates[0].broker_order_id.str() == "K1");
  REQUIRE(r.sent.size() == 1);
  CHECK(r.sent[0].method == http_method::post);
  CHECK(r.sent[0].url == "https://api.kite.trade/orders/regular");
  CHECK(r.sent[0].headers == std::vector<std::string>{"X-Kite-Version: 3", "Authorization: token key:canary-token"});
  CHECK(r.sent[0].body ==
        "exchange=NSE&tradingsymbol=NIFTY&transaction_type=BUY&product=MIS&validity=DAY&order_type=MARKET&quantity=100"
        "&market_protection=2&tag=abcdefghij234567klmn");
}

TEST_CASE("each end of a placement is what it proves") {
  const auto end_of = [](const http_result& a) {
    rig r;
    kite_venue v = r.make();
    r.answers = {a};
    return thrown([&] { v.submit(entry()); });
  };
  CHECK(end_of(no_funds()) == "refused: Insufficient funds (HTTP 400, MarginException)");
  CHECK(end_of(unsent()) == "refused: connection refused");
  CHECK(end_of(lost()) == "unanswered: timed out");
  CHECK(end_of(answer(429, error_body("NetworkException", "Too many requests"))).find("unanswered: Too many") == 0);
  CHECK(end_of(answer(403, error_body("TokenException", "expired"))).find("unanswered: expired") == 0);
  CHECK(end_of(answer(502, "<html>")).find("unanswered: HTTP 502") == 0);
  CHECK(end_of(success("{}")).find("unreadable: answer: key \"order_id\"") == 0);
  CHECK(end_of(success("true")) != "");
}

TEST_CASE("what cannot be sent is refused, and no request leaves") {
  rig r;
  r.orders.market_protection_bps.reset();
  kite_venue v = r.make();
  CHECK(thrown([&] { v.submit(entry()); }).find("refused: not sent: a MARKET order without market_protection") == 0);
  r.token = "";
  order o = submitted(limit(tag, rupees(100)), 1);
  o.request.client_order_id = client_order_id{"b"};
  CHECK(thrown([&] { v.submit(o); }) ==
        "refused: not sent: nobody is logged in at Zerodha; run: bulkhead login zerodha");
  CHECK(r.sent.empty());
}

TEST_CASE("an order is sent once, whatever became of it") {
  for (const http_result& a : {placed(), lost(), no_funds()}) {
    rig r;
    kite_venue v = r.make();
    r.answers = {a};
    (void)thrown([&] { v.submit(entry()); });
    CHECK(thrown([&] { v.submit(entry()); }) == "refused: not sent: this order has been sent or has ended before");
    CHECK(r.sent.size() == 1);
  }
}

TEST_CASE("an order that did not leave is told apart from a refusal, and may be sent until it is given up") {
  rig r;
  kite_venue v = r.make();
  r.answers = {unsent(), unsent(), success("[]"), placed()};
  CHECK_THROWS_AS(v.submit(entry()), venue_unreached);
  CHECK_THROWS_AS(v.submit(entry()), venue_unreached);
  r.steady_ms = 60'000;
  CHECK(v.book({}).empty());
  CHECK(v.submit(entry()).size() == 1);
  CHECK(r.sent.size() == 4);
  order other = entry();
  other.request.client_order_id = client_order_id{"b"};
  r.answers = {unsent()};
  CHECK_THROWS_AS(v.submit(other), venue_unreached);
  v.give_up(other);
  CHECK(thrown([&] { v.submit(other); }) == "refused: not sent: this order has been sent or has ended before");
  r.answers = {no_funds()};
  other.request.client_order_id = client_order_id{"c"};
  CHECK(thrown([&] { v.submit(other); }).starts_with("refused: Insufficient"));
}

TEST_CASE("a read of the book does not stop an order that still waits to be sent") {
  rig r;
  kite_venue v = r.make();
  const order o = entry();
  r.answers = {success("[]"), placed(), success("[]")};
  CHECK(v.book(std::span{&o, 1}).empty());
  r.steady_ms = 60'000;
  CHECK(v.submit(o).size() == 1);
  CHECK(v.book(std::span{&o, 1}).empty());
  order unknown = entry();
  unknown.request.client_order_id = client_order_id{"u"};
  unknown.status = order_status::unknown;
  CHECK(thrown([&] { v.submit(unknown); }).find("refused: not sent") == 0);
}

TEST_CASE("after a restart a cancel of an order of unknown fate leaves once the book has the order") {
  rig r;
  kite_venue v = r.make();
  order o = entry();
  o.status = order_status::unknown;
  SUBCASE("wanted") { o.changed_feed = 8; }
  SUBCASE("not wanted") {}
  const order* const live[] = {&o};
  v.watch(live);
  CHECK(v.has_cancels() == (o.changed_feed != 0));
}

TEST_CASE("whoever is told what is found out hears it in that order, and no call returns it") {
  rig r;
  kite_venue v = r.make();
  std::vector<kind> told;
  v.report_to([&](const std::vector<broker_update>& updates) {
    for (const broker_update& u : updates) told.push_back(u.what);
  });
  r.answers = {placed(), book_of({order_json("COMPLETE", 100)}), book_of({trade_json("1", 100)})};
  CHECK(v.submit(entry()).empty());
  CHECK(v.book({}).empty());
  CHECK(told == std::vector{kind::accepted, kind::filled});
  v.report_to({});
  r.answers = {book_of({order_json("COMPLETE", 100)})};
  CHECK(v.book({}).empty());
  CHECK(told.size() == 2);
}

TEST_CASE("a placement whose answer has no order id is looked up like one without an answer") {
  for (const http_result& a : {success("{}"), success("true"), lost(), answer(500, "<html>")}) {
    rig r;
    kite_venue v = r.make();
    r.answers = {a, book_without(), book_without()};
    CHECK(thrown([&] { v.submit(entry()); }) != "");
    r.steady_ms = 15'000;
    CHECK(v.book({}).empty());
    r.steady_ms = 20'000;
    CHECK(v.book({}).size() == 1);
  }
}

TEST_CASE("a pushed row brings its trades, and a repeated one nothing") {
  rig r;
  kite_venue v = r.make();
  r.answers = {placed(), book_of({trade_json("1", 100)})};
  v.submit(entry());
  const kite_order_row row = read_order(kite_value::parse(order_json("COMPLETE", 100)), "update");
  REQUIRE(v.pushed({{row}}).size() == 1);
  CHECK(v.pushed({{row}}).empty());
  CHECK(v.pushed({{read_order(kite_value::parse(order_json("OPEN", 0, "byhand")), "update")}}).empty());
  CHECK(r.sent.size() == 2);
}

TEST_CASE("a cancel and a modification name Kite's id, and their answers are only receipts") {
  rig r;
  kite_venue v = r.make();
  order o = submitted(limit(tag, rupees(100)), 1);
  CHECK(thrown([&] { v.cancel(o); }).find("unanswered: not sent yet: Kite's id of the order is not known") == 0);
  r.answers = {placed(), placed(), placed()};
  v.submit(o);
  o.asked_terms = order_terms{.qty = 50, .limit_price = rupees(101)};
  CHECK(v.modify(o).empty());
  CHECK(v.cancel(o).empty());
  REQUIRE(r.sent.size() == 3);
  CHECK(r.sent[1].method == http_method::put);
  CHECK(r.sent[1].url == "https://api.kite.trade/orders/regular/K1");
  CHECK(r.sent[1].body == "order_type=LIMIT&quantity=50&price=101.00&validity=DAY");
  CHECK(r.sent[2].method == http_method::remove);
  CHECK(r.sent[2].url == "https://api.kite.trade/orders/regular/K1");
  CHECK(r.sent[2].body.empty());
}

TEST_CASE("a modification of an order whose id is not known looks it up first") {
  rig r;
  const auto at_100 = [](const char* with_tag = tag) {
    const std::string json = order_json("OPEN", 0, with_tag);
    return std::string{json}.replace(json.find("\"price\":0"), 9, "\"price\":100");
  };
  kite_venue v = r.make();
  order o = submitted(limit(tag, rupees(100)), 1);
  o.asked_terms = order_terms{.qty = 50, .limit_price = rupees(101)};
  r.answers = {lost(), book_of({at_100()}), placed()};
  CHECK(thrown([&] { v.submit(o); }) != "");
  const auto updates = v.modify(o);
  REQUIRE_FALSE(updates.empty());
  CHECK(updates[0].what == kind::accepted);
  CHECK(r.sent.back().method == http_method::put);

  order other = submitted(limit("other", rupees(100)), 1);
  other.asked_terms = o.asked_terms;
  r.answers = {book_of({at_100()})};
  CHECK(thrown([&] { v.modify(other); }) == "refused: not sent: Kite's order book does not have the order");
  r.answers = {lost(), book_of({at_100(), at_100("third").replace(13, 2, "K3")}), no_funds()};
  order third = submitted(limit("third", rupees(100)), 1);
  third.asked_terms = o.asked_terms;
  CHECK(thrown([&] { v.submit(third); }) != "");
  const auto both = v.modify(third);  // what the book said is not lost with the refusal
  REQUIRE(both.size() > 1);
  CHECK(both.front().what == kind::accepted);
  CHECK(both.back().what == kind::modify_rejected);
}

TEST_CASE("a refused modification is over, one without an answer is settled by the book") {
  rig r;
  kite_venue v = r.make();
  order o = submitted(limit(tag, rupees(100)), 1);
  o.asked_terms = order_terms{.qty = 50, .limit_price = rupees(101)};
  const auto book_at = [&](const char* price) {
    const std::string json = order_json("OPEN", 0);
    return book_of({std::string{json}.replace(json.find("\"price\":0"), 9, std::string{"\"price\":"} + price)});
  };
  r.answers = {placed(), answer(400, error_body("InputException", "being processed")), book_at("100")};
  v.submit(o);
  CHECK(thrown([&] { v.modify(o); }).find("refused: being processed") == 0);
  CHECK(v.book({}).empty());
  r.answers = {lost(), book_at("101")};
  CHECK(thrown([&] { v.modify(o); }) == "unanswered: timed out");
  const auto updates = v.book({});
  REQUIRE(updates.size() == 1);
  CHECK(updates[0].what == kind::modified);
  CHECK(updates[0].terms.limit_price == rupees(101));
}

TEST_CASE("a token travels by https or to this machine alone, and ids stay in their place in the path") {
  for (const char* url : {"https://api.kite.trade", "http://127.0.0.1:8080", "http://[::1]:80", "http://127.0.0.1"}) {
    CHECK(is_safe_url(url));
  }
  for (const char* url : {"", "http://api.kite.trade", "http://127.0.0.1.evil.example", "https://", "ftp://127.0.0.1",
                          "https://api.kite.trade/", "http://127.0.0.1@evil.example"}) {
    CAPTURE(url);
    CHECK_FALSE(is_safe_url(url));
    CHECK_THROWS_AS((kite_rest{nullptr, {.base_url = url}}), std::invalid_argument);
  }
  rig r;
  kite_venue v = r.make();
  order o = entry();
  o.broker_order_id = broker_order_id{"../user/margins?x="};
  CHECK(thrown([&] { v.cancel(o); }).find("is no order id of Kite's") != std::string::npos);
  CHECK(r.sent.empty());
}
