#include "tools/app/backtest/trading_history.hpp"

namespace bulkhead::app {
namespace {

void put(std::vector<net_mark>& marks, timestamp ts, money net) {
  if (!marks.empty() && marks.back().ts == ts) {
    marks.back().net = net;
  } else {
    marks.push_back({ts, net});
  }
}

}  // namespace

void trading_history::add(const event& e) {
  if (const auto* opened = std::get_if<account_opened>(&e.body)) capital = opened->capital;
  if (std::holds_alternative<signal_received>(e.body)) ++signals;
  if (std::holds_alternative<signal_rejected>(e.body)) ++rejected;
  if (std::holds_alternative<order_withheld>(e.body)) ++withheld;
  if (const auto* submitted = std::get_if<order_submitted>(&e.body)) {
    ++orders;
    origins_[submitted->request.client_order_id] = submitted->request.origin;
  }
  if (const auto* filled = std::get_if<order_filled>(&e.body)) {
    fills.push_back({*filled, e.ts, origins_.at(filled->client_order_id)});
  }
  if (const auto* k = std::get_if<kill_latched>(&e.body)) {
    latches.push_back({e.ts, k->strategy, k->mode, k->cause, k->reason});
  }
  if (const auto* k = std::get_if<kill_released>(&e.body)) {
    latches.push_back({e.ts, k->strategy, "released", "", k->reason});
  }
  if (const auto* marked = std::get_if<portfolio_snapshot>(&e.body)) close(*marked, e.ts);
}

void trading_history::close(const portfolio_snapshot& newest, timestamp ts) {
  put(account, ts, newest.performance.net);
  for (const strategy_view& s : newest.strategies) put(strategies[s.strategy], ts, s.performance.net);
  last = newest;
  marked_at = ts;
}

}  // namespace bulkhead::app
