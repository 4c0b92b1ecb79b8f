#pragma once
// Text and numbers as the report's page shows them.
#include "runtime/domain/money.hpp"
#include "tools/html_escape.hpp"

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

/// JSON inside a script element: "<" is written \u003c, so no text in it can end the element.
[[nodiscard]] std::string json_for_script(const nlohmann::json& data);

/// Rounded to the paisa, digits grouped the Indian way, a real minus sign: "−12,34,567.89".
[[nodiscard]] std::string indian(money amount);
/// The same for a whole number.
[[nodiscard]] std::string indian(std::int64_t number);

/// With its sign in front: "−₹12,34,567.89".
[[nodiscard]] std::string rupees(money amount);

/// How a figure of summary.json is shown.
enum class unit { rupees, percent, ratio, count, time };
/// `value`: exact decimal text, an integer, ISO 8601 text, or null ("n/a").
[[nodiscard]] std::string shown(const nlohmann::json& value, unit u);
/// "gain", "loss" or nothing: the class that colours an amount.
[[nodiscard]] std::string_view colour_of(const nlohmann::json& value);

}  // namespace bulkhead::app
