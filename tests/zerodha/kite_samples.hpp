#pragma once
// Answers in Kite's words, written by hand.
#include "runtime/brokers/zerodha/kite_json.hpp"
#include "runtime/http/http_message.hpp"

#include <string>
#include <string_view>

namespace bulkhead::test {

/// The message of the kite_error that the call throws; "": it throws none. Anything else that it throws ends the test.
template <class Call>
std::string kite_refusal(const Call& call) {
  try {
    call();
  } catch (const kite_error& e) {
    return e.what();
  }
  return "";
}

inline http_result answer(int status, std::string body) {
  return {.delivery = http_delivery::answered,
          .status = status,
          .content_type = "application/json",
          .body = std::move(body)};
}
inline http_result success(const std::string& data) {
  return answer(200, R"({"status":"success","data":)" + data + "}");
}

inline std::string error_body(std::string_view type, std::string_view message) {
  return R"({"status":"error","message":")" + std::string{message} + R"(","error_type":")" + std::string{type} +
         R"(","data":null})";
}

/// A partly filled order that was cancelled, all keys that Kite sends.
inline constexpr std::string_view cancelled_order = R"({
  "account_id": "AB1234", "placed_by": "AB1234", "order_id": "2042130686722629633", "exchange_order_id": "1300000001",
  "parent_order_id": null, "status": "CANCELLED", "status_message": null, "status_message_raw": null,
  "order_timestamp": "2026-11-23 09:41:02", "exchange_update_timestamp": "2026-11-23 09:41:02",
  "exchange_timestamp": "2026-11-23 09:40:10", "variety": "regular", "modified": false, "exchange": "NSE",
  "tradingsymbol": "INFY", "instrument_token": 408065, "order_type": "LIMIT", "transaction_type": "SELL",
  "validity": "DAY", "validity_ttl": 0, "product": "MIS", "quantity": 100, "disclosed_quantity": 0, "price": 1573.7,
  "trigger_price": 0, "auction_number": null, "average_price": 1573.725, "filled_quantity": 40,
  "pending_quantity": 60, "cancelled_quantity": 60, "market_protection": 0, "meta": {}, "tag": "abcdefghij234567klmn",
  "tags": ["abcdefghij234567klmn"], "guid": "x1"})";

}  // namespace bulkhead::test
