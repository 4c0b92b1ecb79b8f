#pragma once
// A portfolio of one account with two instruments, and the fills and marks that tests give it.
#include "runtime/domain/portfolio.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::test {

inline constexpr money rupees(std::int64_t r) { return {r * money_scale}; }
inline constexpr price at(std::int64_t r) { return {r * money_scale}; }

struct portfolio_fixture {
  instrument_table instruments;
  instrument_id nifty = instruments.add({.key = "NSE:NIFTY"});
  instrument_id bank = instruments.add({.key = "NSE:BANKNIFTY"});
  static constexpr margin_rates rates{.mis = {200'000'000}, .cnc = {1'000'000'000}, .nrml = {125'000'000}};
  portfolio book{instruments, rates};
  timestamp now = start_of_day(20220103) + seconds(10 * 3600);
  std::uint64_t seq = 0;

  event make(event_body body) { return {.seq = ++seq, .ts = now, .body = std::move(body)}; }
  order_filled fill(const char* id, side s, quantity qty, price p, const char* strategy = "ema") const {
    return {.fill_id = fill_id{id},
            .strategy = strategy_id{strategy},
            .instrument = nifty,
            .side = s,
            .qty = qty,
            .price = p};
  }
  void take(event_body body) { book.apply(make(std::move(body))); }
  portfolio_snapshot mark_at(std::int64_t last) {
    const quote quotes[] = {{nifty, at(last), now}};
    return book.mark(quotes, now);
  }
};

}  // namespace bulkhead::test
