#pragma once
// A set of strategies as text: what the runner journals of a reload, so that a recovery does not depend on what the
// files say by then.
#include "config/settings.hpp"

#include <string>
#include <vector>

namespace bulkhead::app {

/// JSON; equal sets give equal text.
[[nodiscard]] std::string to_text(const std::vector<config::strategy_settings>& set);
/// The inverse (but for `file`). Throws std::invalid_argument that names the strategy and what is wrong.
[[nodiscard]] std::vector<config::strategy_settings> strategy_set_of(const std::string& text);

/// Kind, instruments and parameters: what the history of a strategy depends on.
[[nodiscard]] std::string fingerprint_of(const config::strategy_settings& s);

}  // namespace bulkhead::app
