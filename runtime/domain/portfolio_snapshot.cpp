#include "runtime/domain/portfolio.hpp"

#include <array>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

using nlohmann::json;

instrument_id instrument_of(const std::string& key, const instrument_table& instruments) {
  const auto id = instruments.find(key);
  if (!id) {
    throw std::invalid_argument("portfolio snapshot: instrument \"" + key +
                                "\" is not in the instruments file; add its row to recover this broker");
  }
  return *id;
}

product product_of(const std::string& text) {
  for (const product p : std::array{product::mis, product::cnc, product::nrml}) {
    if (to_string(p) == text) return p;
  }
  throw std::invalid_argument("portfolio snapshot: product: \"" + text + "\", allowed: MIS, CNC, NRML");
}

// Amounts are written raw, in 1/10000 rupee: exact, and read by this class alone.
money money_of(const json& raw) { return {raw.get<std::int64_t>()}; }

json history_json(const net_history& h) {
  return {{"net", h.net.raw}, {"day_base", h.day_base.raw}, {"peak", h.peak.raw}, {"date", h.date}};
}

net_history history_of(const json& in) {
  return {money_of(in.at("net")), money_of(in.at("day_base")), money_of(in.at("peak")),
          in.at("date").get<trade_date>()};
}

}  // namespace

json portfolio::snapshot() const {
  json holdings = json::array();
  for (const auto& [key, h] : holdings_) {
    holdings.push_back({{"strategy", std::get<strategy_id>(key).str()},
                        {"instrument", std::get<std::string>(key)},
                        {"product", to_string(std::get<product>(key))},
                        {"qty", h.pos.qty},
                        {"cost", h.pos.cost.raw},
                        {"realised", h.pos.realised.raw},
                        {"charges", h.pos.charges.raw}});
  }
  json prices = json::object();
  for (const auto& [instrument, p] : last_price_) prices[instruments_->key(instrument)] = p.raw;
  json fills = json::object();
  for (const auto& [date, ids] : known_fills_) {
    json& day = fills[to_string(date)] = json::array();
    for (const fill_id& id : ids) day.push_back(id.str());
  }
  json strategies = json::object();
  for (const auto& [strategy, history] : strategies_) strategies[strategy.str()] = history_json(history);
  return {{"seq", last_seq_},
          {"capital", capital_.raw},
          {"cash", cash_.raw},
          {"holdings", std::move(holdings)},
          {"last_prices", std::move(prices)},
          {"known_fills", std::move(fills)},
          {"account", history_json(account_)},
          {"strategies", std::move(strategies)}};
}

void portfolio::restore(const json& state) {
  portfolio fresh{*instruments_, margin_};
  fresh.last_seq_ = state.at("seq").get<std::uint64_t>();
  fresh.capital_ = money_of(state.at("capital"));
  fresh.cash_ = money_of(state.at("cash"));
  for (const auto& [key, raw] : state.at("last_prices").items()) {
    fresh.last_price_[instrument_of(key, *instruments_)] = {raw.get<std::int64_t>()};
  }
  for (const json& h : state.at("holdings")) {
    const auto key = h.at("instrument").get<std::string>();
    const instrument_id instrument = instrument_of(key, *instruments_);
    if (!fresh.last_price_.contains(instrument)) {
      throw std::invalid_argument("portfolio snapshot: last_prices: no price of \"" + key + "\", which is held");
    }
    const position pos{h.at("qty").get<quantity>(), money_of(h.at("cost")), money_of(h.at("realised")),
                       money_of(h.at("charges"))};
    fresh.holdings_[{strategy_id{h.at("strategy").get<std::string>()}, key,
                     product_of(h.at("product").get<std::string>())}] = {instrument, pos};
  }
  for (const auto& [text, ids] : state.at("known_fills").items()) {
    const auto date = parse_date(text);
    if (!date) throw std::invalid_argument("portfolio snapshot: known_fills: \"" + text + "\", allowed: a date");
    for (const json& id : ids) fresh.known_fills_[*date].emplace(id.get<std::string>());
  }
  fresh.account_ = history_of(state.at("account"));
  for (const auto& [name, history] : state.at("strategies").items()) {
    fresh.strategies_[strategy_id{name}] = history_of(history);
  }
  *this = std::move(fresh);
}

}  // namespace bulkhead
