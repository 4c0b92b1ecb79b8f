#pragma once
// freeze_quantities.csv: the largest order of an instrument that the exchange takes.
#include "config/finding.hpp"
#include "runtime/domain/market.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::config {

struct freeze_row {
  quantity units = 0;
  int line = 0;
};

/// By key: an instrument's (NSE:NIFTY), or an underlying's name (NIFTY), which stands for every future and option on
/// it.
struct freeze_quantities {
  std::map<std::string, freeze_row, std::less<>> rows;

  /// 0: none is known. `name`: the column of that name, which for a derivative holds its underlying.
  [[nodiscard]] quantity of(std::string_view key, std::string_view segment, std::string_view name) const;
};

/// Lines key,quantity below a header of these two names; a line that begins with # is a comment. A wrong header, an
/// ill-typed field or a key given twice are findings, and then there is nothing. `where`: the option that names it.
[[nodiscard]] std::optional<freeze_quantities> read_freeze_quantities(const std::filesystem::path& file,
                                                                      const origin& where, finding_list& findings);

/// An instrument's key that the instrument list does not hold is a finding: it would freeze nothing.
void check_freeze_keys(const freeze_quantities& freeze, const std::filesystem::path& file,
                       const instrument_table& instruments, finding_list& findings);

}  // namespace bulkhead::config
