#pragma once
// Drives one strategy with prices at even intervals and writes down what it says.
#include "strategies/registry.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace bulkhead::test {

inline constexpr instrument_id nifty{0};
inline constexpr instrument_id banknifty{1};

inline const instrument_table& two_indices() {
  static const instrument_table table = [] {
    instrument_table t;
    for (const char* symbol : {"NIFTY", "BANKNIFTY"}) {
      instrument row;
      row.key = fmt::format("NSE:{}", symbol);
      row.tradingsymbol = symbol;
      row.tick_size = price{500};
      (void)t.add(row);
    }
    return t;
  }();
  return table;
}

inline timestamp at(trade_date date, int hour, int minute, int second = 0) {
  return start_of_day(date) + seconds(hour * 3600 + minute * 60 + second);
}

/// 2022-01-03 is a Monday; its opening is the start of a minute of Unix time.
inline constexpr trade_date monday = 2022'01'03;
inline const timestamp opening = at(monday, 9, 15);

inline std::unique_ptr<strategy> make(std::string_view kind, const parameter_map& parameters) {
  const strategy_kind* row = find_strategy_kind(kind);
  REQUIRE(row != nullptr);
  return row->make(parameters, two_indices().rows(), trading_session{});
}

/// "ENTRY BUY 5 MARKET", "ENTRY SELL 5 LIMIT 95.15", "ENTRY BUY 5 MARKET stop 1.00 target 2.00".
inline std::string text_of(const intent& i) {
  std::string text =
      fmt::format("{} {} {} {}", i.action == signal_action::entry ? "ENTRY" : "EXIT",
                  i.side == side::buy ? "BUY" : "SELL", i.qty, i.type == order_type::market ? "MARKET" : "LIMIT");
  if (i.type == order_type::limit) text += fmt::format(" {}", to_string(i.limit_price));
  if (i.stop_loss_offset.raw != 0) text += fmt::format(" stop {}", to_string(i.stop_loss_offset));
  if (i.target_offset.raw != 0) text += fmt::format(" target {}", to_string(i.target_offset));
  return text;
}

/// What it says to one tick.
inline std::vector<std::string> say(strategy& s, instrument_id id, price last, timestamp ts) {
  std::vector<intent> out;
  s.on_tick(two_indices().at(id), {.instrument = id, .last = last}, ts, out);
  std::vector<std::string> result;
  for (const intent& i : out) result.push_back(text_of(i));
  return result;
}

inline price rupees(double amount) { return price{static_cast<std::int64_t>(amount * 10'000 + 0.5)}; }

/// One tick a minute from `opening` on, so that tick n makes tick n - 1 the sample: what it said, as
/// "n: ENTRY BUY 5 MARKET" with n counted from 0.
inline std::vector<std::string> run(strategy& s, const std::vector<double>& prices, instrument_id id = nifty,
                                    timestamp from = opening) {
  std::vector<std::string> result;
  for (std::size_t n = 0; n < prices.size(); ++n) {
    const timestamp ts = from + seconds(static_cast<std::int64_t>(n) * 60);
    for (const std::string& said : say(s, id, rupees(prices[n]), ts)) result.push_back(fmt::format("{}: {}", n, said));
  }
  return result;
}

using lines = std::vector<std::string>;

}  // namespace bulkhead::test
