#include "config/render.hpp"
#include "runtime/brokers/registry.hpp"
#include "tools/app/commands.hpp"

#include <algorithm>
#include <span>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

void print_summary(const config::settings& s) {
  fmt::print("\nvalid: {} broker(s), {} strategy(ies), {} instruments\n", s.brokers.size(), s.strategies.size(),
             s.instruments.size());
  for (const config::broker_settings& b : s.brokers) {
    fmt::print("  {} (kind {}): {}\n", b.id.str(), b.kind,
               b.enabled ? "orders are placed" : "signals are validated, no order is placed");
  }
  for (const config::strategy_settings& one : s.strategies) {
    const bool addressed = std::ranges::any_of(s.brokers, [&](const config::broker_settings& b) {
      return std::ranges::find(one.brokers, b.id) != one.brokers.end();
    });
    if (!addressed) fmt::print("  note: strategy {} names no active broker\n", one.name.str());
  }
}

}  // namespace

int validate(const common_options& options) {
  const config::load_result result = load(options);
  if (options.json) {
    nlohmann::json out{{"valid", result.value.has_value()}, {"findings", config::to_json(std::span{result.findings})}};
    if (result.value) out["settings"] = config::to_json(*result.value);
    fmt::print("{}\n", out.dump(1));
    return result.value ? exit_done : exit_usage;
  }
  for (const config::finding& f : result.findings) fmt::print(stderr, "{}\n", f.text());
  if (!result.value) {
    fmt::print(stderr, "bulkhead: {} problem(s) in the configuration\n", result.findings.size());
    return exit_usage;
  }
  fmt::print("{}", config::to_table(result.effective));
  print_summary(*result.value);
  return exit_done;
}

}  // namespace bulkhead::app
