#pragma once
// Reads one small text file whole.
#include "config/finding.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace bulkhead::config {

/// Bytes of a file, without a UTF-8 byte order mark. Not a readable regular file, over 64 MiB, not UTF-8, or with a
/// control character other than tab and line ends: a finding under `where` and nullopt.
[[nodiscard]] std::optional<std::string> read_text_file(const std::filesystem::path& path, const origin& where,
                                                        finding_list& findings);

/// Well-formed UTF-8 without forbidden control characters; otherwise a finding that names the line, and false.
[[nodiscard]] bool check_text(std::string_view bytes, const std::string& file, finding_list& findings);

}  // namespace bulkhead::config
