#include "runtime/domain/money.hpp"

#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {
namespace {

__extension__ using int128 = __int128;

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw std::overflow_error("money: sum out of range");
  return sum;
}

std::string fixed_to_string(std::int64_t raw) {
  const bool negative = raw < 0;
  const std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(raw) : static_cast<std::uint64_t>(raw);
  const std::uint64_t whole = magnitude / money_scale;
  const std::uint64_t part = magnitude % money_scale;
  const char* sign = negative ? "-" : "";
  if (part % 100 == 0) return fmt::format("{}{}.{:02}", sign, whole, part / 100);
  if (part % 10 == 0) return fmt::format("{}{}.{:03}", sign, whole, part / 10);
  return fmt::format("{}{}.{:04}", sign, whole, part);
}

}  // namespace

money& money::operator+=(money other) {
  raw = checked_add(raw, other.raw);
  return *this;
}

money& money::operator-=(money other) {
  if (__builtin_sub_overflow(raw, other.raw, &raw)) throw std::overflow_error("money: difference out of range");
  return *this;
}

money operator+(money a, money b) { return a += b; }
money operator-(money a, money b) { return a -= b; }

money operator*(price p, quantity q) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(p.raw, q, &product)) throw std::overflow_error("money: product out of range");
  return {product};
}

std::int64_t mul_div_round(std::int64_t numerator, std::int64_t factor, std::int64_t divisor) {
  const int128 product = static_cast<int128>(numerator) * factor;
  const int128 magnitude = product < 0 ? -product : product;
  const int128 rounded = (magnitude + divisor / 2) / divisor;
  return static_cast<std::int64_t>(product < 0 ? -rounded : rounded);
}

money round_to_paisa(money m) { return {mul_div_round(m.raw, 1, paisa) * paisa}; }

std::string to_string(price p) { return fixed_to_string(p.raw); }
std::string to_string(money m) { return fixed_to_string(m.raw); }

std::optional<std::int64_t> parse_fixed(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  std::int64_t value = 0;  // counts down: the range has one value more below zero than above
  const auto append = [&value](int digit) {
    return !__builtin_mul_overflow(value, 10, &value) && !__builtin_sub_overflow(value, digit, &value);
  };
  int decimals = -1;
  bool digits = false;
  for (const char c : text) {
    if (c == '.' && decimals < 0 && digits) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9' || decimals == 4 || !append(c - '0')) return std::nullopt;
    digits = true;
    if (decimals >= 0) ++decimals;
  }
  if (!digits || decimals == 0) return std::nullopt;
  for (int i = decimals < 0 ? 0 : decimals; i < 4; ++i) {
    if (!append(0)) return std::nullopt;
  }
  if (!negative && __builtin_mul_overflow(value, -1, &value)) return std::nullopt;
  return value;
}

std::optional<price> parse_price(std::string_view text) {
  const auto raw = parse_fixed(text);
  if (!raw || *raw <= 0 || *raw > price::max().raw) return std::nullopt;
  return price{*raw};
}

std::optional<money> parse_money(std::string_view text) {
  const auto raw = parse_fixed(text);
  if (!raw) return std::nullopt;
  return money{*raw};
}

}  // namespace bulkhead
