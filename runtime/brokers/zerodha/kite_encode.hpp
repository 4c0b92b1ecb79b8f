#pragma once
// What is written to Kite: forms, queries, checksums, the fields of an order. Pure.
#include "runtime/domain/market.hpp"
#include "runtime/domain/orders.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bulkhead {

/// application/x-www-form-urlencoded text, for a body or a query.
class kite_form {
 public:
  kite_form& add(std::string_view key, std::string_view value);
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// All but letters, digits and "-._~" as %XX.
[[nodiscard]] std::string url_encoded(std::string_view text);

/// Lower-case hex SHA-256 of the parts, one after the other with nothing in between.
[[nodiscard]] std::string sha256_hex(std::initializer_list<std::string_view> parts);

/// What the exchanges ask of an order since 2026, from the configuration.
struct kite_order_settings {
  /// For MARKET and SL-M, which Kite refuses without it: how far from the last price it may trade, in basis points
  /// (200: 2 %), 1 to 10000, or `automatic`: Kite decides. nullopt: not configured.
  std::optional<std::int64_t> market_protection_bps;
  std::string algo_id;  ///< empty: none

  static constexpr std::int64_t automatic = -1;
};

/// The order cannot be put into Kite's words: nothing was sent. Says which field, what is allowed, what to configure.
class kite_unsendable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t max_tag = 20;

/// Body of POST /orders/regular. `i` is the order's instrument. The client order id becomes the tag.
[[nodiscard]] std::string place_form(const order_request& r, const instrument& i, const kite_order_settings& settings);
/// Body of PUT /orders/regular/{order id}, for o.asked_terms, which must be there.
[[nodiscard]] std::string modify_form(const order& o, const kite_order_settings& settings);

}  // namespace bulkhead
