#include "tools/app/backtest/html_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

constexpr std::string_view minus = "−";

/// The last three digits together, then two and two: 1234567 -> 12,34,567.
std::string grouped(std::string digits) {
  for (std::size_t at = digits.size(), step = 3; at > step; step = 2) digits.insert(at -= step, ",");
  return digits;
}

std::string with_minus(std::string text) {
  if (!text.starts_with('-')) return text;
  return std::string{minus} + text.substr(1);
}

/// "2022-01-03T09:15:00+05:30" -> "2022-01-03 09:15:00".
std::string local_time(std::string text) {
  text.resize(std::min<std::size_t>(text.size(), 19));
  if (text.size() > 10) text[10] = ' ';
  return text;
}

}  // namespace

std::string json_for_script(const nlohmann::json& data) {
  const std::string text = data.dump(-1, ' ', true);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string indian(std::int64_t number) {
  const std::string digits = fmt::to_string(number);
  return number < 0 ? std::string{minus} + grouped(digits.substr(1)) : grouped(digits);
}

std::string indian(money amount) {
  const std::string text = to_string(round_to_paisa(amount));
  const bool negative = text.starts_with('-');
  const std::size_t point = text.find('.');
  const std::size_t first = negative ? 1 : 0;
  return std::string{negative ? minus : ""} + grouped(text.substr(first, point - first)) + text.substr(point);
}

std::string rupees(money amount) {
  return amount.raw < 0 ? std::string{minus} + "₹" + indian(-amount) : "₹" + indian(amount);
}

std::string shown(const nlohmann::json& value, unit u) {
  if (value.is_null()) return "n/a";
  switch (u) {
    case unit::rupees:
      return rupees(*parse_money(value.get<std::string>()));
    case unit::percent:
      return with_minus(value.get<std::string>()) + " %";
    case unit::ratio:
      return with_minus(value.get<std::string>());
    case unit::count:
      return indian(value.get<std::int64_t>());
    case unit::time:
      return local_time(value.get<std::string>());
  }
  return {};
}

std::string_view colour_of(const nlohmann::json& value) {
  if (!value.is_string()) return "";
  const auto amount = parse_money(value.get<std::string>());
  if (!amount || amount->raw == 0) return "";
  return amount->raw > 0 ? "gain" : "loss";
}

}  // namespace bulkhead::app
