#include "runtime/brokers/zerodha/kite_quotes.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

}  // namespace

kite_quotes::kite_quotes(const instrument_table& instruments, kite_mode mode) : mode_(mode) {
  for (const instrument& one : instruments.rows()) {
    if (one.token == 0) continue;
    const auto [known, is_new] = rows_.emplace(one.token, row{one.id});
    if (!is_new) {
      throw std::invalid_argument(fmt::format("instrument_token {} is given to {} and to {}, allowed: one instrument",
                                              one.token, instruments.key(known->second.instrument), one.key));
    }
    tokens_.push_back(one.token);
  }
}

std::vector<std::uint32_t> kite_quotes::tokens() const { return tokens_; }

void kite_quotes::convert(const kite_frame& frame, trade_date today, std::vector<tick>& out) {
  for (const kite_tick& t : frame.ticks) {
    const auto found = rows_.find(t.token);
    if (found == rows_.end()) {
      ++counts_.unknown_token;
      continue;
    }
    if (t.exchange_time == 0 && mode_ == kite_mode::full) {
      ++counts_.unstamped;
      continue;
    }
    if (t.exchange_time != 0 && date_of(timestamp{t.exchange_time * second_ns}) != today) {
      ++counts_.other_day;
      continue;
    }
    if (t.last.raw <= 0) {
      ++counts_.not_traded;
      continue;
    }
    row& known = found->second;
    out.push_back({known.instrument, t.last, t.bids[0].price, t.offers[0].price, traded(known, t.volume, today)});
  }
}

/// The total begins again with the day, and the first one seen says nothing of what came since. One that falls within
/// the day is a correction, or came late: nothing was traded.
std::int64_t kite_quotes::traded(row& known, std::int64_t total, trade_date today) {
  const bool is_known = known.volume >= 0;
  const std::int64_t before = known.day == today ? known.volume : 0;
  known.day = today;
  known.volume = total;
  return is_known ? std::max<std::int64_t>(total - before, 0) : 0;
}

std::optional<timestamp> kite_quotes::newest_stamp(const kite_frame& frame) {
  std::int64_t newest = 0;
  for (const kite_tick& t : frame.ticks) newest = std::max(newest, t.exchange_time);
  if (newest == 0) return std::nullopt;
  return timestamp{newest * second_ns};
}

}  // namespace bulkhead
