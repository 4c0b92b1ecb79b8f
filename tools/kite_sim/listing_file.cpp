#include "tools/kite_sim/listing_file.hpp"

#include "config/csv_lines.hpp"
#include "config/freeze_file.hpp"
#include "config/instrument_file.hpp"
#include "config/text_file.hpp"

#include <stdexcept>
#include <utility>

namespace bulkhead::kite_sim {
namespace {

[[noreturn]] void give_up(config::finding_list& findings) {
  std::string text;
  for (const config::finding& one : findings.take()) text += (text.empty() ? "" : "\n") + one.text();
  throw std::runtime_error(text);
}

/// The fields were checked by read_instruments.
listing_columns columns_of(const std::map<std::string, std::string>& row) {
  listing_columns out;
  out.exchange_token = std::stoll(row.at("exchange_token"));
  out.name = row.at("name");
  out.last_price = price{parse_fixed(row.at("last_price")).value_or(0)};
  out.expiry = row.at("expiry");
  out.strike = price{parse_fixed(row.at("strike")).value_or(0)};
  out.instrument_type = row.at("instrument_type");
  return out;
}

}  // namespace

listing read_listing(const std::filesystem::path& instruments, const std::filesystem::path& freeze) {
  config::finding_list findings;
  config::freeze_quantities freezes;
  if (!freeze.empty()) {
    const auto read = config::read_freeze_quantities(freeze, {"command line", 0, "--freeze"}, findings);
    if (!read) give_up(findings);
    freezes = *read;
  }
  const config::origin where{"command line", 0, "--instruments"};
  auto table = config::read_instruments(instruments, where, freezes, findings);
  const auto text = table ? config::read_text_file(instruments, where, findings) : std::nullopt;
  if (!text) give_up(findings);
  std::vector<std::string> names;
  std::vector<listing_columns> columns;
  config::for_each_line(*text, [&](std::string_view line, int) {
    const auto values = config::split_fields(line).value_or(std::vector<std::string>{});
    if (names.empty()) {
      names = values;
      return true;
    }
    std::map<std::string, std::string> row;
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = values.at(i);
    columns.push_back(columns_of(row));
    return true;
  });
  return {std::move(*table), std::move(columns)};
}

}  // namespace bulkhead::kite_sim
