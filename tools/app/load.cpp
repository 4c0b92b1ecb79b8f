#include "runtime/brokers/registry.hpp"
#include "strategies/registry.hpp"
#include "tools/app/commands.hpp"

#include <string_view>

#include <fmt/core.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace

config::load_result load(const common_options& options, const std::string& only_broker) {
  config::load_request request;
  request.file = options.config;
  request.environment = process_environment();
  request.env_file = ".env";
  request.overrides = options.overrides;
  if (!only_broker.empty()) request.only_broker = only_broker;
  request.broker_kinds.clear();
  for (const std::string& kind : kinds()) request.broker_kinds[kind] = find_kind(kind)->can_place;
  for (const strategy_kind& kind : strategy_kinds()) {
    request.strategy_kinds[kind.name] = {kind.parameters, kind.cross_check};
  }
  return config::load(request);
}

std::shared_ptr<const config::settings> load_or_explain(const common_options& options) {
  config::load_result result = load(options);
  for (const config::finding& f : result.findings) fmt::print(stderr, "{}\n", f.text());
  if (!result.value) {
    const std::size_t n = result.findings.size();
    fmt::print(stderr, "bulkhead: {} problem{} in the configuration; nothing was started\n", n, n == 1 ? "" : "s");
    return nullptr;
  }
  return std::make_shared<const config::settings>(std::move(*result.value));
}

}  // namespace bulkhead::app
