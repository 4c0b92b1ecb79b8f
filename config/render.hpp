#pragma once
// Settings as people and programs read them: what counts, and who said so.
#include "config/loader.hpp"

#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::config {

/// The settings as nested JSON under the names of bulkhead.yaml, with the enabled `strategies` beside them. Amounts
/// are exact decimal strings. The content of instruments and charges is not repeated: files.* names them. The same
/// settings give the same text.
[[nodiscard]] nlohmann::json to_json(const settings& s);

/// Lines "key  value  source" in aligned columns, one per option.
[[nodiscard]] std::string to_table(std::span<const effective_option> options);

}  // namespace bulkhead::config
