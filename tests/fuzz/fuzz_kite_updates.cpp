// Any text as a frame of the socket or, where the first byte is odd, as a postback.
#include "fuzz/fuzz_check.hpp"
#include "runtime/brokers/zerodha/kite_updates.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace bulkhead;
using bulkhead::test::claim;

namespace {

const secret_text& secret() {
  static const secret_text text{std::string{"testsecret"}};
  return text;
}

void read_frame(std::string_view text) {
  const kite_update u = read_socket_text(text, secret());
  claim((u.what == kite_update::type::order) == u.order.has_value(), "an order update has an order");
  if (u.order) claim(u.order->filled <= u.order->qty, "no order is filled beyond its quantity");
  claim(u.text.size() <= 1000, "a text for people is short");
}

void read_post(std::string_view text) {
  claim(!read_postback(text, secret()).broker_order_id.empty(), "a postback has an order id");
  claim(text.find("checksum") != std::string_view::npos, "no postback without a checksum");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
  try {
    if ((data[0] & 1U) == 0) {
      read_frame(text);
    } else {
      read_post(text);
    }
  } catch (const kite_error&) {  // NOLINT(bugprone-empty-catch): the one way to refuse
  }
  return 0;
}
