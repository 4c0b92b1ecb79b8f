// What the venue makes of books and trades: also of those that are lost, odd or late.
#include "zerodha/venue_rig.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using rig = venue_rig;

TEST_CASE("an order whose answer was lost is found in the book, with its fills") {
  rig r;
  kite_venue v = r.make();
  r.answers = {lost(), book_of({order_json("OPEN", 40)}), book_of({trade_json("1", 40)})};
  CHECK(thrown([&] { v.submit(entry()); }) != "");
  const order o = entry();
  const auto updates = v.book(std::span{&o, 1});
  REQUIRE(updates.size() == 2);
  CHECK(updates[0].what == kind::accepted);
  CHECK(updates[1].what == kind::filled);
  CHECK(updates[1].fill_id.str() == "K1:1");
  CHECK(updates[1].price.raw == 1000500);
  CHECK(r.sent[1].url == "https://api.kite.trade/orders");
  CHECK(r.sent[2].url == "https://api.kite.trade/orders/K1/trades");
}

TEST_CASE("after a restart an order that the book has not twice never arrived") {
  rig r;
  kite_venue v = r.make();
  order o = entry();
  o.status = order_status::unknown;
  const auto read = [&](std::int64_t steady_ms) {
    r.steady_ms = steady_ms;
    r.answers = {book_without()};
    return v.book(std::span{&o, 1});
  };
  CHECK(read(0).empty());
  CHECK(read(15'000).empty());
  const auto updates = read(20'000);
  REQUIRE(updates.size() == 1);
  CHECK(updates[0].what == kind::rejected);
  CHECK(thrown([&] { v.submit(o); }).find("refused: not sent") == 0);
}

TEST_CASE("after a restart an order without an id is looked for, also where its cancel was asked for") {
  rig r;
  kite_venue v = r.make();
  order o = entry();
  o.status = order_status::pending_cancel;
  r.answers = {book_without(), book_without(), book_without()};
  CHECK(v.book(std::vector{o}).empty());
  r.steady_ms = 60'000;
  CHECK(v.book({}).empty());
  r.steady_ms = 120'000;
  const auto updates = v.book({});
  REQUIRE(updates.size() == 1);
  CHECK(updates[0].what == kind::rejected);
}

TEST_CASE("an odd row of another app hides no fill of ours, is told once, and proves no absence where it may be ours") {
  rig r;
  kite_venue v = r.make();
  const order o = entry();
  const std::string odd = R"({"order_id":"F1","status":"OPEN","tag":null,"transaction_type":"BUY","quantity":null})";
  const std::string odd_trade = R"({"trade_id":"8","order_id":"F1","transaction_type":"SHORT"})";
  r.answers = {book_of({odd, order_json("OPEN", 40)}), book_of({odd_trade, trade_json("1", 40)})};
  const auto updates = v.book(std::span{&o, 1});
  REQUIRE(updates.size() == 2);
  CHECK(updates[1].what == kind::filled);
  REQUIRE(r.notices.size() == 2);
  CHECK(r.notices[0].starts_with("a row of Kite's that cannot be used is left out: order \"F1\": "));
  r.answers = {book_of({odd, order_json("OPEN", 40)})};
  CHECK(v.book({}).empty());
  CHECK(r.notices.size() == 2);

  for (const bool is_ours : {false, true}) {
    rig lost_one;
    kite_venue w = lost_one.make();
    const std::string row = is_ours ? std::string{odd}.replace(odd.find("null"), 4, "\"bbbbbbbbbbbbbbbbbbbb\"") : odd;
    lost_one.answers = {lost(), book_of({row, witness_json()}), book_of({row, witness_json()})};
    CHECK(thrown([&] { w.submit(entry()); }) != "");
    lost_one.steady_ms = 15'000;
    CHECK(w.book({}).empty());
    lost_one.steady_ms = 20'000;
    CHECK(w.book({}).size() == (is_ours ? 0 : 1));
  }
}

TEST_CASE("a book that cannot be read says nothing about any order") {
  rig r;
  kite_venue v = r.make();
  const order o = entry();
  for (const http_result& a : {lost(), unsent(), answer(503, "<html>"), success("{}"), success("17"),
                               answer(403, error_body("TokenException", "expired"))}) {
    r.answers = {a};
    CHECK(thrown([&] { v.book(std::span{&o, 1}); }) != "");
  }
}

TEST_CASE("trades that cannot be read are asked for again, and what the book said stands") {
  rig r;
  kite_venue v = r.make();
  const order o = entry();
  r.answers = {book_of({order_json("COMPLETE", 100)}), lost()};
  CHECK(v.book(std::span{&o, 1}).size() == 1);  // accepted
  CHECK(r.notices == std::vector<std::string>{"the trades: timed out"});
  r.answers = {book_of({order_json("COMPLETE", 100)}), book_of({trade_json("1", 100)})};
  const auto updates = v.book(std::span{&o, 1});
  REQUIRE(updates.size() == 1);
  CHECK(updates[0].what == kind::filled);
}

TEST_CASE("a modification that was lost and took no effect is over once the book has shown the old terms twice") {
  rig r;
  kite_venue v = r.make();
  order o = submitted(limit(tag, rupees(100)), 1);
  o.asked_terms = order_terms{.qty = 50, .limit_price = rupees(100)};
  std::string json = order_json("OPEN", 0);
  json.replace(json.find("\"price\":0"), 9, R"("price":100,"order_timestamp":"2022-01-03 09:20:00")");
  const auto read = [&](std::int64_t steady_ms) {
    r.steady_ms = steady_ms;
    r.answers = {book_of({json})};
    return v.book({});
  };
  r.answers = {placed(), lost()};
  v.submit(o);
  r.steady_ms = 1'000;
  CHECK(thrown([&] { v.modify(o); }) == "unanswered: timed out");
  CHECK(read(15'999).empty());
  CHECK(read(16'000).empty());
  CHECK(read(20'999).empty());
  const auto updates = read(21'000);
  REQUIRE(updates.size() == 1);
  CHECK(updates[0].what == kind::modify_rejected);
  CHECK(updates[0].reason.starts_with("it took no effect"));
}
