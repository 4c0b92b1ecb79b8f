#include "runtime/feeds/bar_files.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace bulkhead {
namespace {

namespace fs = std::filesystem;

/// The whole file; nullopt when it cannot be read.
std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in) return std::nullopt;
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (in.bad() || text.bad()) return std::nullopt;
  return std::move(text).str();
}

/// Takes the next line off `rest`, without its end ("\n" or "\r\n").
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The file itself, or a folder's `*.csv` by name. An error text on failure.
std::string list_files(const fs::path& path, std::vector<fs::path>& out) {
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
    return fmt::format("{}: the folder has no *.csv file; allowed: files of 1-minute bars ({})", path.string(),
                       bar_csv_header);
  }
  std::ranges::sort(out, {}, [](const fs::path& p) { return p.filename().string(); });
  return {};
}

class loader {
 public:
  loader(const bar_selection& selection, const instrument_table& instruments)
      : selection_(&selection), parser_(instruments) {}

  void read(const fs::path& path, bar_load& into) {
    const std::string name = path.string();
    const auto text = read_file(path);
    if (!text) {
      into.problems.push_back({name, 0, "the file cannot be read; left out whole"});
      return;
    }
    std::string_view rest{*text};
    if (const std::string_view header = take_line(rest); header != bar_csv_header) {
      into.problems.push_back(
          {name, 1,
           fmt::format("header {}, allowed: {}; the file is left out whole", quoted_text(header), bar_csv_header)});
      return;
    }
    for (std::uint64_t line = 2; !rest.empty(); ++line) {
      if (const std::string_view row = take_line(rest); !row.empty()) read_row(name, line, row, into);
    }
  }

 private:
  void read_row(const std::string& file, std::uint64_t line, std::string_view text, bar_load& into) {
    bar row;
    if (std::string problem = parser_.parse(text, row); !problem.empty()) {
      into.problems.push_back({file, line, std::move(problem)});
      return;
    }
    ++into.good_rows;
    const trade_date date = date_of(row.end);
    if (selection_->from && date < *selection_->from) return;
    if (selection_->to && date > *selection_->to) return;
    into.bars.push_back(row);
  }

  const bar_selection* selection_;
  bar_csv_parser parser_;
};

}  // namespace

bar_load load_bars(const bar_selection& selection, const instrument_table& instruments) {
  bar_load result;
  std::vector<fs::path> files;
  result.error = list_files(selection.path, files);
  if (!result.error.empty()) return result;
  loader load{selection, instruments};
  for (const fs::path& file : files) load.read(file, result);
  result.files = files.size();
  return result;
}

}  // namespace bulkhead
