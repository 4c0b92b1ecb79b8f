#include "support/event_equality.hpp"
#include "support/event_fixtures.hpp"

#include <iterator>
#include <limits>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

TEST_CASE("every type of event reads back as it was written") {
  const auto bodies = one_of_each();
  REQUIRE(bodies.size() == std::variant_size_v<event_body>);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    REQUIRE(bodies[i].index() == i);
    const event e = enveloped(bodies[i]);
    const std::string text = codec.encode(e);
    CAPTURE(text);
    CHECK(equal(codec.decode(text), e));
    CHECK(codec.encode(codec.decode(text)) == text);
  }
}

TEST_CASE("every step reads back, and so does an event without a cause") {
  for (int s = 0; s <= 6; ++s) {
    event e = enveloped(kill_released{{}, ""});
    e.step = static_cast<step_kind>(s);
    e.causation_seq = 0;
    e.correlation.clear();
    CHECK(equal(codec.decode(codec.encode(e)), e));
  }
}

TEST_CASE("amounts and counters at the ends of their ranges read back") {
  event e = enveloped(account_opened{{std::numeric_limits<std::int64_t>::min()}});
  e.seq = e.feed = e.trace_feed = e.causation_seq = std::numeric_limits<std::uint64_t>::max();
  CHECK(equal(codec.decode(codec.encode(e)), e));
  e.body = account_opened{{std::numeric_limits<std::int64_t>::max()}};
  CHECK(equal(codec.decode(codec.encode(e)), e));
  auto f = fill();
  f.price = price::max();
  f.qty = f.cumulative_qty = max_quantity;
  e.body = f;
  CHECK(equal(codec.decode(codec.encode(e)), e));
}

TEST_CASE("the canonical text of an account opening") {
  CHECK(codec.encode({.seq = 1, .feed = 1, .ts = at(9, 8), .trace_feed = 1, .body = account_opened{inr(1'000'000)}}) ==
        R"({"broker":"paper","causation_id":"","correlation_id":"","data":{"capital":"1000000.00"},"feed_seq":1,)"
        R"("id":"paper:1","key":"paper","seq":1,"source":"bulkhead","step":"start","trace_id":"f1",)"
        R"("ts":"2022-01-03T09:08:00+05:30","type":"account.opened","version":1})");
}

TEST_CASE("the canonical text of a fill") {
  CHECK(
      codec.encode(enveloped(fill())) ==
      R"({"broker":"paper","causation_id":"paper:1230","correlation_id":"s1","data":{"charges":{"brokerage":"20.00",)"
      R"("dp":"15.34","exchange":"30.19","gst":"9.19","sebi":"0.88","stamp":"0.00","stt":"218.75"},)"
      R"("client_order_id":"abcdefghij234567klmn","cumulative_quantity":75,"fill_id":"P1-1","instrument":"NSE:NIFTY",)"
      R"("price":"17450.55","product":"CNC","quantity":50,"remaining_quantity":25,"side":"SELL","strategy":"demo"},"feed_seq":77,)"
      R"("id":"paper:1234","key":"NSE:NIFTY","seq":1234,"source":"bulkhead","step":"orders","trace_id":"f70",)"
      R"("ts":"2022-01-03T10:01:00.005+05:30","type":"order.filled","version":1})");
}

TEST_CASE("the canonical data of a signal, of both kinds of order, and of a portfolio") {
  CHECK(codec.data(signal_received{entry_signal()}).dump() ==
        R"({"action":"EXIT","feed_seq":77,"instrument":"NSE:BANKNIFTY","limit_price":"35000.50","order_type":"LIMIT",)"
        R"("ordinal":2,"product":"CNC","quantity":25,"reason":"z = -2.1","side":"SELL","signal_id":"s1",)"
        R"("stop_loss_offset":"20.00","strategy":"demo","target_offset":"40.00",)"
        R"("ts":"2022-01-03T10:00:59.123456+05:30","validity":"IOC"})");
  CHECK(
      codec.data(order_submitted{market("m")}).dump() ==
      R"({"order":{"client_order_id":"m","expires_at":"2022-01-03T15:30:00+05:30","instrument":"NSE:NIFTY",)"
      R"("order_type":"MARKET","origin":"signal","product":"MIS","quantity":100,"reduces":false,"reference_price":"100.00",)"
      R"("side":"BUY","signal_id":"sig-m","strategy":"demo","validity":"DAY"}})");
  const auto validated = codec.data(signal_validated{approve(limit("l", {174'505'525}))});
  CHECK(validated.at("order").at("limit_price") == "17450.5525");
  CHECK(codec.data(snapshot()).dump() ==
        R"({"cash":"1000.00","charges":"3.00","equity":"995.00",)"
        R"("performance":{"day_pnl":"-2.00","drawdown":"8.00","gross_exposure":"872527.00","margin":"174505.00",)"
        R"("net":"-7.00","peak":"1.00"},)"
        R"("positions":[{"charges":"3.00","cost":"-872527.50","instrument":"NSE:NIFTY","last":"17450.55",)"
        R"("product":"NRML","quantity":-50,"realised":"-5.50","strategy":"demo","unrealised":"1.2345"},)"
        R"({"charges":"0.00","cost":"0.00","instrument":"NSE:BANKNIFTY","last":"0.00","product":"MIS","quantity":0,)"
        R"("realised":"0.00","strategy":"other","unrealised":"0.00"}],"realised":"-5.50",)"
        R"("strategies":[{"charges":"3.00","performance":{"day_pnl":"-2.00","drawdown":"8.00",)"
        R"("gross_exposure":"872527.00","margin":"174505.00","net":"-7.00","peak":"1.00"},"realised":"-5.50",)"
        R"("strategy":"demo","unrealised":"1.2345"},{"charges":"0.00","performance":{"day_pnl":"0.00",)"
        R"("drawdown":"0.00","gross_exposure":"0.00","margin":"0.00","net":"0.00","peak":"0.00"},"realised":"0.00",)"
        R"("strategy":"other","unrealised":"0.00"}],"unrealised":"1.2345"})");
}

TEST_CASE("the canonical data of a stop order of a bracket, and of a modification") {
  order_request stop = market("m", side::sell);
  stop.type = order_type::stop_limit;
  stop.limit_price = rupees(94);
  stop.trigger_price = rupees(95);
  stop.group = "P1-1";
  stop.origin = order_origin::bracket;
  stop.reduces = true;
  CHECK(codec.data(order_submitted{stop}).dump() ==
        R"({"order":{"client_order_id":"m","expires_at":"2022-01-03T15:30:00+05:30","group":"P1-1",)"
        R"("instrument":"NSE:NIFTY","limit_price":"94.00","order_type":"SL","origin":"bracket","product":"MIS",)"
        R"("quantity":100,"reduces":true,"reference_price":"100.00","side":"SELL","signal_id":"sig-m",)"
        R"("strategy":"demo","trigger_price":"95.00","validity":"DAY"}})");
  CHECK(codec.data(order_modified{order_id, {75, rupees(99), {}}, "modify"}).dump() ==
        R"({"client_order_id":"abcdefghij234567klmn","reason":"modify",)"
        R"("terms":{"limit_price":"99.00","quantity":75,"trigger_price":"0.00"}})");
}

TEST_CASE("types, topics and keys are the contract's") {
  struct row {
    const char* type;
    const char* topic;
    const char* key;
  };
  const row rows[] = {{"account.opened", "", "paper"},
                      {"signal.received", "signals.raw", "NSE:BANKNIFTY"},
                      {"signal.validated", "signals.validated", "NSE:NIFTY"},
                      {"signal.rejected", "signals.rejected", "NSE:NIFTY"},
                      {"order.submitted", "orders.submitted", "NSE:BANKNIFTY"},
                      {"order.withheld", "orders.failed", "paper"},
                      {"order.accepted", "orders.updates", "paper"},
                      {"order.cancel_requested", "orders.updates", "paper"},
                      {"order.cancelled", "orders.updates", "paper"},
                      {"order.expired", "orders.updates", "paper"},
                      {"order.rejected", "orders.failed", "paper"},
                      {"order.unknown", "orders.updates", "paper"},
                      {"order.filled", "orders.filled", "NSE:NIFTY"},
                      {"order.update_refused", "orders.updates", "paper"},
                      {"portfolio.snapshot", "pnl.snapshots", "paper"},
                      {"kill.latched", "", "paper"},
                      {"kill.released", "", "paper"},
                      {"order.modify_requested", "orders.updates", "paper"},
                      {"order.modified", "orders.updates", "paper"},
                      {"order.modify_rejected", "orders.updates", "paper"},
                      {"order.triggered", "orders.updates", "paper"},
                      {"command.refused", "", "paper"},
                      {"strategy.changed", "", "paper"},
                      {"feed.noticed", "", "NSE:BANKNIFTY"},
                      {"inbox.positioned", "", "paper"},
                      {"account.difference", "", "paper"},
                      {"account.reconciled", "", "paper"}};
  const auto bodies = one_of_each();
  REQUIRE(bodies.size() == std::size(rows));
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    CHECK(event_codec::type_name(bodies[i]) == rows[i].type);
    CHECK(event_codec::topic_suffix(bodies[i]) == rows[i].topic);
    CHECK(nlohmann::json::parse(codec.encode(enveloped(bodies[i]))).at("key") == rows[i].key);
  }
}

TEST_CASE("unknown fields are ignored, at every level") {
  const event e = enveloped(fill());
  auto whole = nlohmann::json::parse(codec.encode(e));
  whole["new"] = {1, 2};
  whole["data"]["new"] = "x";
  whole["data"]["charges"]["new"] = 1.5;
  CHECK(equal(codec.decode(whole.dump()), e));
}

TEST_CASE("text that is not UTF-8 is written with a replacement, and reads back") {
  const event e = enveloped(order_rejected{order_id, "bad \xff byte"});
  CHECK(std::get<order_rejected>(codec.decode(codec.encode(e)).body).reason == "bad \xEF\xBF\xBD byte");
}
