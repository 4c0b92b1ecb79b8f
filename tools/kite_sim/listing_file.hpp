#pragma once
// Reads the instrument list that the simulator serves. Blocking; at start only.
#include "tools/kite_sim/core/listing.hpp"

#include <filesystem>

namespace bulkhead::kite_sim {

/// Kite's CSV with its twelve columns, as config/instruments.csv; freeze quantities from `freeze`, empty: none. Throws
/// std::runtime_error with every finding, a line each.
[[nodiscard]] listing read_listing(const std::filesystem::path& instruments, const std::filesystem::path& freeze);

}  // namespace bulkhead::kite_sim
