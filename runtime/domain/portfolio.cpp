#include "runtime/domain/portfolio.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

constexpr std::size_t dates_of_known_fills = 2;

instrument_id instrument_of(const std::string& key, const instrument_table& instruments) {
  const auto id = instruments.find(key);
  if (!id) {
    throw std::invalid_argument("portfolio snapshot: instrument \"" + key +
                                "\" is not in the instruments file; add its row to recover this broker");
  }
  return *id;
}

money money_of(const nlohmann::json& raw) { return {raw.get<std::int64_t>()}; }

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

portfolio::portfolio(const instrument_table& instruments) : instruments_(&instruments) {}

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
  }
}

void portfolio::fold(const order_filled& f, timestamp ts) {
  if (is_known(f.fill_id)) return;
  remember(f.fill_id, date_of(ts));
  holding& h = holdings_[{f.strategy, instruments_->key(f.instrument)}];
  h.instrument = f.instrument;
  h.pos.fill(f.side, f.qty, f.price);
  const money charges = f.charges.total();
  h.pos.charges += charges;
  cash_ -= f.price * (sign(f.side) * f.qty) + charges;
  last_fill_price_[f.instrument] = f.price;
}

bool portfolio::is_known(const fill_id& id) const {
  return std::ranges::any_of(known_fills_, [&](const auto& day) { return day.second.contains(id); });
}

void portfolio::remember(const fill_id& id, trade_date date) {
  known_fills_[date].insert(id);
  if (known_fills_.size() > dates_of_known_fills) known_fills_.erase(known_fills_.begin());
}

portfolio_snapshot portfolio::mark(std::span<const quote> quotes) const {
  std::map<instrument_id, price> last = last_fill_price_;
  for (const quote& q : quotes) last[q.instrument] = q.last;
  portfolio_snapshot m;
  m.cash = cash_;
  m.equity = cash_;
  for (const auto& [key, h] : holdings_) {
    const price now = last.at(h.instrument);
    const money value = now * h.pos.qty;
    const money unrealised = value - h.pos.cost;
    m.realised += h.pos.realised;
    m.unrealised += unrealised;
    m.charges += h.pos.charges;
    m.equity += value;
    m.positions.push_back(
        {key.first, h.instrument, h.pos.qty, h.pos.cost, now, h.pos.realised, unrealised, h.pos.charges});
  }
  return m;
}

const position* portfolio::find(const strategy_id& strategy, instrument_id instrument) const {
  const auto it = holdings_.find({strategy, instruments_->key(instrument)});
  return it == holdings_.end() ? nullptr : &it->second.pos;
}

// Amounts are written raw, in 1/10000 rupee: exact, and read by this class alone.
nlohmann::json portfolio::snapshot() const {
  nlohmann::json holdings = nlohmann::json::array();
  for (const auto& [key, h] : holdings_) {
    holdings.push_back({{"strategy", key.first.str()},
                        {"instrument", key.second},
                        {"qty", h.pos.qty},
                        {"cost", h.pos.cost.raw},
                        {"realised", h.pos.realised.raw},
                        {"charges", h.pos.charges.raw}});
  }
  nlohmann::json prices = nlohmann::json::object();
  for (const auto& [instrument, p] : last_fill_price_) prices[instruments_->key(instrument)] = p.raw;
  nlohmann::json fills = nlohmann::json::object();
  for (const auto& [date, ids] : known_fills_) {
    nlohmann::json& day = fills[to_string(date)] = nlohmann::json::array();
    for (const fill_id& id : ids) day.push_back(id.str());
  }
  return {{"seq", last_seq_},
          {"capital", capital_.raw},
          {"cash", cash_.raw},
          {"holdings", std::move(holdings)},
          {"last_fill_prices", std::move(prices)},
          {"known_fills", std::move(fills)}};
}

void portfolio::restore(const nlohmann::json& state) {
  portfolio fresh{*instruments_};
  fresh.last_seq_ = state.at("seq").get<std::uint64_t>();
  fresh.capital_ = money_of(state.at("capital"));
  fresh.cash_ = money_of(state.at("cash"));
  for (const nlohmann::json& h : state.at("holdings")) {
    const auto key = h.at("instrument").get<std::string>();
    position pos{h.at("qty").get<quantity>(), money_of(h.at("cost")), money_of(h.at("realised")),
                 money_of(h.at("charges"))};
    fresh.holdings_[{strategy_id{h.at("strategy").get<std::string>()}, key}] = {instrument_of(key, *instruments_), pos};
  }
  for (const auto& [key, raw] : state.at("last_fill_prices").items()) {
    fresh.last_fill_price_[instrument_of(key, *instruments_)] = {raw.get<std::int64_t>()};
  }
  for (const auto& [text, ids] : state.at("known_fills").items()) {
    const auto date = parse_date(text);
    if (!date) throw std::invalid_argument("portfolio snapshot: known_fills: \"" + text + "\", allowed: a date");
    for (const nlohmann::json& id : ids) fresh.known_fills_[*date].emplace(id.get<std::string>());
  }
  *this = std::move(fresh);
}

}  // namespace bulkhead
