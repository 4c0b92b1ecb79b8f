#include "tools/kite_sim/core/faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 22> kind_names = {
    "latency",        "http_429",    "http_5xx",      "html",        "lost_reply",    "lost_request",
    "cut_reply",      "reject",      "refuse_modify", "hold",        "partial_fill",  "duplicate_update",
    "reorder_update", "drop_update", "socket_cut",    "socket_mute", "garbage_frame", "truncated_frame",
    "token_revoked",  "book_lag",    "book_empty",    "http_400"};

fault_kind kind_of(std::string_view name) {
  const auto found = std::ranges::find(kind_names, name);
  if (found != kind_names.end()) return static_cast<fault_kind>(found - kind_names.begin());
  throw std::invalid_argument(fmt::format("fault: given \"{}\", allowed: {}", name, fmt::join(kind_names, ", ")));
}

std::int64_t default_value(fault_kind kind) {
  switch (kind) {
    case fault_kind::http_5xx:
      return 503;
    case fault_kind::html:
      return 502;
    case fault_kind::latency:
    case fault_kind::book_lag:
      return 1000;
    case fault_kind::hold:
    case fault_kind::socket_mute:
      return 10;
    case fault_kind::partial_fill:
      return 50;
    default:
      return 0;
  }
}

/// A value of the short form as the JSON that the long form has.
json value_of(const std::string& name, const std::string& text) {
  if (name == "method" || name == "path" || name == "message") return text;
  if (name == "after") return text == "true" || text == "1";
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument(fmt::format("fault: {}: given \"{}\", allowed: a number", name, text));
  }
  if (name == "probability") return number;
  return static_cast<std::int64_t>(number);
}

void check(const fault_rule& rule) {
  if (rule.probability < 0 || rule.probability > 1) {
    throw std::invalid_argument(fmt::format("fault: probability: given {}, allowed: 0 to 1", rule.probability));
  }
  const bool is_status = rule.kind == fault_kind::http_5xx || rule.kind == fault_kind::html;
  const std::int64_t least = is_status ? 200 : 0;
  const std::int64_t most = is_status ? 599 : rule.kind == fault_kind::partial_fill ? 100 : 86'400'000;
  if (rule.value < least || rule.value > most) {
    throw std::invalid_argument(
        fmt::format("fault: {}: value: given {}, allowed: {} to {}", text_of(rule.kind), rule.value, least, most));
  }
}

}  // namespace

std::string_view text_of(fault_kind kind) { return kind_names.at(static_cast<std::size_t>(kind)); }

std::uint64_t faults::add(fault_rule rule) {
  rule.id = ++last_id_;
  rules_.push_back(std::move(rule));
  return last_id_;
}

bool faults::remove(std::uint64_t id) {
  return std::erase_if(rules_, [&](const fault_rule& rule) { return rule.id == id; }) > 0;
}

std::optional<fault_rule> faults::strike(fault_kind kind, std::string_view method, std::string_view path) {
  for (fault_rule& rule : rules_) {
    if (rule.kind != kind || (rule.count && *rule.count == 0)) continue;
    if (!rule.method.empty() && rule.method != method) continue;
    if (!path.starts_with(rule.path)) continue;
    constexpr double whole = 4294967296.0;
    if (static_cast<double>(draw_() >> 32U) >= rule.probability * whole) continue;
    if (rule.count) --*rule.count;
    ++rule.struck;
    return rule;
  }
  return std::nullopt;
}

std::string faults::random_bytes(std::size_t count) {
  std::string out;
  while (out.size() < count) out += static_cast<char>(draw_() & 0xffU);
  return out;
}

fault_rule read_fault(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  json fields = {{"kind", text.substr(0, colon)}};
  text.remove_prefix(std::min(colon + 1, text.size()));
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      throw std::invalid_argument(fmt::format("fault: given \"{}\", allowed: name=value", part));
    }
    const std::string name{part.substr(0, equals)};
    fields[name] = value_of(name, std::string{part.substr(equals + 1)});
  }
  return read_fault(fields);
}

fault_rule read_fault(const json& fields) {
  if (!fields.is_object()) throw std::invalid_argument("fault: allowed: a JSON object with \"kind\"");
  static constexpr std::array<std::string_view, 8> names = {"kind",  "probability", "count", "value",
                                                            "after", "method",      "path",  "message"};
  for (const auto& [name, value] : fields.items()) {
    if (std::ranges::find(names, name) != names.end()) continue;
    throw std::invalid_argument(fmt::format("fault: given \"{}\", allowed: {}", name, fmt::join(names, ", ")));
  }
  try {
    fault_rule rule;
    rule.kind = kind_of(fields.at("kind").get<std::string>());
    rule.probability = fields.value("probability", 1.0);
    if (fields.contains("count")) rule.count = fields.at("count").get<std::uint64_t>();
    rule.value = fields.value("value", default_value(rule.kind));
    rule.after = fields.value("after", false);
    rule.method = fields.value("method", "");
    rule.path = fields.value("path", "");
    rule.message = fields.value("message", "");
    check(rule);
    return rule;
  } catch (const json::exception& e) {
    throw std::invalid_argument(fmt::format("fault: {}", e.what()));
  }
}

json fault_row(const fault_rule& rule) {
  return {{"id", rule.id},
          {"kind", text_of(rule.kind)},
          {"probability", rule.probability},
          {"count", rule.count ? json(*rule.count) : json(nullptr)},
          {"value", rule.value},
          {"after", rule.after},
          {"method", rule.method},
          {"path", rule.path},
          {"message", rule.message},
          {"struck", rule.struck}};
}

}  // namespace bulkhead::kite_sim
