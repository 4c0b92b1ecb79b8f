#pragma once
// instruments.csv: Kite's instrument list, twelve columns found by their header names.
#include "config/finding.hpp"
#include "config/freeze_file.hpp"
#include "runtime/domain/market.hpp"

#include <filesystem>
#include <optional>

namespace bulkhead::config {

/// The table in file order, each row with its quantity of `freeze`. Strict: a wrong header, a row with another number
/// of fields, an ill-typed field, a token or a key given twice are findings, and then there is no table. `where`: the
/// option that names the file.
[[nodiscard]] std::optional<instrument_table> read_instruments(const std::filesystem::path& file, const origin& where,
                                                               const freeze_quantities& freeze, finding_list& findings);

}  // namespace bulkhead::config
