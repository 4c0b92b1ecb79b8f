#include "runtime/brokers/zerodha/kite_instruments.hpp"

#include "runtime/brokers/zerodha/kite_decimal.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::array<std::string_view, 12> columns{"instrument_token", "exchange_token",  "tradingsymbol", "name",
                                                   "last_price",       "expiry",          "strike",        "tick_size",
                                                   "lot_size",         "instrument_type", "segment",       "exchange"};
struct column {
  enum index : std::size_t {
    token,
    exchange_token,
    symbol,
    name,
    last_price,
    expiry,
    strike,
    tick,
    lot,
    type,
    segment,
    exchange
  };
};
constexpr std::size_t longest_line = 4096;

std::string shown(std::string_view text) { return fmt::format("\"{}\"", text.substr(0, 60)); }

/// One line after the other, their cells in buffers that are used again.
class csv_reader {
 public:
  explicit csv_reader(std::string_view csv) : rest_(csv) {}

  /// False: no line is left. A line that does not end with a line feed was cut off.
  bool next() {
    if (rest_.empty()) return false;
    ++line_;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) refuse("ends in the middle of the line");
    if (end > longest_line) refuse(fmt::format("{} bytes in the line, allowed: {}", end, longest_line));
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    split(line);
    return true;
  }

  [[nodiscard]] const std::string& at(std::size_t column) const { return cells_[column]; }
  [[nodiscard]] const std::array<std::string, columns.size()>& cells() const { return cells_; }

  [[noreturn]] void refuse(std::string_view what) const {
    throw kite_error(fmt::format("instruments, line {}: {}", line_, what));
  }
  [[noreturn]] void refuse(column::index c, std::string_view allowed) const {
    refuse(fmt::format("{}: found {}, allowed: {}", columns[c], shown(cells_[c]), allowed));
  }

  [[nodiscard]] std::int64_t scaled(column::index c, int decimals, std::int64_t min, std::int64_t max) const {
    const auto value = scaled_decimal(cells_[c], decimals, true);
    if (!value || *value < min || *value > max) refuse(c, "a number in range");
    return *value;
  }

 private:
  void split(std::string_view line) {
    std::size_t cell = 0;
    bool is_quoted = false;
    for (std::string& c : cells_) c.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (c == '"' && is_quoted && i + 1 < line.size() && line[i + 1] == '"') {
        cells_[cell] += line[++i];
      } else if (c == '"') {
        is_quoted = !is_quoted;
      } else if (c == ',' && !is_quoted) {
        if (++cell == cells_.size()) refuse(fmt::format("more than {} columns", cells_.size()));
      } else {
        cells_[cell] += c;
      }
    }
    if (is_quoted) refuse("a quotation mark without its second one");
    if (cell + 1 != cells_.size()) refuse(fmt::format("{} columns, allowed: {}", cell + 1, cells_.size()));
  }

  std::string_view rest_;
  std::array<std::string, columns.size()> cells_;
  std::size_t line_ = 0;
};

kite_instrument_row read_row(const csv_reader& in) {
  kite_instrument_row row;
  row.token = static_cast<std::uint32_t>(in.scaled(column::token, 0, 1, 0xffffffff));
  row.tradingsymbol = in.at(column::symbol);
  row.exchange = in.at(column::exchange);
  if (row.tradingsymbol.empty()) in.refuse(column::symbol, "a text, not empty");
  if (row.exchange.empty()) in.refuse(column::exchange, "a text, not empty");
  row.name = in.at(column::name);
  if (!in.at(column::expiry).empty()) {
    const auto date = parse_date(in.at(column::expiry));
    if (!date) in.refuse(column::expiry, "a date like 2026-11-26, or nothing");
    row.expiry = *date;
  }
  row.strike = {in.scaled(column::strike, 4, 0, price::max().raw)};
  row.tick_size = {in.scaled(column::tick, 4, 0, price::max().raw)};
  row.lot_size = in.scaled(column::lot, 0, 0, 1'000'000'000);
  row.type = in.at(column::type);
  row.segment = in.at(column::segment);
  return row;
}

}  // namespace

std::vector<kite_instrument_row> read_instruments(std::string_view csv) {
  if (csv.size() > max_instruments_bytes) {
    throw kite_error(fmt::format("instruments: {} bytes, allowed: up to {}", csv.size(), max_instruments_bytes));
  }
  csv_reader in{csv};
  if (!in.next()) throw kite_error("instruments: nothing in it, allowed: CSV with a header");
  if (!std::ranges::equal(in.cells(), columns)) in.refuse("another header than instrument_token,exchange_token,...");
  std::vector<kite_instrument_row> rows;
  while (in.next()) rows.push_back(read_row(in));
  return rows;
}

}  // namespace bulkhead
