#include "tools/app/backtest/round_trips.hpp"

#include "runtime/domain/portfolio.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

namespace bulkhead::app {
namespace {

using line_key = std::tuple<strategy_id, instrument_id, product>;

price average(money value, quantity qty) { return {mul_div_round(value.raw, 1, qty)}; }

/// A trade that is not flat yet.
struct running_trade {
  round_trip trade;
  position pos;
  money entry_value;
  money exit_value;

  void enter(const fill_fact& f, quantity qty, money charges) {
    const order_filled& fill = f.fill;
    if (trade.qty == 0) {
      trade.strategy = fill.strategy;
      trade.instrument = fill.instrument;
      trade.product = fill.product;
      trade.side = fill.side;
      trade.entered = f.ts;
    }
    pos.fill(fill.side, qty, fill.price);
    trade.qty += qty;
    entry_value += fill.price * qty;
    trade.charges += charges;
  }

  void leave(const fill_fact& f, quantity qty, money charges) {
    pos.fill(f.fill.side, qty, f.fill.price);
    exit_value += f.fill.price * qty;
    trade.charges += charges;
    trade.exited = f.ts;
    trade.origin = f.origin;
  }

  [[nodiscard]] round_trip finished() const {
    round_trip done = trade;
    done.entry = average(entry_value, done.qty);
    done.exit = average(exit_value, done.qty);
    done.gross = pos.realised;
    return done;
  }

  [[nodiscard]] round_trip marked(price last, timestamp at) const {
    round_trip open = trade;
    open.entry = average(entry_value, open.qty);
    open.exit = average(exit_value + last * std::abs(pos.qty), open.qty);
    open.exited = at;
    open.gross = pos.realised + last * pos.qty - pos.cost;
    open.open = true;
    return open;
  }
};

}  // namespace

std::string_view round_trip::exit_reason() const { return open ? "open" : to_string(origin); }

std::vector<round_trip> round_trips(std::span<const fill_fact> fills, std::span<const position_view> lines,
                                    timestamp marked_at) {
  std::vector<round_trip> done;
  std::map<line_key, running_trade> running;
  for (const fill_fact& f : fills) {
    running_trade& line = running[{f.fill.strategy, f.fill.instrument, f.fill.product}];
    const quantity held = line.pos.qty;
    const bool opposes = held * sign(f.fill.side) < 0;
    const quantity closing = opposes ? std::min(f.fill.qty, std::abs(held)) : 0;
    const money charges = f.fill.charges.total();
    const money closing_charges{mul_div_round(charges.raw, closing, f.fill.qty)};
    if (closing > 0) {
      line.leave(f, closing, closing_charges);
      if (line.pos.qty == 0) {
        done.push_back(line.finished());
        line = {};
      }
    }
    if (closing < f.fill.qty) line.enter(f, f.fill.qty - closing, charges - closing_charges);
  }
  std::map<line_key, price> last;
  for (const position_view& v : lines) last[{v.strategy, v.instrument, v.product}] = v.last;
  for (const auto& [key, line] : running) {
    if (line.pos.qty != 0) done.push_back(line.marked(last.at(key), marked_at));
  }
  return done;
}

}  // namespace bulkhead::app
