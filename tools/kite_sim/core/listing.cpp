#include "tools/kite_sim/core/listing.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::kite_sim {
namespace {

/// RFC 4180: quotes only where they are needed.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

listing::listing(instrument_table table, std::vector<listing_columns> columns)
    : table_(std::move(table)), columns_(std::move(columns)) {
  if (columns_.size() != table_.size())
    throw std::invalid_argument("listing: columns and instruments differ in number");
  for (const instrument& row : table_.rows()) by_token_.emplace(row.token, row.id);
}

std::optional<instrument_id> listing::by_token(std::uint32_t token) const {
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<instrument_id> listing::by_key_or_token(std::string_view text) const {
  std::uint32_t token = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), token);
  if (error == std::errc{} && end == text.data() + text.size()) return by_token(token);
  return table_.find(text);
}

bool listing::has_exchange(std::string_view exchange) const {
  return std::ranges::any_of(table_.rows(), [&](const instrument& row) { return row.exchange == exchange; });
}

std::string listing::csv(std::string_view exchange) const {
  std::string out =
      "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,"
      "segment,exchange\n";
  for (const instrument& row : table_.rows()) {
    if (!exchange.empty() && row.exchange != exchange) continue;
    const listing_columns& more = columns(row.id);
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", row.token, more.exchange_token,
                       csv_field(row.tradingsymbol), csv_field(more.name), to_string(more.last_price), more.expiry,
                       to_string(more.strike), to_string(row.tick_size), row.lot_size, more.instrument_type,
                       row.segment, row.exchange);
  }
  return out;
}

}  // namespace bulkhead::kite_sim
