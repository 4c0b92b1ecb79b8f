// What the codec refuses, and in which words.
#include "support/event_equality.hpp"
#include "support/event_fixtures.hpp"

#include <functional>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

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
          R"(key "step": found "marks", allowed: start, market, signals, orders, mark, guard, input)");
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
  refuses(kill_latched{{}, "halt", "operator", ""}, "/mode", "stop",
          R"(key "data.mode": found "stop", allowed: reduce-only, halt)");
  refuses(snapshot(), "/positions/1/cost", 5, R"(key "data.positions[1].cost": found 5, allowed: text)");
  refuses(snapshot(), "/positions/0", 5, R"(key "data.positions[0]": found 5, allowed: a JSON object)");
  refuses(snapshot(), "/positions", "none", R"(key "data.positions": found "none", allowed: an array of objects)");
  const order_submitted m{market("m")};
  refuses(m, "/order/limit_price", "5.00",
          R"(key "data.order.limit_price": found "5.00", allowed: no such key in a MARKET order)");
  refuses(m, "/order/order_type", "LIMIT", R"(key "data.order.limit_price": missing, allowed: text)");
  refuses(m, "/order/order_type", "STOP",
          R"(key "data.order.order_type": found "STOP", allowed: MARKET, LIMIT, SL, SL-M)");
  refuses(m, "/order/order_type", "SL-M", R"(key "data.order.trigger_price": missing, allowed: text)");
  refuses(m, "/order/trigger_price", "5.00",
          R"(key "data.order.trigger_price": found "5.00", allowed: no such key in a MARKET order)");
  refuses(m, "/order/stop_loss_offset", "0.00",
          R"(key "data.order.stop_loss_offset": found "0.00", allowed: )" + above_zero);
  refuses(m, "/order/group", "", R"(key "data.order.group": found "", allowed: text, not empty)");
  refuses(m, "/order/origin", "me",
          R"(key "data.order.origin": found "me", allowed: signal, bracket, square_off, safety)");
  const order_modified modified{order_id, {75, rupees(99), {}}, ""};
  refuses(modified, "/terms/quantity", 0, R"(key "data.terms.quantity": found 0, allowed: an integer, 1 to 1000000)");
  refuses(modified, "/terms", 5, R"(key "data.terms": found 5, allowed: a JSON object)");
  refuses(snapshot(), "/performance/peak", 5, R"(key "data.performance.peak": found 5, allowed: text)");
  refuses(snapshot(), "/strategies/0/performance", 5,
          R"(key "data.strategies[0].performance": found 5, allowed: a JSON object)");
  refuses(snapshot(), "/positions/0/product", "BO",
          R"(key "data.positions[0].product": found "BO", allowed: MIS, CNC, NRML)");
  refuses(feed_noticed{nifty, "gap", 1}, "/count", -1, R"(key "data.count": found -1, allowed: an integer, 0 or more)");
  refuses(m, "/order/reduces", 1, R"(key "data.order.reduces": found 1, allowed: true or false)");
  refuses(m, "/order/validity", "GTC", R"(key "data.order.validity": found "GTC", allowed: DAY, IOC)");
  refuses(m, "/order/product", "BO", R"(key "data.order.product": found "BO", allowed: MIS, CNC, NRML)");
  refuses(m, "/order/expires_at", "9999-01-01T00:00:00+05:30",
          R"(key "data.order.expires_at": found "9999-01-01T00:00:00+05:30", allowed: a time in IST, )"
          R"(e.g. "2022-01-03T09:15:00+05:30")");
  refuses(inbox_positioned{"paper.signals.raw", 0, 7, ""}, "/partition", -1,
          R"(key "data.partition": found -1, allowed: an integer, 0 to 2147483647)");
  refuses(signal_received{entry_signal(), signal_origin{"a", "paper.signals.raw", 0, 7}}, "/origin/offset", -1,
          R"(key "data.origin.offset": found -1, allowed: an integer, 0 to 9223372036854775807)");
  refuses(signal_received{entry_signal()}, "/ordinal", 4294967296,
          R"(key "data.ordinal": found 4294967296, allowed: an integer, 0 to 4294967295)");
  refuses(signal_received{entry_signal()}, "/action", "HOLD",
          R"(key "data.action": found "HOLD", allowed: ENTRY, EXIT, CANCEL, MODIFY)");
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

TEST_CASE("a missing key anywhere is refused by its name, but for a bracket's offsets") {
  for (const event_body& body : one_of_each()) {
    const auto whole = nlohmann::json::parse(codec.encode(enveloped(body)));
    for (const auto& [key, value] : whole.items()) {
      const std::string error = error_after(body, [&](auto& j) { j.erase(key); });
      CHECK_MESSAGE(error.find("key \"" + key + "\": missing") == 0, error);
    }
    for (const auto& [key, value] : whole.at("data").items()) {
      if (key.ends_with("_offset")) continue;
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
