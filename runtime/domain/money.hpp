#pragma once
// Fixed-point money, price and quantity. `double` appears nowhere near an amount.
//
// Scale: price and money count ten-thousandths of the account currency (rupee): 17450.55 is raw 174505500. Four
// decimals hold every tick size of Indian exchanges (currency derivatives step by 0.0025).
// Range: prices up to price::max() (10,000,000) and quantities up to max_quantity (1,000,000) are accepted at every
// entrance, so price * quantity fits 64 bits; sums beyond that range throw std::overflow_error.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead {

inline constexpr std::int64_t money_scale = 10'000;
inline constexpr std::int64_t paisa = money_scale / 100;
inline constexpr std::int64_t max_quantity = 1'000'000;

/// Units of the instrument (shares, index units), not lots. Signed where it is a position.
using quantity = std::int64_t;

struct price {
  std::int64_t raw = 0;
  [[nodiscard]] static constexpr price max() { return {10'000'000 * money_scale}; }
  friend constexpr auto operator<=>(price, price) = default;
};

struct money {
  std::int64_t raw = 0;
  friend constexpr auto operator<=>(money, money) = default;
  money& operator+=(money other);
  money& operator-=(money other);
};

[[nodiscard]] money operator+(money a, money b);
[[nodiscard]] money operator-(money a, money b);
[[nodiscard]] constexpr money operator-(money a) { return {-a.raw}; }
[[nodiscard]] money operator*(price p, quantity q);

/// numerator * factor / divisor in 128 bits, rounded half away from zero. divisor > 0.
[[nodiscard]] std::int64_t mul_div_round(std::int64_t numerator, std::int64_t factor, std::int64_t divisor);

/// Rounded half away from zero to whole paise.
[[nodiscard]] money round_to_paisa(money m);

/// Exact decimal text, two to four decimals: "17450.55", "-20.00", "0.0025".
[[nodiscard]] std::string to_string(price p);
[[nodiscard]] std::string to_string(money m);

/// Parses [-]digits[.digits] with at most four decimals; nullopt for anything else or out of range.
[[nodiscard]] std::optional<std::int64_t> parse_fixed(std::string_view text);
[[nodiscard]] std::optional<price> parse_price(std::string_view text);  // 0 < price <= price::max()
[[nodiscard]] std::optional<money> parse_money(std::string_view text);

}  // namespace bulkhead
