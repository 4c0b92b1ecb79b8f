#include "runtime/feeds/csv_files.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace bulkhead {

namespace fs = std::filesystem;

std::string list_csv_files(const fs::path& path, std::string_view content, std::vector<fs::path>& out) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    return fmt::format("{}: there is no such file or folder; allowed: a folder with *.csv files or one CSV file",
                       path.string());
  }
  if (fs::is_regular_file(status)) {
    out.push_back(path);
    return {};
  }
  if (!fs::is_directory(status)) {
    return fmt::format("{}: neither a folder nor a regular file", path.string());
  }
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->path().extension() == ".csv" && it->is_regular_file(ignored)) out.push_back(it->path());
  }
  if (error) return fmt::format("{}: the folder cannot be read: {}", path.string(), error.message());
  if (out.empty()) {
    return fmt::format("{}: the folder has no *.csv file; allowed: files of {}", path.string(), content);
  }
  std::ranges::sort(out, {}, [](const fs::path& p) { return p.filename().string(); });
  return {};
}

}  // namespace bulkhead
