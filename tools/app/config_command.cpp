#include "config/render.hpp"
#include "tools/app/commands.hpp"

#include <algorithm>
#include <span>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

/// An option of a broker that is mentioned but does not run.
bool is_idle(const config::effective_option& o, const config::settings& s) {
  return o.key.starts_with("trading.") && std::ranges::none_of(s.brokers, [&](const config::broker_settings& b) {
           return o.key.starts_with("trading." + b.id.str() + ".");
         });
}

}  // namespace

int config_show(const config_options& options) {
  config::load_result result = load(options.common);
  const std::span<const config::finding> findings = result.findings;
  if (result.value && !options.all) {
    std::erase_if(result.effective, [&](const auto& o) { return is_idle(o, *result.value); });
  }
  const std::span<const config::effective_option> rows = result.effective;
  if (options.common.json) {
    nlohmann::json out{{"valid", result.value.has_value()}, {"findings", config::to_json(findings)}};
    if (result.value) out["options"] = config::to_json(rows);
    fmt::print("{}\n", out.dump(1));
    return result.value ? exit_done : exit_usage;
  }
  for (const config::finding& f : findings) fmt::print(stderr, "{}\n", f.text());
  if (!result.value) {
    fmt::print(stderr, "bulkhead: {} problem(s) in the configuration\n", findings.size());
    return exit_usage;
  }
  fmt::print("{}", config::to_table(rows));
  return exit_done;
}

}  // namespace bulkhead::app
