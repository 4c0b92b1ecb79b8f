#pragma once
// Forms of text that Kite uses: times in IST without a zone, URL-encoded fields, SHA-256 in hex.
#include "runtime/domain/money.hpp"
#include "runtime/domain/time.hpp"
#include "tools/html_escape.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkhead::kite_sim {

/// "2022-01-03 09:15:00": whole seconds in IST.
[[nodiscard]] std::string kite_time(timestamp t);
/// "09:15:00"
[[nodiscard]] std::string kite_clock(timestamp t);
/// "2022-01-03T09:15:00+0530": candles have an offset without a colon.
[[nodiscard]] std::string candle_time(timestamp t);
/// "yyyy-mm-dd hh:mm:ss", or "yyyy-mm-dd" for its midnight; nullopt for anything else.
[[nodiscard]] std::optional<timestamp> parse_kite_time(std::string_view text);
/// Days since the epoch, Unix seconds in UTC: what a tick carries.
[[nodiscard]] constexpr std::uint32_t unix_seconds(timestamp t) {
  return static_cast<std::uint32_t>(t.ns / 1'000'000'000);
}

/// Lower-case hex. Used for the login's and the postback's checksums and for made-up tokens.
[[nodiscard]] std::string sha256_hex(std::string_view text);

/// A price or an amount as the JSON number of rupees that Kite sends.
[[nodiscard]] constexpr double rupees(std::int64_t raw) { return static_cast<double>(raw) / money_scale; }
[[nodiscard]] constexpr double rupees(price p) { return rupees(p.raw); }

/// Fields of a query string or of an application/x-www-form-urlencoded body, in order; a name may come again.
class form {
 public:
  /// Percent escapes and + are decoded; a broken escape stays as it is.
  [[nodiscard]] static form parse(std::string_view text);

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// The first of that name.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  /// The first of that name; empty where there is none.
  [[nodiscard]] std::string get(std::string_view name) const { return find(name).value_or(std::string{}); }
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Decodes %XX; + becomes a space where `plus_is_space`.
[[nodiscard]] std::string url_decode(std::string_view text, bool plus_is_space);
/// Everything but letters, digits and -._~ as %XX.
[[nodiscard]] std::string url_encode(std::string_view text);

}  // namespace bulkhead::kite_sim
