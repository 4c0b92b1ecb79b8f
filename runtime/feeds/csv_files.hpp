#pragma once
// Which files a feed reads. Blocking file access: at start only.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

/// The file itself, or a folder's `*.csv` in order of name. Empty on success, otherwise what was found and what is
/// allowed. `content`: what the files should hold, for the message.
[[nodiscard]] std::string list_csv_files(const std::filesystem::path& path, std::string_view content,
                                         std::vector<std::filesystem::path>& out);

}  // namespace bulkhead
