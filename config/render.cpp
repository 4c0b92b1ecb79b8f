#include "config/render.hpp"

#include "config/option_value.hpp"
#include "config/redaction.hpp"
#include "config/schema.hpp"
#include "config/values.hpp"
#include "runtime/domain/orders.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::config {
namespace {

using nlohmann::json;

json value_of(const option& row, const field& source) {
  if (is_secret(row.path)) return shown_value(row.path, show(source));
  if (const auto* number = std::get_if<std::int64_t*>(&source)) return **number;
  if (const auto* number = std::get_if<std::uint64_t*>(&source)) return **number;
  if (const auto* flag = std::get_if<bool*>(&source)) return **flag;
  if (const auto* names = std::get_if<std::vector<std::string>*>(&source)) return **names;
  std::string text = show(source);
  return text.empty() && row.type == value_type::date ? json(nullptr) : json(std::move(text));
}

void put(json& out, const std::string& path, json value) {
  std::string pointer = "/" + path;
  std::ranges::replace(pointer, '.', '/');
  out[json::json_pointer(pointer)] = std::move(value);
}

json strategy_json(const strategy_settings& s) {
  json brokers = json::array();
  for (const broker_id& id : s.brokers) brokers.push_back(id.str());
  return {{"name", s.name.str()}, {"strategy", s.strategy},       {"file", s.file.string()},
          {"brokers", brokers},   {"instruments", s.instruments}, {"product", to_string(s.product)},
          {"risk", s.risk},       {"parameters", s.parameters}};
}

constexpr std::size_t widest_table = 100;
constexpr std::size_t widest_name = 34;
constexpr std::size_t widest_value = 30;

struct table_row {
  std::string section;  ///< "trading.paper.risk"; empty: the option stands at the top
  std::string name;     ///< indented below its section
  std::string value;
  std::string source;
};

table_row row_of(const effective_option& o) {
  const std::size_t dot = o.key.rfind('.');
  const bool top = dot == std::string::npos;
  return {.section = top ? "" : o.key.substr(0, dot),
          .name = top ? o.key : "  " + o.key.substr(dot + 1),
          .value = o.value.empty() ? "(not set)" : shown_value(o.key, o.value),
          .source = o.source};
}

/// The n-th piece of `width` bytes; empty behind the end.
std::string_view piece(std::string_view text, std::size_t n, std::size_t width) {
  return n * width < text.size() ? text.substr(n * width, width) : std::string_view{};
}

/// A cell that is longer than its column goes on below: nothing is cut off.
std::string lines_of(const table_row& row, std::size_t name, std::size_t value) {
  const std::size_t source = widest_table - name - value - 4;
  std::string out;
  for (std::size_t n = 0;; ++n) {
    const auto first = piece(row.name, n, name);
    const auto second = piece(row.value, n, value);
    const auto third = piece(row.source, n, source);
    if (n > 0 && first.empty() && second.empty() && third.empty()) return out;
    std::string line = fmt::format("{:<{}}  {:<{}}  {}", first, name, second, value, third);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
}

}  // namespace

json to_json(const settings& s) {
  settings copy = s;  // the schema's accessors give places to write to
  broker_settings unused;
  json out = json::object();
  for (const option& row : schema()) {
    if (row.type == value_type::brokers) {
      json ids = json::array();
      for (const broker_settings& b : s.brokers) ids.push_back(b.id.str());
      put(out, std::string{row.path}, ids);
    } else if (is_broker_option(row)) {
      for (broker_settings& b : copy.brokers) {
        if (applies(row, b.kind)) put(out, path_for(row, b.id.str()), value_of(row, row.at(copy, b)));
      }
    } else {
      put(out, std::string{row.path}, value_of(row, row.at(copy, unused)));
    }
  }
  json& enabled = out["strategies"]["enabled"] = json::array();
  for (const strategy_settings& strategy : s.strategies) enabled.push_back(strategy_json(strategy));
  return out;
}

json to_json(std::span<const effective_option> options) {
  json rows = json::array();
  for (const effective_option& o : options) {
    rows.push_back({{"key", o.key}, {"value", shown_value(o.key, o.value)}, {"source", o.source}});
  }
  return rows;
}

json to_json(std::span<const finding> findings) {
  json rows = json::array();
  for (const finding& f : findings) {
    rows.push_back({{"file", f.file},
                    {"line", f.line},
                    {"key", f.key},
                    {"given", f.given},
                    {"allowed", f.allowed},
                    {"hint", f.hint}});
  }
  return rows;
}

std::string to_table(std::span<const effective_option> options) {
  std::size_t name = 0;
  std::size_t value = 0;
  std::vector<table_row> rows;
  for (const effective_option& o : options) {
    rows.push_back(row_of(o));
    name = std::max(name, std::min(rows.back().name.size(), widest_name));
    value = std::max(value, std::min(rows.back().value.size(), widest_value));
  }
  std::string out;
  std::string section;
  for (const table_row& row : rows) {
    if (row.section != section) out += row.section + "\n";
    section = row.section;
    out += lines_of(row, name, value);
  }
  return out;
}

}  // namespace bulkhead::config
