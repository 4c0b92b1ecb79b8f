#pragma once
// Options from the environment, from a .env file and from the command line.
//
// Every option has a variable: its dotted path in upper case with `__` between levels (TRADING__PAPER__RISK__
// MAX_ORDER_QUANTITY). A variable that begins with a section's name and `__` but names no option is a finding; any
// other variable is somebody else's and is ignored.
#include "config/yaml_options.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace bulkhead::config {

/// "trading.paper.kind" to "TRADING__PAPER__KIND".
[[nodiscard]] std::string variable_name(std::string_view path);

void collect_environment(const std::map<std::string, std::string>& variables, source_values& out,
                         finding_list& findings);

/// KEY=VALUE lines; blank lines and lines that begin with # are skipped; a value may stand in ' or "; after an unquoted
/// value " #" begins a comment. An absent file gives nothing. Nothing in it is expanded or executed.
void collect_env_file(const std::filesystem::path& file, source_values& out, finding_list& findings);

/// Dotted key -> text.
void collect_overrides(const std::map<std::string, std::string>& overrides, source_values& out, finding_list& findings);

}  // namespace bulkhead::config
