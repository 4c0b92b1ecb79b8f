#pragma once
// charges.yaml: brokerage and statutory charges by date and segment.
#include "config/finding.hpp"
#include "runtime/domain/charges.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace bulkhead::config {

/// The periods in order of date, at least one. nullopt: findings say why. `where`: the option that names the file.
[[nodiscard]] std::optional<std::vector<charge_rates>> read_charges(const std::filesystem::path& file,
                                                                    const origin& where, finding_list& findings);

}  // namespace bulkhead::config
