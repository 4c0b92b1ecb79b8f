#pragma once
// What Kite says unasked: text frames of its socket, and postbacks (webhooks). Pure.
#include "runtime/brokers/zerodha/kite_rows.hpp"
#include "runtime/secrets/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead {

struct kite_update {
  enum class type : std::uint8_t {
    order,    ///< a state of an order of the account, whatever app placed it
    error,    ///< `text`, e.g. too many instruments
    message,  ///< `text`, for people
    skipped,  ///< of a type that is not known here; `text` is that type
  };
  type what = type::skipped;
  std::optional<kite_order_row> order;
  std::string text;
};

inline constexpr std::size_t max_update_bytes = 256UL * 1024;

/// One text frame. Throws kite_error where it is unreadable, or has a checksum that is wrong; an absent or empty
/// checksum is usual here. An order whose fields stand at the top, without "type" and "data", is read as one.
[[nodiscard]] kite_update read_socket_text(std::string_view json, const secret_text& api_secret);

/// The body of one postback. Anybody can post: throws kite_error where the checksum is missing or wrong, too.
[[nodiscard]] kite_order_row read_postback(std::string_view json, const secret_text& api_secret);

}  // namespace bulkhead
