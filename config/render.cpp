#include "config/render.hpp"

#include "config/option_value.hpp"
#include "config/schema.hpp"
#include "config/values.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::config {
namespace {

using nlohmann::json;

json value_of(const option& row, const field& source) {
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
          {"brokers", brokers},   {"instruments", s.instruments}, {"parameters", s.parameters}};
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
      for (broker_settings& b : copy.brokers) put(out, path_for(row, b.id.str()), value_of(row, row.at(copy, b)));
    } else {
      put(out, std::string{row.path}, value_of(row, row.at(copy, unused)));
    }
  }
  out["strategies"] = json::array();
  for (const strategy_settings& strategy : s.strategies) out["strategies"].push_back(strategy_json(strategy));
  return out;
}

std::string to_table(std::span<const effective_option> options) {
  std::size_t key = 0;
  std::size_t value = 0;
  const auto text = [](const effective_option& o) { return o.value.empty() ? std::string{"(not set)"} : o.value; };
  for (const effective_option& o : options) {
    key = std::max(key, o.key.size());
    value = std::max(value, text(o).size());
  }
  std::string out;
  for (const effective_option& o : options) {
    out += fmt::format("{:<{}}  {:<{}}  {}\n", o.key, key, text(o), value, o.source);
  }
  return out;
}

}  // namespace bulkhead::config
