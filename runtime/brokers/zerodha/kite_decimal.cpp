#include "runtime/brokers/zerodha/kite_decimal.hpp"

#include <charconv>
#include <string>

namespace bulkhead {
namespace {

constexpr std::ptrdiff_t max_digits = 18;
constexpr std::size_t max_length = 400;  ///< what a double may be written out to

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits without leading zeros, and where their point is: 0.digits * 10^point.
struct digit_run {
  std::string digits;
  std::ptrdiff_t point = 0;
  bool is_negative = false;
};

std::optional<std::ptrdiff_t> exponent_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value > 400 || value < -400) return std::nullopt;
  return value;
}

std::optional<digit_run> read_digits(std::string_view text) {
  digit_run run;
  run.is_negative = text.starts_with('-');
  if (run.is_negative) text.remove_prefix(1);
  bool has_digit = false;
  bool is_past_point = false;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.' && !is_past_point && has_digit) {
      is_past_point = true;
      has_digit = false;
      continue;
    }
    if (!is_digit(text[i])) return std::nullopt;
    has_digit = true;
    const bool is_leading_zero = run.digits.empty() && text[i] == '0';
    if (!is_leading_zero) run.digits += text[i];
    if (!is_past_point && !is_leading_zero) ++run.point;
    if (is_past_point && is_leading_zero) --run.point;
  }
  if (!has_digit) return std::nullopt;
  if (i < text.size()) {
    const auto exponent = exponent_of(text.substr(i + 1));
    if (!exponent) return std::nullopt;
    run.point += *exponent;
  }
  return run;
}

}  // namespace

std::optional<std::int64_t> scaled_decimal(std::string_view number, int decimals, bool exact) {
  if (number.size() > max_length) return std::nullopt;
  const auto run = read_digits(number);
  if (!run) return std::nullopt;
  if (run->digits.empty()) return 0;
  const std::ptrdiff_t kept = run->point + decimals;  // digits in front of the place where it is rounded
  if (kept > max_digits) return std::nullopt;
  const auto size = static_cast<std::ptrdiff_t>(run->digits.size());
  const auto digit_at = [&](std::ptrdiff_t i) {
    return i >= 0 && i < size ? run->digits[static_cast<std::size_t>(i)] - '0' : 0;
  };
  std::int64_t value = 0;
  for (std::ptrdiff_t i = 0; i < kept; ++i) value = value * 10 + digit_at(i);
  bool is_rounded = false;
  for (std::ptrdiff_t i = kept < 0 ? 0 : kept; i < size; ++i) is_rounded = is_rounded || digit_at(i) != 0;
  if (exact && is_rounded) return std::nullopt;
  if (kept >= 0 && digit_at(kept) >= 5) ++value;
  return run->is_negative ? -value : value;
}

}  // namespace bulkhead
