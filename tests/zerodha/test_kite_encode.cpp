// What is written to Kite, and what comes unasked.
#include "runtime/brokers/zerodha/kite_encode.hpp"
#include "runtime/brokers/zerodha/kite_updates.hpp"
#include "support/order_fixtures.hpp"
#include "zerodha/kite_samples.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

const instrument& row() { return instruments().at(nifty); }
constexpr const char* tag = "abcdefghij234567klmn";

std::string unsendable(const order_request& r, const kite_order_settings& settings) {
  try {
    (void)place_form(r, row(), settings);
  } catch (const kite_unsendable& e) {
    return e.what();
  }
  return "";
}

secret_text secret(const char* text = "testsecret") { return secret_text{std::string{text}}; }

std::string postback(std::string_view checksum) {
  return R"({"order_id":"220303000308932","order_timestamp":"2022-03-03 09:24:25","status":"COMPLETE",
    "transaction_type":"BUY","quantity":1,"filled_quantity":1,"checksum":")" +
         std::string{checksum} + "\"}";
}
constexpr std::string_view right_sum = "a1edcbdbcb51292cddfded250595d4e191b95da92d9b9914e591383ae4fe6852";

}  // namespace

TEST_CASE("SHA-256 over the parts, as the login's and the postback's checksums are made") {
  CHECK(sha256_hex({"testkey", "reqtok", "testsecret"}) ==
        "4f44e112fdfbb483462e732a1f89a13c3249c06df6591aec0169263e7e557e28");
  CHECK(sha256_hex({"220303000308932", "2022-03-03 09:24:25", "testsecret"}) == right_sum);
  CHECK(sha256_hex({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a form escapes what could end a value") {
  kite_form f;
  f.add("i", "NSE:NIFTY 50").add("i", "NSE:M&M").add("q", "a=b+c%\n\xe2\x82\xb9");
  CHECK(f.text() == "i=NSE%3ANIFTY%2050&i=NSE%3AM%26M&q=a%3Db%2Bc%25%0A%E2%82%B9");
  CHECK(url_encoded("AZaz09-._~") == "AZaz09-._~");
}

TEST_CASE("an order's form has what its type needs, and the client order id as its tag") {
  const kite_order_settings settings{.market_protection_bps = 250, .algo_id = "A 1"};
  CHECK(place_form(market(tag), row(), settings) ==
        "exchange=NSE&tradingsymbol=NIFTY&transaction_type=BUY&product=MIS&validity=DAY&order_type=MARKET&quantity=100"
        "&market_protection=2.50&tag=abcdefghij234567klmn&algo_id=A%201");
  order_request r = limit(tag, rupees(17450, 55), side::sell, 75);
  r.validity = validity::ioc;
  r.product = product::nrml;
  CHECK(place_form(r, row(), {}) ==
        "exchange=NSE&tradingsymbol=NIFTY&transaction_type=SELL&product=NRML&validity=IOC&order_type=LIMIT&quantity=75"
        "&price=17450.55&tag=abcdefghij234567klmn");
  r.type = order_type::stop_limit;
  r.trigger_price = {25};
  CHECK(place_form(r, row(), {}).find("&order_type=SL&quantity=75&price=17450.55&trigger_price=0.0025&") !=
        std::string::npos);
  r.type = order_type::stop_market;
  CHECK(place_form(r, row(), {.market_protection_bps = kite_order_settings::automatic})
            .find("&order_type=SL-M&quantity=75&market_protection=-1&trigger_price=0.0025&") != std::string::npos);
  CHECK(place_form(market(tag), row(), {.market_protection_bps = 300}).find("&market_protection=3&") !=
        std::string::npos);
}

TEST_CASE("an order that Kite would refuse or cut is not sent") {
  const kite_order_settings good{.market_protection_bps = 200};
  CHECK(unsendable(market(tag), {}) ==
        "a MARKET order without market_protection, allowed: 1 to 10000 basis points, or automatic; set "
        "market_protection of this broker, or use a limit order");
  CHECK(unsendable(market(tag), {.market_protection_bps = 0}).find("market_protection of 0") == 0);
  CHECK(unsendable(market(tag), {.market_protection_bps = 10'001}) != "");
  CHECK(unsendable(market("abcdefghij234567klmno"), good).find("allowed: 1 to 20 letters and digits") !=
        std::string::npos);
  CHECK(unsendable(market(""), good) != "");
  CHECK(unsendable(market("a&b"), good) != "");
  CHECK(unsendable(market(tag, side::buy, 0), good).find("a quantity of 0") == 0);
  CHECK(unsendable(limit(tag, price{}), {}).find("a limit price of 0.00") == 0);
  order_request stop = market(tag);
  stop.type = order_type::stop_market;
  CHECK(unsendable(stop, good).find("a trigger price of 0.00") == 0);
}

TEST_CASE("a modification sends the terms asked for, as the type that the order is now") {
  order_request r = limit(tag, rupees(100));
  r.type = order_type::stop_limit;
  r.trigger_price = rupees(99);
  order o = submitted(r, 1);
  o.asked_terms = order_terms{.qty = 50, .limit_price = rupees(101), .trigger_price = rupees(100)};
  CHECK(modify_form(o, {}) == "order_type=SL&quantity=50&price=101.00&trigger_price=100.00&validity=DAY");
  o.triggered = true;
  CHECK(modify_form(o, {}) == "order_type=LIMIT&quantity=50&price=101.00&validity=DAY");
  o.asked_terms.reset();
  CHECK_THROWS_AS((void)modify_form(o, {}), kite_unsendable);
}

TEST_CASE("a frame of the socket is an order, an error, a message, or skipped") {
  const auto order =
      read_socket_text(R"({"type":"order","id":"","data":)" + std::string{cancelled_order} + "}", secret());
  CHECK(order.what == kite_update::type::order);
  REQUIRE(order.order);
  CHECK(order.order->filled == 40);
  CHECK(read_socket_text(cancelled_order, secret()).order);  // the old form
  const auto error = read_socket_text(R"({"type":"error","data":"Can't subscribe"})", secret());
  CHECK(error.what == kite_update::type::error);
  CHECK(error.text == "Can't subscribe");
  CHECK(read_socket_text(R"({"type":"message","data":{"a":1}})", secret()).text == "(no text)");
  const auto other = read_socket_text(R"({"type":"instruments_meta","data":{"count":1}})", secret());
  CHECK(other.what == kite_update::type::skipped);
  CHECK(other.text == "instruments_meta");
  CHECK(read_socket_text("{}", secret()).what == kite_update::type::skipped);
}

TEST_CASE("a frame of the socket that cannot be read is refused") {
  for (const char* bad : {"", "x", "[]", "1", R"({"type":"order"})", R"({"type":"order","data":"x"})",
                          R"({"type":"order","data":{}})", R"({"type":5})"}) {
    CAPTURE(bad);
    CHECK(kite_refusal([&] { (void)read_socket_text(bad, secret()); }) != "");
  }
  const std::string long_text = R"({"type":"message","data":")" + std::string(max_update_bytes, 'x') + "\"}";
  CHECK(kite_refusal([&] { (void)read_socket_text(long_text, secret()); }).find("allowed: up to") != std::string::npos);
}

TEST_CASE("a checksum on the socket is checked where there is one") {
  CHECK(read_socket_text(postback(right_sum), secret()).order);
  CHECK(read_socket_text(postback(""), secret()).order);
  const std::string wrong = kite_refusal([] { (void)read_socket_text(postback(right_sum), secret("canary")); });
  CHECK(wrong.find("wrong checksum") != std::string::npos);
  CHECK(wrong.find("canary") == std::string::npos);
}

TEST_CASE("a postback must have the right checksum") {
  CHECK(read_postback(postback(right_sum), secret()).broker_order_id.str() == "220303000308932");
  CHECK(kite_refusal([] { (void)read_postback(postback(""), secret()); }).find("\"checksum\"") != std::string::npos);
  CHECK(kite_refusal([] { (void)read_postback(postback("a1ed"), secret()); }).find("wrong checksum") !=
        std::string::npos);
  CHECK(kite_refusal([] { (void)read_postback(postback(right_sum), secret("x")); }).find("wrong") != std::string::npos);
}
