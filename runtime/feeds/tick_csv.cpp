#include "runtime/feeds/tick_csv.hpp"

#include "runtime/feeds/bar_csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::size_t field_count = 6;
using row_fields = std::array<std::string_view, field_count>;

// The dates that rows of bars may have too; a count of milliseconds in place of nanoseconds falls before the first.
constexpr trade_date first_date = 1970'01'02;
constexpr trade_date last_date = 2199'12'31;

std::optional<std::int64_t> parse_natural(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return value;
}

std::string parse_ts(std::string_view text, timestamp& out) {
  const auto iso = parse_iso_ist(text);
  const auto epoch_ns = iso ? std::optional{iso->ns} : parse_natural(text);
  if (epoch_ns) {
    out = {*epoch_ns};
    const trade_date date = date_of(out);
    if (date >= first_date && date <= last_date) return {};
  }
  return fmt::format("ts {}, allowed: e.g. 2022-01-03T09:15:00.250+05:30, or nanoseconds since 1970, {} to {}",
                     quoted_text(text), to_string(first_date), to_string(last_date));
}

std::string parse_depth(std::string_view name, std::string_view text, price& out) {
  const auto raw = parse_fixed(text);
  if (!raw || *raw < 0 || *raw > price::max().raw) {
    return fmt::format("{} {}, allowed: a decimal >= 0 with at most four decimals, up to {}; 0: no depth", name,
                       quoted_text(text), to_string(price::max()));
  }
  out = {*raw};
  return {};
}

}  // namespace

std::string parse_tick_row(std::string_view line, const instrument_table& instruments, tick_row& out) {
  const auto given = static_cast<std::size_t>(std::ranges::count(line, ',')) + 1;
  if (given != field_count) {
    return fmt::format("row has {} fields, allowed: {} ({})", given, field_count, tick_csv_header);
  }
  row_fields fields;
  for (std::string_view& field : fields) {
    field = line.substr(0, line.find(','));
    line.remove_prefix(std::min(line.size(), field.size() + 1));
  }
  if (auto problem = parse_ts(fields[0], out.ts); !problem.empty()) return problem;
  const auto instrument = instruments.find(fields[1]);
  if (!instrument) {
    return fmt::format("instrument {}, allowed: a key of the instruments file, e.g. NSE:NIFTY", quoted_text(fields[1]));
  }
  out.tick.instrument = *instrument;
  const auto last = parse_price(fields[2]);
  if (!last) {
    return fmt::format("last {}, allowed: a decimal > 0 with at most four decimals, up to {}", quoted_text(fields[2]),
                       to_string(price::max()));
  }
  out.tick.last = *last;
  if (auto problem = parse_depth("bid", fields[3], out.tick.bid); !problem.empty()) return problem;
  if (auto problem = parse_depth("ask", fields[4], out.tick.ask); !problem.empty()) return problem;
  const auto volume = parse_natural(fields[5]);
  if (!volume) return fmt::format("volume {}, allowed: an integer >= 0", quoted_text(fields[5]));
  out.tick.volume = *volume;
  return {};
}

}  // namespace bulkhead
