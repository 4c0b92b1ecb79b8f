#include "runtime/brokers/zerodha/kite_updates.hpp"

#include "runtime/brokers/zerodha/kite_encode.hpp"

#include <fmt/format.h>
#include <sodium/utils.h>

namespace bulkhead {
namespace {

kite_value parse_bounded(std::string_view json) {
  if (json.size() > max_update_bytes) {
    throw kite_error(fmt::format("update of {} bytes, allowed: up to {}", json.size(), max_update_bytes));
  }
  return kite_value::parse(json);
}

/// True: a checksum was there, and it is right. Throws for a wrong one.
bool check_sum(const kite_fields& in, const secret_text& api_secret) {
  const std::string given = in.text("checksum");
  if (given.empty()) return false;
  const std::string right = sha256_hex({in.text("order_id"), in.text("order_timestamp"), api_secret.reveal()});
  if (given.size() != right.size() || sodium_memcmp(given.data(), right.data(), right.size()) != 0) {
    throw kite_error("update with a wrong checksum: not from Kite, or the configured api_secret is another app's");
  }
  return true;
}

}  // namespace

kite_update read_socket_text(std::string_view json, const secret_text& api_secret) {
  const kite_value whole = parse_bounded(json);
  const kite_fields in{whole, "update"};
  const bool is_bare = !in.has("type") && !in.has("data") && in.has("order_id");
  const std::string type = is_bare ? "order" : in.text("type");
  kite_update out;
  if (type == "order") {
    const kite_value* data = is_bare ? &whole : in.find("data");
    if (data == nullptr) in.refuse("data", "an object");
    out.what = kite_update::type::order;
    out.order = read_order(*data, "update");
    if (!api_secret.empty()) check_sum({*data, "update"}, api_secret);
  } else if (type == "error" || type == "message") {
    out.what = type == "error" ? kite_update::type::error : kite_update::type::message;
    const kite_value* data = in.find("data");
    out.text = data != nullptr && data->is(kite_value::type::text) ? data->written().substr(0, 1000) : "(no text)";
  } else {
    out.text = type.substr(0, 60);
  }
  return out;
}

kite_order_row read_postback(std::string_view json, const secret_text& api_secret) {
  const kite_value whole = parse_bounded(json);
  const kite_fields in{whole, "postback"};
  if (!check_sum(in, api_secret)) in.refuse("checksum", "the SHA-256 of order_id + order_timestamp + api_secret");
  return read_order(whole, "postback");
}

}  // namespace bulkhead
