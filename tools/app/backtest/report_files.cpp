#include "tools/app/backtest/report_files.hpp"

#include "tools/app/backtest/csv_tables.hpp"
#include "tools/app/backtest/page.hpp"

#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

/// Under another name first: a reader never sees half a file.
void write_file(const std::filesystem::path& file, const std::string& content) {
  std::filesystem::path part = file;
  part += ".part";
  std::ofstream out{part, std::ios::binary | std::ios::trunc};
  out << content;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(part, file, error);
  if (!out || error) {
    throw std::runtime_error(
        fmt::format("{}: could not be written; check the folder's permissions and free space", file.string()));
  }
}

}  // namespace

std::string prepare_report_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && std::filesystem::is_directory(folder)) return {};
  return fmt::format("--report: given \"{}\", allowed: a folder that exists or can be made ({}); choose another",
                     folder.string(), error ? error.message() : "a file has that name");
}

void write_report(const backtest_results& r, const std::filesystem::path& folder) {
  const nlohmann::json summary = summary_json(r);
  write_file(folder / "trades.csv", trades_csv(r));
  write_file(folder / "fills.csv", fills_csv(r));
  write_file(folder / "equity.csv", equity_csv(r));
  write_file(folder / "summary.json", summary.dump(1) + "\n");
  write_file(folder / "report.html", page_html(r, summary));
}

}  // namespace bulkhead::app
