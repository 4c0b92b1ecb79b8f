#include "runtime/domain/portfolio.hpp"

#include <algorithm>
#include <cstdlib>

namespace bulkhead {
namespace {

constexpr std::size_t dates_of_known_fills = 2;

}  // namespace

void position::fill(side s, quantity filled, price p) {
  const std::int64_t direction = sign(s);
  const bool opposes = qty != 0 && (qty > 0) != (direction > 0);
  quantity opening = filled;
  if (opposes) {
    const quantity open = qty > 0 ? qty : -qty;
    const quantity closing = std::min(filled, open);
    const money removed{mul_div_round(cost.raw, closing, open)};  // all of it when closing == open
    realised += -(p * (direction * closing)) - removed;
    cost -= removed;
    qty += direction * closing;
    opening -= closing;
  }
  cost += p * (direction * opening);
  qty += direction * opening;
}

void net_history::mark(money net_now, trade_date on) {
  if (on > date) {
    day_base = net;
    date = on;
  }
  net = net_now;
  peak = std::max(peak, net);
}

portfolio::portfolio(const instrument_table& instruments, margin_rates margin)
    : instruments_(&instruments), margin_(margin) {}

void portfolio::apply(const event& e) {
  if (e.seq != 0) {
    if (e.seq <= last_seq_) return;
    last_seq_ = e.seq;
  }
  if (const auto* opened = std::get_if<account_opened>(&e.body)) {
    cash_ += opened->capital - capital_;
    capital_ = opened->capital;
  } else if (const auto* filled = std::get_if<order_filled>(&e.body)) {
    fold(*filled, e.ts);
  } else if (const auto* marked = std::get_if<portfolio_snapshot>(&e.body)) {
    fold(*marked, e.ts);
  }
}

void portfolio::fold(const order_filled& f, timestamp ts) {
  if (is_known(f.fill_id)) return;
  remember(f.fill_id, date_of(ts));
  holding& h = holdings_[{f.strategy, instruments_->key(f.instrument), f.product}];
  h.instrument = f.instrument;
  h.pos.fill(f.side, f.qty, f.price);
  const money charges = f.charges.total();
  h.pos.charges += charges;
  cash_ -= f.price * (sign(f.side) * f.qty) + charges;
  last_price_[f.instrument] = f.price;
}

void portfolio::fold(const portfolio_snapshot& p, timestamp ts) {
  const trade_date date = date_of(ts);
  account_.mark(p.performance.net, date);
  for (const strategy_view& s : p.strategies) strategies_[s.strategy].mark(s.performance.net, date);
  for (const position_view& line : p.positions) last_price_[line.instrument] = line.last;
}

bool portfolio::is_known(const fill_id& id) const {
  return std::ranges::any_of(known_fills_, [&](const auto& day) { return day.second.contains(id); });
}

void portfolio::remember(const fill_id& id, trade_date date) {
  known_fills_[date].insert(id);
  if (known_fills_.size() > dates_of_known_fills) known_fills_.erase(known_fills_.begin());
}

void portfolio::totals::add(const position_view& line, const margin_rates& rates) {
  realised += line.realised;
  unrealised += line.unrealised;
  charges += line.charges;
  const money value = line.last * std::abs(line.qty);
  gross_exposure += value;
  margin += value * rates.of(line.product);
}

performance portfolio::totals::close(net_history& history, trade_date date) const {
  history.mark(realised + unrealised - charges, date);
  return {.net = history.net,
          .day_pnl = history.net - history.day_base,
          .peak = history.peak,
          .drawdown = history.peak - history.net,
          .gross_exposure = gross_exposure,
          .margin = margin};
}

portfolio_snapshot portfolio::mark(std::span<const quote> quotes, timestamp now) {
  std::map<instrument_id, price> quoted;
  for (const quote& q : quotes) quoted[q.instrument] = q.last;
  const trade_date date = date_of(now);
  portfolio_snapshot m{.cash = cash_, .equity = cash_};
  totals account;
  std::map<strategy_id, totals> by_strategy;
  for (const auto& [key, h] : holdings_) {
    const auto& [strategy, instrument_key, line_product] = key;
    price& last = last_price_.at(h.instrument);
    if (const auto it = quoted.find(h.instrument); it != quoted.end()) last = it->second;
    const money value = last * h.pos.qty;
    m.equity += value;
    m.positions.push_back({strategy, h.instrument, line_product, h.pos.qty, h.pos.cost, last, h.pos.realised,
                           value - h.pos.cost, h.pos.charges});
    account.add(m.positions.back(), margin_);
    by_strategy[strategy].add(m.positions.back(), margin_);
  }
  m.realised = account.realised;
  m.unrealised = account.unrealised;
  m.charges = account.charges;
  m.performance = account.close(account_, date);
  for (const auto& [strategy, t] : by_strategy) {
    m.strategies.push_back({strategy, t.realised, t.unrealised, t.charges, t.close(strategies_[strategy], date)});
  }
  return m;
}

const position* portfolio::find(const strategy_id& strategy, instrument_id instrument, product product) const {
  const auto it = holdings_.find({strategy, instruments_->key(instrument), product});
  return it == holdings_.end() ? nullptr : &it->second.pos;
}

}  // namespace bulkhead
