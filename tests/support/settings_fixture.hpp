#pragma once
// Settings for whole-system tests: the shipped configuration, two paper brokers that both trade the session in
// tests/data, journals in memory.
#include "config/loader.hpp"
#include "strategies/registry.hpp"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace bulkhead::test {

inline std::shared_ptr<const config::settings> two_paper_brokers(
    const std::map<std::string, std::string>& overrides = {}) {
  config::load_request request;
  request.file = std::string{BULKHEAD_SOURCE_DIR} + "/config/bulkhead.yaml";
  request.environment = {
      {"ACTIVE_BROKERS", "paper,paper2"}, {"TRADING__PAPER2__KIND", "paper"}, {"TRADING__PAPER2__ENABLED", "true"}};
  request.overrides = {{"feed.path", std::string{BULKHEAD_SOURCE_DIR} + "/tests/data"},
                       {"files.strategies", std::string{BULKHEAD_SOURCE_DIR} + "/strategies"},
                       {"journal.backend", "memory"},
                       {"journal.snapshot_every_events", "60"},
                       {"feed.batch", "16"},
                       {"feed.max_in_flight", "64"}};
  for (const auto& [key, value] : overrides) request.overrides[key] = value;
  for (const strategy_kind& kind : strategy_kinds()) {
    request.strategy_kinds[kind.name] = {kind.parameters, kind.cross_check};
  }
  config::load_result result = config::load(request);
  for (const config::finding& f : result.findings) throw std::runtime_error(f.text());
  return std::make_shared<const config::settings>(std::move(*result.value));
}

}  // namespace bulkhead::test
