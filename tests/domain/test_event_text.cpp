// The codec writes text without a tree: it must be what a tree would give.
#include "runtime/domain/order_json.hpp"
#include "support/event_equality.hpp"
#include "support/event_fixtures.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

using error_handler = nlohmann::json::error_handler_t;

std::string any_text() { return *rc::gen::arbitrary<std::string>(); }
std::string any_name() { return *rc::gen::nonEmpty(rc::gen::string<std::string>()); }
money any_money() { return {*rc::gen::arbitrary<std::int64_t>()}; }
price any_price() { return {*rc::gen::inRange<std::int64_t>(1, price::max().raw + 1)}; }
quantity any_quantity() { return *rc::gen::inRange<quantity>(1, max_quantity + 1); }
performance any_performance() { return {any_money(), any_money(), any_money(), any_money(), any_money(), any_money()}; }

order_request any_request() {
  order_request r = market(any_name().c_str(), *rc::gen::element(side::buy, side::sell), any_quantity());
  r.type = *rc::gen::element(order_type::market, order_type::limit, order_type::stop_limit, order_type::stop_market);
  r.product = *rc::gen::element(product::mis, product::cnc, product::nrml);
  r.strategy = strategy_id{any_name()};
  if (has_limit(r.type)) r.limit_price = any_price();
  if (has_trigger(r.type)) r.trigger_price = any_price();
  if (*rc::gen::arbitrary<bool>()) r.stop_loss_offset = any_price();
  if (*rc::gen::arbitrary<bool>()) r.target_offset = any_price();
  if (*rc::gen::arbitrary<bool>()) r.group = any_name();
  r.reduces = *rc::gen::arbitrary<bool>();
  return r;
}

signal any_signal() {
  const order_request r = any_request();
  signal s = entry_signal();
  s.strategy = r.strategy;
  s.type = r.type;
  s.limit_price = r.limit_price;
  s.trigger_price = r.trigger_price;
  s.stop_loss_offset = r.stop_loss_offset;
  s.target_offset = r.target_offset;
  s.ordinal = *rc::gen::arbitrary<std::uint32_t>();
  s.reason = any_text();
  return s;
}

portfolio_snapshot any_snapshot() {
  portfolio_snapshot p = snapshot();
  p.cash = any_money();
  p.performance = any_performance();
  p.positions.resize(*rc::gen::inRange<std::size_t>(0, 4));
  p.strategies.resize(*rc::gen::inRange<std::size_t>(0, 4));
  for (position_view& v : p.positions) {
    v = {.strategy = strategy_id{any_name()}, .qty = -any_quantity(), .cost = any_money(), .last = any_price()};
  }
  for (strategy_view& v : p.strategies) {
    v = {.strategy = strategy_id{any_name()}, .realised = any_money(), .performance = any_performance()};
  }
  return p;
}

/// The bodies of one_of_each, with other content.
std::vector<event_body> random_of_each() {
  std::vector<event_body> bodies = one_of_each();
  const client_order_id id{any_name()};
  order_filled f = fill();
  f.client_order_id = id;
  f.price = any_price();
  f.charges.dp = any_money();
  for (event_body& body : bodies) {
    if (std::holds_alternative<account_opened>(body)) body = account_opened{any_money()};
    if (std::holds_alternative<signal_received>(body)) body = signal_received{any_signal()};
    if (std::holds_alternative<signal_received>(body) && *rc::gen::arbitrary<bool>()) {
      std::get<signal_received>(body).origin = signal_origin{any_text(), "paper.signals.raw", 1, 7};
    }
    if (std::holds_alternative<order_submitted>(body)) body = order_submitted{any_request()};
    if (std::holds_alternative<order_filled>(body)) body = f;
    if (std::holds_alternative<portfolio_snapshot>(body)) body = any_snapshot();
    if (std::holds_alternative<order_rejected>(body)) body = order_rejected{id, any_text(), true};
    if (std::holds_alternative<command_refused>(body)) body = command_refused{any_text(), any_text()};
    if (std::holds_alternative<order_modified>(body)) {
      body = order_modified{id, {any_quantity(), any_price(), {}}, any_text()};
    }
    if (std::holds_alternative<feed_noticed>(body)) {
      body = feed_noticed{nifty, any_text(), *rc::gen::arbitrary<std::uint64_t>()};
    }
  }
  return bodies;
}

}  // namespace

TEST_CASE("the text of every type of event is what a tree of its fields dumps: sorted, no spaces, same escapes") {
  CHECK(rc::check([] {
    for (const event_body& body : random_of_each()) {
      event e = enveloped(body);
      e.correlation = any_text();
      e.seq = *rc::gen::inRange<std::uint64_t>(1, 1'000'000'000);
      const std::string text = codec.encode(e);
      RC_ASSERT(nlohmann::json::parse(text).dump() == text);
      RC_ASSERT(nlohmann::json::parse(text).at("data") == codec.data(body));
    }
  }));
}

TEST_CASE("random content of a body reads back") {
  CHECK(rc::check([] {
    // Text of its own bytes: what is not UTF-8 is replaced, and so differs.
    event e = enveloped(order_submitted{any_request()});
    auto& request = std::get<order_submitted>(e.body).request;
    request.client_order_id = client_order_id{"id"};
    request.strategy = strategy_id{"tab\t quote\" slash\\ \x01 \x7f \xc3\xa9"};
    if (!request.group.empty()) request.group = "P1-1";
    request.signal_id = signal_id{"s"};
    RC_ASSERT(equal(codec.decode(codec.encode(e)), e));
    const event snapshot = enveloped(any_snapshot());
    RC_ASSERT(codec.encode(codec.decode(codec.encode(snapshot))) == codec.encode(snapshot));
  }));
}

TEST_CASE("orders and terms have one form, as text and as a tree") {
  CHECK(rc::check([] {
    const order_request r = any_request();
    json_text order;
    write_order_request(order, r, instruments());
    RC_ASSERT(order.take() == order_request_json(r, instruments()).dump(-1, ' ', false, error_handler::replace));
    const order_terms t{any_quantity(), any_price(), any_price()};
    json_text terms;
    write_order_terms(terms, t);
    RC_ASSERT(terms.take() == order_terms_json(t).dump());
  }));
}

TEST_CASE("numbers at the ends of their types, and empty lists and objects") {
  json_text out;
  out.number("a", std::numeric_limits<std::int64_t>::min());
  out.number("b", std::numeric_limits<std::uint64_t>::max());
  out.objects("c", std::vector<int>{}, [](int) {});
  out.object("d", [] {});
  out.objects("e", std::vector{1, 2}, [&](int row) { out.number("n", row); });
  out.flag("f", false);
  CHECK(out.take() ==
        R"({"a":-9223372036854775808,"b":18446744073709551615,"c":[],"d":{},"e":[{"n":1},{"n":2}],"f":false})");
}
