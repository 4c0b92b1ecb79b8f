#pragma once
// Zerodha as a blocking venue, over a fake HTTP.
#include "runtime/brokers/zerodha/kite_venue.hpp"
#include "support/order_fixtures.hpp"
#include "zerodha/kite_samples.hpp"

#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace bulkhead::test {

using kind = broker_update::kind;

inline constexpr const char* tag = "abcdefghij234567klmn";

/// Order rows, or trades.
inline http_result book_of(const std::vector<std::string>& rows) {
  return success(fmt::format("[{}]", fmt::join(rows, ",")));
}
inline http_result placed() { return success(R"({"order_id":"K1"})"); }
inline http_result lost() { return {.delivery = http_delivery::maybe_sent, .error = "timed out"}; }
inline http_result unsent() { return {.delivery = http_delivery::never_sent, .error = "connection refused"}; }
inline http_result no_funds() { return answer(400, error_body("MarginException", "Insufficient funds")); }

inline std::string order_json(const char* status, int filled, const char* with_tag = tag) {
  return fmt::format(R"({{"order_id":"K1","status":"{}","tag":"{}","exchange":"NSE","tradingsymbol":"NIFTY",
    "transaction_type":"BUY","quantity":100,"filled_quantity":{},"price":0}})",
                     status, with_tag, filled);
}
inline std::string trade_json(const char* id, int qty) {
  return fmt::format(R"({{"trade_id":"{}","order_id":"K1","transaction_type":"BUY","quantity":{},
    "average_price":100.05}})",
                     id, qty);
}

struct venue_rig {
  std::deque<http_result> answers;
  std::vector<http_request> sent;
  std::vector<std::string> notices;
  std::string token = "canary-token";
  std::int64_t steady_ms = 0;
  kite_order_settings orders{.market_protection_bps = 200};

  kite_venue make() {
    const http_call http = [this](const http_request& r) {
      sent.push_back(r);
      REQUIRE_FALSE(answers.empty());
      http_result next = std::move(answers.front());
      answers.pop_front();
      return next;
    };
    kite_rest rest{http, {.credentials = [this] {
                     return kite_credentials{.api_key = "key", .access_token = secret_text{std::string{token}}};
                   }}};
    return {std::move(rest),
            {.orders = orders,
             .now =
                 [this] {
                   return kite_read_time{std::chrono::milliseconds{steady_ms}, at(10, 0)};
                 },
             .notice = [this](const std::string& text) { notices.push_back(text); }},
            instruments()};
  }
};

/// Another order of ours of that day: a book without one proves nothing by what it lacks.
inline std::string witness_json() {
  return R"({"order_id":"K7","status":"COMPLETE","tag":"zzzzzzzzzzzzzzzzzzzz","exchange":"NSE","tradingsymbol":"INFY",
    "transaction_type":"BUY","quantity":1,"filled_quantity":1,"order_timestamp":"2022-01-03 09:20:00"})";
}
inline http_result book_without() { return book_of({witness_json()}); }

inline order entry() { return submitted(market(tag), 1); }

/// What the call throws, by kind: "refused: ...", "unanswered: ..."; "": nothing.
template <class Call>
inline std::string thrown(const Call& call) {
  try {
    call();
  } catch (const venue_refused& e) {
    return std::string{"refused: "} + e.what();
  } catch (const kite_unanswered& e) {
    return std::string{"unanswered: "} + e.what();
  } catch (const kite_error& e) {
    return std::string{"unreadable: "} + e.what();
  }
  return "";
}

}  // namespace bulkhead::test
