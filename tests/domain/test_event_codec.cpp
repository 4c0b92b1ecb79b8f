#include "support/event_equality.hpp"
#include "support/order_fixtures.hpp"

#include <fstream>
#include <functional>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

const event_codec codec{broker_id{"paper"}, instruments()};
const client_order_id order_id{"abcdefghij234567klmn"};

signal entry_signal() {
  return {.id = signal_id{"s1"},
          .strategy = strategy_id{"demo"},
          .instrument = banknifty,
          .action = signal_action::exit,
          .side = side::sell,
          .qty = 25,
          .type = order_type::limit,
          .limit_price = {350'005'000},
          .ts = at(10, 0, 59) + duration{123'456'000},
          .feed = 77,
          .ordinal = 2,
          .reason = "z = -2.1"};
}

order_filled fill() {
  return {.client_order_id = order_id,
          .fill_id = fill_id{"P1-1"},
          .strategy = strategy_id{"demo"},
          .instrument = nifty,
          .side = side::sell,
          .qty = 50,
          .price = {174'505'500},
          .cumulative_qty = 75,
          .remaining_qty = 25,
          .charges = {inr(20), inr(218, 75), inr(30, 19), inr(0, 88), inr(9, 19), inr(0)}};
}

portfolio_snapshot snapshot() {
  return {.cash = inr(1'000),
          .realised = -inr(5, 50),
          .unrealised = {12'345},
          .charges = inr(3),
          .equity = inr(995),
          .positions = {{.strategy = strategy_id{"demo"},
                         .instrument = nifty,
                         .qty = -50,
                         .cost = -inr(872'527, 50),
                         .last = {174'505'500},
                         .realised = -inr(5, 50),
                         .unrealised = {12'345},
                         .charges = inr(3)},
                        {.strategy = strategy_id{"other"}, .instrument = banknifty}}};
}

/// One of each type, every field set to something that its default is not.
std::vector<event_body> one_of_each() {
  order_request l = limit(order_id.str().c_str(), {174'505'525}, side::sell, 3);
  l.reduces = true;
  return {account_opened{inr(1'000'000)},
          signal_received{entry_signal()},
          signal_validated{approve(l)},
          signal_rejected{signal_id{"s1"}, strategy_id{"demo"}, nifty, "order_quantity", "100", "150", "units"},
          order_submitted{market("m", side::sell, 7, banknifty)},
          order_withheld{order_id, "placing is off"},
          order_accepted{order_id, broker_order_id{"P1"}},
          order_cancel_requested{order_id, "exit"},
          order_cancelled{order_id, 5, "cancel requested"},
          order_expired{order_id, 6},
          order_rejected{order_id, "no funds"},
          order_unknown{order_id, "HTTP 504"},
          fill(),
          broker_update_refused{order_id, "filled 5", "overfill"},
          snapshot(),
          kill_latched{"reduce-only", "drill"},
          kill_released{"drill over"}};
}

event enveloped(event_body body) {
  return {.seq = 1234,
          .feed = 77,
          .step = step_kind::orders,
          .ts = at(10, 1) + duration{5'000'000},
          .correlation = "s1",
          .causation_seq = 1230,
          .trace_feed = 70,
          .body = std::move(body)};
}

std::string error_of(const std::string& text) {
  try {
    (void)codec.decode(text);
  } catch (const codec_error& e) {
    return e.what();
  }
  return "decoded";
}

/// One small damage to a text: a byte, a digit, a hole, an insertion, a repetition.
std::string mutated(std::string text, std::size_t where, int byte) {
  static const char* const insertions[] = {"\"", "{", "}", "9", "-", ",", ":", "null", "\\u0000", "[", "1e9", "e"};
  if (where >= text.size()) return text;
  switch (byte % 5) {
    case 0:
      text[where] = static_cast<char>(byte);
      break;
    case 1:
      text.erase(where, 1 + byte % 12);
      break;
    case 2:
      text.insert(where, insertions[byte % 12]);
      break;
    case 3:
      text.insert(where, text.substr(byte, 20));
      break;
    default:
      text[text.find_first_of("0123456789", where) % text.size()] = static_cast<char>('0' + byte % 10);
  }
  return text;
}

using change = std::function<void(nlohmann::json&)>;

/// The error for a valid event of this body after the change.
std::string error_after(const event_body& body, const change& edit) {
  auto whole = nlohmann::json::parse(codec.encode(enveloped(body)));
  edit(whole);
  return error_of(whole.dump());
}

}  // namespace

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
  for (int s = 0; s <= 5; ++s) {
    event e = enveloped(kill_released{""});
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
      R"("exchange":"30.19","gst":"9.19","sebi":"0.88","stamp":"0.00","stt":"218.75"},)"
      R"("client_order_id":"abcdefghij234567klmn","cumulative_quantity":75,"fill_id":"P1-1","instrument":"NSE:NIFTY",)"
      R"("price":"17450.55","quantity":50,"remaining_quantity":25,"side":"SELL","strategy":"demo"},"feed_seq":77,)"
      R"("id":"paper:1234","key":"NSE:NIFTY","seq":1234,"source":"bulkhead","step":"orders","trace_id":"f70",)"
      R"("ts":"2022-01-03T10:01:00.005+05:30","type":"order.filled","version":1})");
}

TEST_CASE("the canonical data of a signal, of both kinds of order, and of a portfolio") {
  CHECK(codec.data(signal_received{entry_signal()}).dump() ==
        R"({"action":"EXIT","feed_seq":77,"instrument":"NSE:BANKNIFTY","limit_price":"35000.50","order_type":"LIMIT",)"
        R"("ordinal":2,"quantity":25,"reason":"z = -2.1","side":"SELL","signal_id":"s1","strategy":"demo",)"
        R"("ts":"2022-01-03T10:00:59.123456+05:30"})");
  CHECK(codec.data(order_submitted{market("m")}).dump() ==
        R"({"order":{"client_order_id":"m","expires_at":"2022-01-03T15:30:00+05:30","instrument":"NSE:NIFTY",)"
        R"("order_type":"MARKET","product":"MIS","quantity":100,"reduces":false,"reference_price":"100.00",)"
        R"("side":"BUY","signal_id":"sig-m","strategy":"demo","validity":"DAY"}})");
  const auto validated = codec.data(signal_validated{approve(limit("l", {174'505'525}))});
  CHECK(validated.at("order").at("limit_price") == "17450.5525");
  CHECK(codec.data(snapshot()).dump() ==
        R"({"cash":"1000.00","charges":"3.00","equity":"995.00","positions":[{"charges":"3.00","cost":"-872527.50",)"
        R"("instrument":"NSE:NIFTY","last":"17450.55","quantity":-50,"realised":"-5.50","strategy":"demo",)"
        R"("unrealised":"1.2345"},{"charges":"0.00","cost":"0.00","instrument":"NSE:BANKNIFTY","last":"0.00",)"
        R"("quantity":0,"realised":"0.00","strategy":"other","unrealised":"0.00"}],"realised":"-5.50",)"
        R"("unrealised":"1.2345"})");
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
                      {"kill.released", "", "paper"}};
  const auto bodies = one_of_each();
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

TEST_CASE("an event of another broker is refused: routing never follows the payload") {
  const event_codec zerodha{broker_id{"zerodha"}, instruments()};
  CHECK(error_of(zerodha.encode(enveloped(fill()))) == R"(key "broker": found "zerodha", allowed: "paper")");
}

TEST_CASE("malformed envelopes are refused with key, finding and what is allowed") {
  const auto refuses = [](const change& edit, const std::string& message) {
    CHECK(error_after(fill(), edit) == message);
  };
  refuses([](auto& j) { j.erase("broker"); }, R"(key "broker": missing, allowed: text)");
  refuses([](auto& j) { j["broker"] = 7; }, R"(key "broker": found 7, allowed: text)");
  refuses([](auto& j) { j["version"] = 2; }, R"(key "version": found 2, allowed: 1)");
  refuses([](auto& j) { j["source"] = "me"; }, R"(key "source": found "me", allowed: "bulkhead")");
  refuses([](auto& j) { j["seq"] = 0; }, R"(key "seq": found 0, allowed: an integer, 1 or more)");
  refuses([](auto& j) { j["seq"] = -1; }, R"(key "seq": found -1, allowed: an integer, 0 or more)");
  refuses([](auto& j) { j["seq"] = 1.0; }, R"(key "seq": found 1.0, allowed: an integer, 0 or more)");
  refuses([](auto& j) { j["seq"] = "1234"; }, R"(key "seq": found "1234", allowed: an integer, 0 or more)");
  refuses([](auto& j) { j["id"] = "paper:1235"; }, R"(key "id": found "paper:1235", allowed: "paper:1234")");
  refuses([](auto& j) { j["feed_seq"] = nullptr; }, R"(key "feed_seq": found null, allowed: an integer, 0 or more)");
  refuses([](auto& j) { j["step"] = "marks"; },
          R"(key "step": found "marks", allowed: start, market, signals, orders, mark, input)");
  refuses([](auto& j) { j["ts"] = "2022-01-03T10:01:00Z"; },
          R"(key "ts": found "2022-01-03T10:01:00Z", allowed: a time in IST, e.g. "2022-01-03T09:15:00+05:30")");
  refuses([](auto& j) { j["trace_id"] = "70"; },
          R"(key "trace_id": found "70", allowed: f and the seq of a frame, e.g. "f42")");
  refuses([](auto& j) { j["trace_id"] = "f070"; },
          R"(key "trace_id": found "f070", allowed: f and the seq of a frame, e.g. "f42")");
  refuses([](auto& j) { j["trace_id"] = "f99999999999999999999"; },
          R"(key "trace_id": found "f99999999999999999999", allowed: f and the seq of a frame, e.g. "f42")");
  for (const char* cause : {"zerodha:1230", "paper:", "paper:0", "paper:-1", "paper:12x"}) {
    refuses([cause](auto& j) { j["causation_id"] = cause; },
            std::string{R"(key "causation_id": found ")"} + cause +
                R"(", allowed: empty, or the id of an event of this broker, e.g. "paper:1")");
  }
  refuses([](auto& j) { j["correlation_id"] = nlohmann::json::array(); },
          R"(key "correlation_id": found [], allowed: text)");
  refuses([](auto& j) { j["key"] = "paper"; }, R"(key "key": found "paper", allowed: "NSE:NIFTY")");
  refuses([](auto& j) { j.erase("data"); }, R"(key "data": missing, allowed: a JSON object)");
  refuses([](auto& j) { j["data"] = "x"; }, R"(key "data": found "x", allowed: a JSON object)");
  const std::string unknown = error_after(fill(), [](auto& j) { j["type"] = "order.fille"; });
  CHECK(unknown.starts_with(R"(key "type": found "order.fille", allowed: signal.validated, account.opened, )"));
}

TEST_CASE("malformed data is refused with key, finding and what is allowed") {
  const auto refuses = [](const event_body& body, const char* key, const nlohmann::json& value,
                          const std::string& message) {
    CHECK(error_after(body, [&](auto& j) { j["data"][nlohmann::json::json_pointer{key}] = value; }) == message);
  };
  const std::string amount = R"(an amount as decimal text with at most four decimals, e.g. "-17450.55")";
  const std::string above_zero = R"(a price above 0 as decimal text with at most four decimals, e.g. "17450.55")";
  refuses(fill(), "/price", 17450.55, R"(key "data.price": found 17450.55, allowed: text)");
  refuses(fill(), "/price", "0.00", R"(key "data.price": found "0.00", allowed: )" + above_zero);
  refuses(fill(), "/price", "-1", R"(key "data.price": found "-1", allowed: )" + above_zero);
  refuses(fill(), "/price", "1.23456", R"(key "data.price": found "1.23456", allowed: )" + above_zero);
  refuses(fill(), "/price", "10000000.01", R"(key "data.price": found "10000000.01", allowed: )" + above_zero);
  refuses(fill(), "/price", "1e3", R"(key "data.price": found "1e3", allowed: )" + above_zero);
  refuses(fill(), "/quantity", 0, R"(key "data.quantity": found 0, allowed: an integer, 1 to 1000000)");
  refuses(fill(), "/quantity", 1000001, R"(key "data.quantity": found 1000001, allowed: an integer, 1 to 1000000)");
  refuses(fill(), "/quantity", UINT64_MAX,
          R"(key "data.quantity": found 18446744073709551615, allowed: an integer, 1 to 1000000)");
  refuses(fill(), "/cumulative_quantity", 49,
          R"(key "data.cumulative_quantity": found 49, allowed: an integer, 50 to 1000000)");
  refuses(fill(), "/side", "HOLD", R"(key "data.side": found "HOLD", allowed: BUY, SELL)");
  refuses(fill(), "/side", "buy", R"(key "data.side": found "buy", allowed: BUY, SELL)");
  refuses(fill(), "/fill_id", "", R"(key "data.fill_id": found "", allowed: text, not empty)");
  refuses(fill(), "/instrument", "NSE:GONE",
          R"(key "data.instrument": found "NSE:GONE", allowed: the key of an instrument in the instruments file, )"
          R"(e.g. "NSE:NIFTY")");
  refuses(fill(), "/charges/gst", "abc", R"(key "data.charges.gst": found "abc", allowed: )" + amount);
  refuses(fill(), "/charges", nullptr, R"(key "data.charges": found null, allowed: a JSON object)");
  refuses(account_opened{inr(1)}, "/capital", "99999999999999999999",
          R"(key "data.capital": found "99999999999999999999", allowed: )" + amount);
  refuses(kill_latched{"halt", ""}, "/mode", "stop", R"(key "data.mode": found "stop", allowed: reduce-only, halt)");
  refuses(snapshot(), "/positions/1/cost", 5, R"(key "data.positions[1].cost": found 5, allowed: text)");
  refuses(snapshot(), "/positions/0", 5, R"(key "data.positions[0]": found 5, allowed: a JSON object)");
  refuses(snapshot(), "/positions", "none", R"(key "data.positions": found "none", allowed: an array of objects)");
  const order_submitted m{market("m")};
  refuses(m, "/order/limit_price", "5.00",
          R"(key "data.order.limit_price": found "5.00", allowed: no such key in a MARKET order)");
  refuses(m, "/order/order_type", "LIMIT", R"(key "data.order.limit_price": missing, allowed: text)");
  refuses(m, "/order/order_type", "SL", R"(key "data.order.order_type": found "SL", allowed: MARKET, LIMIT)");
  refuses(m, "/order/reduces", 1, R"(key "data.order.reduces": found 1, allowed: true or false)");
  refuses(m, "/order/validity", "IOC", R"(key "data.order.validity": found "IOC", allowed: DAY)");
  refuses(m, "/order/product", "CNC", R"(key "data.order.product": found "CNC", allowed: MIS)");
  refuses(m, "/order/expires_at", "9999-01-01T00:00:00+05:30",
          R"(key "data.order.expires_at": found "9999-01-01T00:00:00+05:30", allowed: a time in IST, )"
          R"(e.g. "2022-01-03T09:15:00+05:30")");
  refuses(signal_received{entry_signal()}, "/ordinal", 4294967296,
          R"(key "data.ordinal": found 4294967296, allowed: an integer, 0 to 4294967295)");
  refuses(signal_received{entry_signal()}, "/action", "HOLD",
          R"(key "data.action": found "HOLD", allowed: ENTRY, EXIT)");
}

TEST_CASE("text that is not one clean JSON object is refused, saying where") {
  CHECK(error_of("").find("not JSON") == 0);
  CHECK(error_of("[]") == "whole text: found [], allowed: a JSON object");
  CHECK(error_of("null") == "whole text: found null, allowed: a JSON object");
  CHECK(error_of(R"({"broker":"paper")").find("parse error at line 1, column 18") != std::string::npos);
  CHECK(error_of(codec.encode(enveloped(fill())) + "x").find("not JSON") == 0);
  CHECK(error_of("{\"broker\":\"\xff\"}").find("ill-formed UTF-8") != std::string::npos);
  CHECK(error_of(R"({"seq":1e999})").find("not JSON") == 0);
  CHECK(error_of(R"({"broker":"paper","broker":"zerodha"})") ==
        R"(key "broker": given twice in one object, allowed: once)");
  CHECK(error_of(std::string(100'000, '[')) == "nested deeper than the allowed 16 levels");
  const std::string shout = R"({"version":")" + std::string(10'000, 'A') + R"("})";
  CHECK(error_of(shout).size() < 250);
}

TEST_CASE("a missing key anywhere is refused by its name") {
  for (const event_body& body : one_of_each()) {
    const auto whole = nlohmann::json::parse(codec.encode(enveloped(body)));
    for (const auto& [key, value] : whole.items()) {
      const std::string error = error_after(body, [&](auto& j) { j.erase(key); });
      CHECK_MESSAGE(error.find("key \"" + key + "\": missing") == 0, error);
    }
    for (const auto& [key, value] : whole.at("data").items()) {
      const std::string error = error_after(body, [&](auto& j) { j["data"].erase(key); });
      CHECK_MESSAGE(error.find("key \"data." + key + "\": missing") == 0, error);
    }
  }
}

TEST_CASE("whatever happens to a text, it decodes or is refused") {
  std::vector<std::string> texts;
  for (const event_body& body : one_of_each()) texts.push_back(codec.encode(enveloped(body)));
  int refused = 0;
  int decoded = 0;
  const auto judge = [&](const std::string& text) {
    try {
      const event e = codec.decode(text);
      ++decoded;
      RC_ASSERT(equal(codec.decode(codec.encode(e)), e));
    } catch (const codec_error& e) {
      ++refused;
      RC_ASSERT(std::string_view{e.what()}.size() > 10u);
    }
  };
  CHECK(rc::check([&] {
    const std::string valid = *rc::gen::elementOf(texts);
    const auto places =
        *rc::gen::container<std::vector<std::size_t>>(60, rc::gen::inRange<std::size_t>(0, valid.size()));
    const auto bytes = *rc::gen::container<std::vector<int>>(60, rc::gen::inRange(0, 256));
    for (std::size_t i = 0; i < places.size(); ++i) judge(mutated(valid, places[i], bytes[i]));
    for (std::size_t i = 1; i < places.size(); ++i) {
      judge(mutated(mutated(valid, places[i], bytes[i]), places[i - 1], bytes[i - 1]));
    }
  }));
  CHECK(refused > 5000);
  CHECK(decoded > 500);
}
