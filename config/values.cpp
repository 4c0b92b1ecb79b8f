#include "config/values.hpp"

#include <charconv>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

bool digits_only(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

constexpr std::int64_t ppb_per_percent = 10'000'000;
constexpr std::size_t percent_decimals = 7;

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (!digits_only(digits) || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> parse_flag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<rate> parse_percent(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string part = point == std::string_view::npos ? "0" : std::string{text.substr(point + 1)};
  if (!digits_only(whole) || whole.size() > 3 || !digits_only(part) || part.size() > percent_decimals) {
    return std::nullopt;
  }
  part.append(percent_decimals - part.size(), '0');
  const std::int64_t ppb = std::stoll(std::string{whole}) * ppb_per_percent + std::stoll(part);
  if (ppb > 100 * ppb_per_percent) return std::nullopt;
  return rate{ppb};
}

std::string percent_text(rate r) {
  std::string text = fmt::format("{}.{:07}", r.ppb / ppb_per_percent, r.ppb % ppb_per_percent);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::optional<duration> parse_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !digits_only(text.substr(0, 2)) || !digits_only(text.substr(3))) {
    return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  return seconds(hours * 3600 + minutes * 60);
}

std::string clock_text(duration since_midnight) {
  const std::int64_t minutes = since_midnight.ns / seconds(60).ns;
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

bool is_broker_id(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text.front() >= 'a' && text.front() <= 'z' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos &&
         text.find("__") == std::string_view::npos;
}

std::optional<trade_date> parse_settings_date(std::string_view text) {
  const auto date = parse_date(text);
  if (!date || *date < 19900101 || *date > 21501231) return std::nullopt;
  return date;
}

}  // namespace bulkhead::config
