#include "tools/app/strategy_set.hpp"

#include "runtime/domain/orders.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

product product_of(const std::string& text) {
  for (const product p : {product::mis, product::cnc, product::nrml}) {
    if (to_string(p) == text) return p;
  }
  throw std::invalid_argument(fmt::format("product: given \"{}\", allowed: MIS, CNC, NRML", text));
}

config::strategy_settings one_of(const nlohmann::json& from) {
  config::strategy_settings s;
  s.name = strategy_id{from.at("name").get<std::string>()};
  s.strategy = from.at("kind").get<std::string>();
  for (const auto& broker : from.at("brokers")) s.brokers.emplace_back(broker.get<std::string>());
  s.instruments = from.at("instruments").get<std::vector<std::string>>();
  s.product = product_of(from.at("product").get<std::string>());
  s.parameters = from.at("parameters").get<std::map<std::string, std::string>>();
  return s;
}

}  // namespace

std::string to_text(const std::vector<config::strategy_settings>& set) {
  nlohmann::json all = nlohmann::json::array();
  for (const config::strategy_settings& s : set) {
    nlohmann::json brokers = nlohmann::json::array();
    for (const broker_id& b : s.brokers) brokers.push_back(b.str());
    all.push_back({{"name", s.name.str()},
                   {"kind", s.strategy},
                   {"brokers", std::move(brokers)},
                   {"instruments", s.instruments},
                   {"product", to_string(s.product)},
                   {"parameters", s.parameters}});
  }
  return all.dump();
}

std::vector<config::strategy_settings> strategy_set_of(const std::string& text) {
  std::vector<config::strategy_settings> set;
  try {
    for (const auto& from : nlohmann::json::parse(text)) set.push_back(one_of(from));
  } catch (const std::exception& e) {
    throw std::invalid_argument(fmt::format("set of strategies: entry {}: {}", set.size() + 1, e.what()));
  }
  return set;
}

std::string fingerprint_of(const config::strategy_settings& s) {
  std::vector<std::string> instruments = s.instruments;
  std::ranges::sort(instruments);
  return nlohmann::json{{"kind", s.strategy}, {"instruments", instruments}, {"parameters", s.parameters}}.dump();
}

}  // namespace bulkhead::app
