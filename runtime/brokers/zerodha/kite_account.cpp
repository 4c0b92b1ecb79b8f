#include "runtime/brokers/zerodha/kite_account.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using fills_by_order = std::map<broker_order_id, quantity>;

/// Kite promises no order of the rows.
fills_by_order fills_of(const std::vector<kite_order_row>& rows) {
  fills_by_order out;
  for (const kite_order_row& r : rows) out[r.broker_order_id] = r.filled;
  return out;
}

/// Fills alone move what the account holds: a busy account has an order that comes, changes or goes at any moment.
bool stood_still(const fills_by_order& before, const fills_by_order& after) {
  const bool kept = std::ranges::all_of(before, [&](const auto& order) {
    const auto it = after.find(order.first);
    return it != after.end() && it->second == order.second;
  });
  return kept && std::ranges::all_of(
                     after, [&](const auto& order) { return order.second == 0 || before.contains(order.first); });
}

std::string symbol_of(const std::string& exchange, const std::string& tradingsymbol) {
  return exchange + ':' + tradingsymbol;
}

account_order order_of(const kite_order_row& r) {
  account_order o{.broker_order_id = r.broker_order_id,
                  .tags = r.tags,
                  .symbol = symbol_of(r.exchange, r.tradingsymbol),
                  .product = r.product,
                  .status = r.status,
                  .side = r.side,
                  .qty = r.qty,
                  .filled = r.filled,
                  .is_working = !is_terminal(r.stage())};
  if (!r.tag.empty()) o.tags.insert(o.tags.begin(), r.tag);
  return o;
}

/// What is held in delivery is a position on the day of the trade, and a holding from the next day on: one line has
/// both. Should Kite show shares in both lists on a morning, they count once.
void add_holding(std::vector<account_position>& to, const kite_holding_row& h) {
  const std::string symbol = symbol_of(h.exchange, h.tradingsymbol);
  const auto is_same = [&](const account_position& p) { return p.symbol == symbol && p.product == h.product; };
  auto line = std::ranges::find_if(to, is_same);
  if (line == to.end()) line = to.insert(line, {.symbol = symbol, .product = h.product});
  const quantity more = std::max<quantity>(0, h.opening_qty - line->overnight_qty);
  line->qty += more;
  line->overnight_qty += more;
}

}  // namespace

std::optional<std::string> unsettled(const kite_account_reads& reads) {
  const fills_by_order before = fills_of(reads.before);
  if (!stood_still(before, fills_of(reads.after))) return "the order book changed while the account was read";
  std::map<broker_order_id, quantity> traded;
  for (const kite_trade_row& t : reads.trades) traded[t.broker_order_id] += t.qty;
  for (const auto& [id, filled] : before) {
    if (traded[id] == filled) continue;
    return fmt::format("order {} has {} filled, its trades have {}", id.str(), filled, traded[id]);
  }
  for (const auto& [id, qty] : traded) {
    if (!before.contains(id)) return fmt::format("trades of order {}, which the book does not have", id.str());
  }
  return std::nullopt;
}

account_statement statement_of(const kite_account_reads& reads, std::string occasion, timestamp at) {
  account_statement out{.occasion = std::move(occasion), .at = at};
  for (const kite_order_row& r : reads.after) out.orders.push_back(order_of(r));
  for (const kite_trade_row& t : reads.trades) {
    out.trades.push_back(
        {t.broker_order_id, symbol_of(t.exchange, t.tradingsymbol), t.product, t.side, t.qty, t.price});
  }
  for (const kite_position_row& p : reads.positions.net) {
    out.positions.push_back({symbol_of(p.exchange, p.tradingsymbol), p.product, p.qty, p.overnight_qty});
  }
  for (const kite_holding_row& h : reads.holdings) {
    if (h.opening_qty != 0) add_holding(out.positions, h);
  }
  if (reads.margins.equity) out.cash = reads.margins.equity->cash;
  return out;
}

}  // namespace bulkhead
