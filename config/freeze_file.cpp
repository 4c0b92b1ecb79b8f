#include "config/freeze_file.hpp"

#include "config/csv_lines.hpp"
#include "config/text_file.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

constexpr std::string_view header = "key,quantity";
constexpr std::string_view key_form = "an instrument's key (NSE:NIFTY) or an underlying's name (NIFTY)";

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= 80 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != '|' && c != '"'; });
}

bool is_instrument_key(std::string_view key) { return key.find(':') != std::string_view::npos; }

void read_row(std::string_view line, const origin& at, freeze_quantities& out, finding_list& findings) {
  const auto fields = split_fields(line);
  if (!fields || fields->size() != 2) {
    findings.add(at, line, "two fields: key,quantity", "look for a comma too many or too few");
    return;
  }
  const std::string& key = fields->front();
  const auto units = parse_integer(fields->back());
  const bool good_units = units && *units >= 1 && *units <= max_quantity;
  if (!is_key(key)) findings.add({at.file, at.line, "key"}, key, std::string{key_form}, "correct the key");
  if (!good_units) {
    findings.add({at.file, at.line, "quantity"}, fields->back(), fmt::format("integer, 1 to {} units", max_quantity),
                 "correct it, or remove the row: then no quantity is too large");
  }
  if (!is_key(key) || !good_units) return;
  const auto [it, fresh] = out.rows.emplace(key, freeze_row{*units, at.line});
  if (!fresh) {
    findings.add({at.file, at.line, "key"}, key, "each key once",
                 fmt::format("first given on line {}; remove one of the two", it->second.line));
  }
}

}  // namespace

quantity freeze_quantities::of(std::string_view key, std::string_view segment, std::string_view name) const {
  if (const auto own = rows.find(key); own != rows.end()) return own->second.units;
  if (!segment.ends_with("-FUT") && !segment.ends_with("-OPT")) return 0;
  const auto underlying = rows.find(name);
  return underlying == rows.end() ? 0 : underlying->second.units;
}

std::optional<freeze_quantities> read_freeze_quantities(const std::filesystem::path& file, const origin& where,
                                                        finding_list& findings) {
  const std::size_t before = findings.size();
  const auto text = read_text_file(file, where, findings);
  if (!text) return std::nullopt;
  freeze_quantities out;
  bool header_seen = false;
  for_each_line(*text, [&](std::string_view line, int number) {
    const origin at{file.string(), number, ""};
    if (line.starts_with('#')) return true;
    if (header_seen) {
      read_row(line, at, out, findings);
      return true;
    }
    header_seen = line == header;
    if (!header_seen) findings.add(at, line, fmt::format("the header {}", header), "put it above the first row");
    return header_seen;
  });
  if (!header_seen && findings.size() == before) {
    findings.add({file.string(), 1, ""}, "", fmt::format("the header {}", header), "fill the file");
  }
  if (findings.size() != before) return std::nullopt;
  return out;
}

void check_freeze_keys(const freeze_quantities& freeze, const std::filesystem::path& file,
                       const instrument_table& instruments, finding_list& findings) {
  std::vector<std::string> known;
  for (const instrument& row : instruments.rows()) known.push_back(row.key);
  for (const auto& [key, row] : freeze.rows) {
    if (!is_instrument_key(key) || instruments.find(key)) continue;
    const std::string hint = did_you_mean(key, known);
    findings.add({file.string(), row.line, "key"}, key, "an instrument of files.instruments, or an underlying's name",
                 hint.empty() ? "add the instrument there, or remove the row" : hint);
  }
}

}  // namespace bulkhead::config
