#include "tools/app/cli_options.hpp"

#include <fmt/format.h>

namespace bulkhead::app {

void override_option(CLI::App& command, common_options& options, const std::string& flag, const std::string& key,
                     const std::string& doc) {
  command.add_option_function<std::string>(
      flag, [&options, key](const std::string& value) { options.overrides[key] = value; },
      fmt::format("{} (overrides {})", doc, key));
}

void add_common(CLI::App& command, common_options& options) {
  command.add_option("--config", options.config, "Configuration file")->capture_default_str();
  command.add_flag("--json", options.json, "Print JSON instead of tables");
  command.add_option_function<std::vector<std::string>>(
      "--set",
      [&options](const std::vector<std::string>& items) {
        for (const std::string& item : items) {
          const auto equals = item.find('=');
          if (equals == 0 || equals == std::string::npos) {
            throw CLI::ValidationError("--set", fmt::format("given \"{}\", allowed: dotted.key=value", item));
          }
          options.overrides[item.substr(0, equals)] = item.substr(equals + 1);
        }
      },
      "Override any option of the configuration: dotted.key=value");
}

}  // namespace bulkhead::app
