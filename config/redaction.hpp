#pragma once
// What no output may show: tables, JSON and findings ask here before they print a value.
#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace bulkhead::config {

inline constexpr std::string_view redacted_text = "***";

/// An option (trading.zerodha.api_key) or variable (TRADING__ZERODHA__API_KEY) that holds a secret: its name ends in
/// secret, token, password or api_key.
[[nodiscard]] inline bool is_secret(std::string_view name) {
  std::string lower{name};
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(std::initializer_list<std::string_view>{"secret", "token", "password", "api_key"},
                             [&](std::string_view end) { return lower.ends_with(end); });
}

/// The value as it may be shown. An empty one stays empty: that nothing is set is no secret.
[[nodiscard]] inline std::string shown_value(std::string_view name, std::string value) {
  return is_secret(name) && !value.empty() ? std::string{redacted_text} : value;
}

}  // namespace bulkhead::config
