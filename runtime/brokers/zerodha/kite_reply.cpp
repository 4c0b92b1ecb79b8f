#include "runtime/brokers/zerodha/kite_reply.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::array<std::string_view, 5> refusals{"InputException", "MarginException", "HoldingException",
                                                   "UserException", "PermissionException"};

/// Words of an answer that does not know itself, as in "Order request timed out. Please check the order book and
/// confirm before placing again.", in lower case.
constexpr std::array<std::string_view, 8> doubts{"timed out", "timeout", "time out",    "order book",
                                                 "orderbook", "confirm", "no response", "unable to reach"};

bool is_in_doubt(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(doubts, [&](std::string_view words) { return text.find(words) != std::string::npos; });
}

/// A message that came from outside: one line, short.
std::string for_people(std::string_view text) {
  std::string out{text.substr(0, 300)};
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return out;
}

kite_reply undelivered(const http_result& result) {
  const bool is_safe = result.delivery == http_delivery::never_sent;
  return {.outcome = is_safe ? kite_outcome::not_sent : kite_outcome::unknown, .message = for_people(result.error)};
}

kite_reply unreadable(const http_result& result, std::string_view why) {
  return {.outcome = kite_outcome::unknown,
          .status = result.status,
          .message = fmt::format("HTTP {}, an answer that cannot be read: {}", result.status, for_people(why))};
}

bool is_success(int status) { return status >= 200 && status < 300; }

kite_reply read_error(const http_result& result, const kite_fields& in) {
  kite_reply reply{.status = result.status, .error_type = for_people(in.text("error_type"))};
  reply.message = fmt::format("{} (HTTP {}, {})", for_people(in.text("message")), result.status,
                              reply.error_type.empty() ? "no error_type" : reply.error_type);
  const bool is_clean = result.status == 400 && std::ranges::find(refusals, reply.error_type) != refusals.end() &&
                        !is_in_doubt(in.text("message"));
  reply.outcome = is_clean ? kite_outcome::refused : kite_outcome::unknown;
  return reply;
}

kite_reply read_envelope(const http_result& result) {
  kite_value whole = kite_value::parse(result.body);
  const kite_fields in{whole, "answer"};
  const std::string status = in.text("status");
  if (status == "error") return read_error(result, in);
  if (status != "success") in.refuse("status", "\"success\", \"error\"");
  if (!is_success(result.status)) throw kite_error("it says \"success\"");
  const kite_value* data = in.find("data");
  if (data == nullptr) in.refuse("data", "a value");
  return {.outcome = kite_outcome::ok, .status = result.status, .data = *data};
}

}  // namespace

kite_reply read_reply(const http_result& result) {
  if (result.delivery != http_delivery::answered) return undelivered(result);
  try {
    return read_envelope(result);
  } catch (const kite_error& e) {
    return unreadable(result, e.what());
  }
}

kite_reply read_text_reply(const http_result& result) {
  if (result.delivery != http_delivery::answered || !is_success(result.status)) return read_reply(result);
  return {.outcome = kite_outcome::ok, .status = result.status};
}

}  // namespace bulkhead
