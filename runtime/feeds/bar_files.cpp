#include "runtime/feeds/bar_files.hpp"

#include "runtime/feeds/csv_files.hpp"

#include <fstream>
#include <sstream>

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
  result.error = list_csv_files(selection.path, fmt::format("1-minute bars ({})", bar_csv_header), files);
  if (!result.error.empty()) return result;
  loader load{selection, instruments};
  for (const fs::path& file : files) load.read(file, result);
  result.files = files.size();
  return result;
}

}  // namespace bulkhead
