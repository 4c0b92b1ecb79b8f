#pragma once
// Settings as people and programs read them: what counts, and who said so. No function here shows a secret
// (config/redaction.hpp).
#include "config/loader.hpp"

#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::config {

/// The settings as nested JSON under the names of bulkhead.yaml, the enabled strategies under strategies.enabled.
/// Amounts are exact decimal strings. The content of instruments and charges is not repeated: files.* names them. The
/// same settings give the same text.
[[nodiscard]] nlohmann::json to_json(const settings& s);

/// A list of {key, value, source}, the value as text.
[[nodiscard]] nlohmann::json to_json(std::span<const effective_option> options);

/// A list of {file, line, key, given, allowed, hint}.
[[nodiscard]] nlohmann::json to_json(std::span<const finding> findings);

/// Lines "name  value  source" in aligned columns below the name of their section, at most 100 columns wide; a cell
/// that is longer goes on in the next line.
[[nodiscard]] std::string to_table(std::span<const effective_option> options);

}  // namespace bulkhead::config
