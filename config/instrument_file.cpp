#include "config/instrument_file.hpp"

#include "config/csv_lines.hpp"
#include "config/text_file.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

const std::vector<std::string> column_names = {"instrument_token", "exchange_token",  "tradingsymbol", "name",
                                               "last_price",       "expiry",          "strike",        "tick_size",
                                               "lot_size",         "instrument_type", "segment",       "exchange"};

using fields = std::vector<std::string>;

bool is_exchange(std::string_view text) {
  return !text.empty() && text.size() <= 10 &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

/// Symbols become part of keys, ids and file names of views: no separator of those may be in one.
bool is_symbol(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != ':' && c != '|' && c != '"'; });
}

bool is_amount(std::string_view text) {
  const auto raw = parse_fixed(text);
  return raw && *raw >= 0;
}

/// Fills the table row by row. A local variable of read_instruments.
class table_reader {
 public:
  table_reader(std::string file, const freeze_quantities& freeze, finding_list& findings)
      : file_(std::move(file)), freeze_(freeze), findings_(findings) {}

  /// False: the columns cannot be told apart, so no row can be read.
  bool header(const fields& names, int line) {
    const std::size_t before = findings_.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const origin where{file_, line, names[i]};
      if (std::ranges::find(column_names, names[i]) == column_names.end()) {
        findings_.add(where, names[i], "the columns " + join(column_names), did_you_mean(names[i], column_names));
      } else if (!columns_.emplace(names[i], i).second) {
        findings_.add(where, names[i], "each column once", "remove the repeated one");
      }
    }
    for (const std::string& name : column_names) {
      if (columns_.contains(name)) continue;
      findings_.add({file_, line, name}, "", "a column of this name", "add it to the header and to every row");
    }
    return findings_.size() == before;
  }

  void row(const fields& values, int line) {
    line_ = line;
    values_ = &values;
    if (values.size() != columns_.size()) {
      findings_.add({file_, line, ""}, fmt::format("{} fields", values.size()),
                    fmt::format("{} fields, as in the header", columns_.size()),
                    "look for a comma too many or too few");
      return;
    }
    const std::size_t before = findings_.size();
    const instrument read = identity(numbers());
    rest();
    if (findings_.size() == before) add(read);
  }

  [[nodiscard]] instrument_table take() { return std::move(table_); }

 private:
  [[nodiscard]] const std::string& value(const std::string& column) const { return (*values_)[columns_.at(column)]; }

  void require(bool good, const std::string& column, const char* allowed) {
    if (!good) findings_.add({file_, line_, column}, value(column), allowed, "correct the row, or fetch the list anew");
  }

  instrument numbers() {
    instrument read;
    const auto token = parse_integer(value("instrument_token"));
    require(token && *token >= 1 && *token <= UINT32_MAX, "instrument_token", "integer, 1 to 4294967295");
    read.token = static_cast<std::uint32_t>(token.value_or(0));
    const auto tick = parse_price(value("tick_size"));
    require(tick.has_value(), "tick_size", "rupees, more than 0, at most 10000000.00, at most four decimals");
    read.tick_size = tick.value_or(price{});
    const auto lot = parse_integer(value("lot_size"));
    require(lot && *lot >= 1 && *lot <= max_quantity, "lot_size", "integer, 1 to 1000000 units");
    read.lot_size = lot.value_or(0);
    return read;
  }

  instrument identity(instrument read) {
    read.exchange = value("exchange");
    require(is_exchange(read.exchange), "exchange", "1 to 10 capital letters, e.g. NSE");
    read.tradingsymbol = value("tradingsymbol");
    require(is_symbol(read.tradingsymbol), "tradingsymbol", "1 to 64 printable ASCII characters, none of : | \"");
    read.segment = value("segment");
    require(is_symbol(read.segment), "segment", "a segment, e.g. NSE or INDICES");
    read.key = read.exchange + ":" + read.tradingsymbol;
    read.freeze_quantity = freeze_.of(read.key, read.segment, value("name"));
    return read;
  }

  /// Columns that nothing computes with; a shifted row shows in them.
  void rest() {
    const auto exchange_token = parse_integer(value("exchange_token"));
    require(exchange_token && *exchange_token >= 0, "exchange_token", "integer, 0 or more");
    require(is_amount(value("last_price")), "last_price", "rupees, 0 or more, at most four decimals");
    require(is_amount(value("strike")), "strike", "rupees, 0 or more, at most four decimals");
    const std::string& expiry = value("expiry");
    require(expiry.empty() || parse_settings_date(expiry), "expiry", "nothing, or a date that exists, yyyy-mm-dd");
    require(is_symbol(value("instrument_type")), "instrument_type", "a type, e.g. EQ, FUT, CE, PE");
  }

  void add(const instrument& read) {
    const auto [token, fresh_token] = tokens_.emplace(read.token, line_);
    if (!fresh_token) repeated("instrument_token", token->second);
    const auto [key, fresh_key] = keys_.emplace(read.key, line_);
    if (!fresh_key) repeated("tradingsymbol", key->second);
    if (fresh_token && fresh_key) table_.add(read);
  }

  void repeated(const std::string& column, int first) {
    findings_.add({file_, line_, column}, value(column), "each instrument once",
                  fmt::format("first given on line {}; remove one of the two", first));
  }

  std::string file_;
  const freeze_quantities& freeze_;
  finding_list& findings_;
  std::map<std::string, std::size_t> columns_;
  std::map<std::uint32_t, int> tokens_;
  std::map<std::string, int> keys_;
  instrument_table table_;
  const fields* values_ = nullptr;
  int line_ = 0;
};

}  // namespace

std::optional<instrument_table> read_instruments(const std::filesystem::path& file, const origin& where,
                                                 const freeze_quantities& freeze, finding_list& findings) {
  const std::size_t before = findings.size();
  const auto text = read_text_file(file, where, findings);
  if (!text) return std::nullopt;

  table_reader reader{file.string(), freeze, findings};
  bool header_seen = false;
  for_each_line(*text, [&](std::string_view line, int number) {
    const auto values = split_fields(line);
    if (!values) {
      findings.add({file.string(), number, ""}, line, "fields between commas, quotes in pairs", "mend the quotes");
      return header_seen;
    }
    if (header_seen) {
      reader.row(*values, number);
      return true;
    }
    header_seen = true;
    return reader.header(*values, number);
  });
  if (!header_seen && findings.size() == before) {
    findings.add({file.string(), 1, ""}, "", "a header line: " + join(column_names), "fill the file");
  }
  if (findings.size() != before) return std::nullopt;
  return reader.take();
}

}  // namespace bulkhead::config
