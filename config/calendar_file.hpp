#pragma once
// holidays.csv: the dates on which the exchange departs from Monday to Friday at the usual hours.
#include "config/finding.hpp"
#include "runtime/domain/session.hpp"

#include <filesystem>
#include <memory>

namespace bulkhead::config {

/// Rows `date,kind,open,close,name` below a header line that says so; a line that begins with # is a comment. kind
/// `holiday`: no session, open and close empty. kind `special`: a session from open to close (hh:mm, IST), whatever the
/// weekday. Strict: a wrong header, another number of fields, a date that does not exist or is given twice, hours that
/// are not within a day are findings, and then there is no calendar (nullptr). `where`: the option that names the file.
[[nodiscard]] std::shared_ptr<const trading_calendar> read_calendar(const std::filesystem::path& file,
                                                                    const origin& where, finding_list& findings);

}  // namespace bulkhead::config
