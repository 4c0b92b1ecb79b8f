#include "tools/kite_sim/core/subscriptions.hpp"

#include <optional>

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

constexpr std::string_view too_many = "Can't subscribe to more than 3000 instruments.";
constexpr std::string_view not_understood = "Invalid message.";

std::vector<std::uint32_t> tokens_of(const json& list) {
  std::vector<std::uint32_t> out;
  for (const json& one : list) {
    if (!one.is_number_unsigned()) continue;
    const auto value = one.get<std::uint64_t>();
    if (value <= UINT32_MAX) out.push_back(static_cast<std::uint32_t>(value));
  }
  return out;
}

std::optional<tick_mode> mode_of(const json& name) {
  if (name == "ltp") return tick_mode::ltp;
  if (name == "quote") return tick_mode::quote;
  if (name == "full") return tick_mode::full;
  return std::nullopt;
}

}  // namespace

subscriptions::outcome subscriptions::apply(std::string_view command) {
  const json message = json::parse(command, nullptr, false);
  if (!message.is_object() || !message.contains("a") || !message.contains("v") || !message["v"].is_array()) {
    return {{}, std::string{not_understood}};
  }
  const json& action = message["a"];
  const json& value = message["v"];
  outcome out;
  if (action == "subscribe") {
    for (const std::uint32_t token : tokens_of(value)) {
      if (modes_.contains(token)) continue;
      if (modes_.size() >= most) {
        out.error = too_many;
        break;
      }
      modes_[token] = tick_mode::quote;
      out.fresh.push_back(token);
    }
  } else if (action == "unsubscribe") {
    for (const std::uint32_t token : tokens_of(value)) modes_.erase(token);
  } else if (action == "mode" && value.size() == 2 && value[1].is_array() && mode_of(value[0])) {
    for (const std::uint32_t token : tokens_of(value[1])) {
      const auto found = modes_.find(token);
      if (found == modes_.end()) continue;
      found->second = *mode_of(value[0]);
      out.fresh.push_back(token);
    }
  } else {
    out.error = not_understood;
  }
  return out;
}

}  // namespace bulkhead::kite_sim
