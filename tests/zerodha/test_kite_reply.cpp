// What an answer proves: accepted, refused for certain, or nothing.
#include "runtime/brokers/zerodha/kite_reply.hpp"
#include "zerodha/kite_samples.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using enum kite_outcome;

TEST_CASE("a 2xx with a success envelope is an answer") {
  const kite_reply r = read_reply(answer(200, R"({"status":"success","data":{"order_id":"1"}})"));
  CHECK(r.outcome == ok);
  REQUIRE(r.data.find("order_id") != nullptr);
  CHECK(r.data.find("order_id")->written() == "1");
  CHECK(read_reply(answer(200, R"({"status":"success","data":true})")).outcome == ok);
  CHECK(read_reply(answer(200, R"({"status":"success","data":[]})")).outcome == ok);
}

TEST_CASE("only a clean 400 of a class that means the order is a refusal") {
  for (const char* type :
       {"InputException", "MarginException", "HoldingException", "UserException", "PermissionException"}) {
    CAPTURE(type);
    const kite_reply r = read_reply(answer(400, error_body(type, "Enter Valid Price")));
    CHECK(r.outcome == refused);
    CHECK(r.error_type == type);
    CHECK(r.message == std::string{"Enter Valid Price (HTTP 400, "} + type + ")");
  }
}

TEST_CASE("a 400 that does not know itself is no refusal, whatever its class") {
  for (const char* type : {"InputException", "OrderException", "MarginException", "UserException"}) {
    for (const char* message :
         {"Order request timed out. Please check the order book and confirm before placing again.",
          "Request TIMEOUT, try again", "Check the orderbook.", "No response from the exchange"}) {
      CAPTURE(type);
      CAPTURE(message);
      CHECK(read_reply(answer(400, error_body(type, message))).outcome == unknown);
    }
  }
}

TEST_CASE("every other error leaves the outcome unknown") {
  struct row {
    int status;
    const char* type;
  };
  for (const auto& [status, type] :
       {row{400, "NetworkException"}, row{400, "OrderException"}, row{400, "DataException"},
        row{400, "GeneralException"}, row{400, "NewException"}, row{400, ""}, row{403, "TokenException"},
        row{403, "PermissionException"}, row{404, "GeneralException"}, row{405, "GeneralException"},
        row{410, "InputException"}, row{429, "NetworkException"}, row{500, "OrderException"},
        row{500, "GeneralException"}, row{502, "DataException"}, row{503, "NetworkException"},
        row{504, "InputException"}, row{200, "InputException"}}) {
    CAPTURE(status);
    CAPTURE(type);
    CHECK(read_reply(answer(status, error_body(type, "no"))).outcome == unknown);
  }
}

TEST_CASE("an answer that cannot be read leaves the outcome unknown") {
  const std::string good = R"({"status":"success","data":{"order_id":"151220000000000"}})";
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(read_reply(answer(200, good.substr(0, size))).outcome == unknown);
  }
  for (const char* body :
       {"<html><body>502</body></html>", "[]", "null", "{}", R"({"status":"success"})",
        R"({"status":"success","data":null})", R"({"status":"ok","data":{}})", R"({"status":1,"data":{}})",
        R"({"data":{}})", R"({"status":"error","message":{},"error_type":"InputException"})"}) {
    CAPTURE(body);
    for (const int status : {200, 400}) CHECK(read_reply(answer(status, body)).outcome == unknown);
  }
  CHECK(read_reply(answer(400, good)).outcome == unknown);
  CHECK(read_reply(answer(302, good)).outcome == unknown);
  CHECK(read_reply(answer(400, "<html>")).message.find("HTTP 400, an answer that cannot be read: ") == 0);
}

TEST_CASE("what never left was not sent, what may have left is unknown") {
  const kite_reply safe = read_reply({.delivery = http_delivery::never_sent, .error = "connection refused"});
  CHECK(safe.outcome == not_sent);
  CHECK(safe.message == "connection refused");
  const kite_reply lost = read_reply({.delivery = http_delivery::maybe_sent, .error = "timed out"});
  CHECK(lost.outcome == unknown);
  CHECK(lost.message == "timed out");
}

TEST_CASE("an ended session and a full budget are told apart") {
  CHECK(read_reply(answer(403, error_body("TokenException", "x"))).is_session_over());
  CHECK_FALSE(read_reply(answer(403, error_body("PermissionException", "x"))).is_session_over());
  CHECK_FALSE(read_reply(answer(403, "<html>")).is_session_over());
  CHECK(read_reply(answer(429, "Too many requests")).is_throttled());
  CHECK_FALSE(read_reply(answer(503, error_body("NetworkException", "x"))).is_throttled());
}

TEST_CASE("a message from outside is one short line") {
  const kite_reply r = read_reply(answer(400, error_body("InputException", "a\\nb\\u0000c" + std::string(1000, 'x'))));
  CHECK(r.outcome == refused);
  CHECK(r.message.find('\n') == std::string::npos);
  CHECK(r.message.find('\0') == std::string::npos);
  CHECK(r.message.size() < 400);
}

TEST_CASE("an answer without JSON is taken by its code alone") {
  CHECK(read_text_reply(answer(200, "a,b\n")).outcome == ok);
  CHECK(read_text_reply(answer(403, error_body("TokenException", "x"))).is_session_over());
  CHECK(read_text_reply(answer(500, "a,b\n")).outcome == unknown);
  CHECK(read_text_reply({.delivery = http_delivery::never_sent}).outcome == not_sent);
}
