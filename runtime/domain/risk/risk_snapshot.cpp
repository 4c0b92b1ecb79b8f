// The engine's state as JSON. The broker's rate window is not written: it is the strategies' windows together.
#include "runtime/domain/json_fields.hpp"
#include "runtime/domain/risk/risk_engine.hpp"

#include <algorithm>
#include <deque>

namespace bulkhead {
namespace {

using nlohmann::json;

json watch_json(const risk::loss_watch& w) {
  return {{"net", to_string(w.net)},
          {"base", to_string(w.base)},
          {"peak", to_string(w.peak)},
          {"date", w.date},
          {"rejects", w.rejects}};
}

risk::loss_watch read_watch(const json_fields& in) {
  return {.net = in.amount("net"),
          .base = in.amount("base"),
          .peak = in.amount("peak"),
          .date = static_cast<trade_date>(in.integer("date", 0, 99999999)),
          .rejects = in.integer("rejects", 0)};
}

json approvals_json(const risk::approval_window& w) {
  json times = json::array();
  for (const timestamp t : w.times()) times.push_back(t.ns);
  return {{"ns", std::move(times)}, {"date", w.date()}, {"of_date", w.count(w.date())}};
}

risk::approval_window read_approvals(const json& state) {
  std::deque<timestamp> times;
  for (const json& ns : state.at("ns")) times.push_back({ns.get<std::int64_t>()});
  return risk::approval_window::restored(std::move(times), state.at("date").get<trade_date>(),
                                         state.at("of_date").get<std::int64_t>());
}

}  // namespace

json risk_engine::snapshot() const {
  json ids = json::array();
  for (const signal_id& id : decided_ids_) ids.push_back(id.str());
  json strategies = json::object();
  for (const auto& [name, s] : strategies_) {
    strategies[name.str()] = {
        {"kill", to_string(s.kill)}, {"approvals", approvals_json(s.approvals)}, {"watch", watch_json(s.watch)}};
  }
  json squared = json::array();
  for (const auto& [strategy, instrument] : squared_) {
    squared.push_back({{"strategy", strategy.str()}, {"instrument", instruments_->key(instrument)}});
  }
  return {{"seq", last_seq_},
          {"kill", to_string(kill_)},
          {"equity", to_string(equity_)},
          {"watch", watch_json(watch_)},
          {"strategies", std::move(strategies)},
          {"square_off", {{"minute", squared_minute_}, {"lines", std::move(squared)}}},
          {"duplicates", recent_.snapshot(*instruments_)},
          {"decided", {{"feed", decided_feed_}, {"ids", std::move(ids)}}},
          {"exposure", exposure_.snapshot(*instruments_)}};
}

void risk_engine::restore(const json& state) {
  const json_fields in{state, {}};
  risk_engine fresh{settings_, session_, *instruments_, venue_};
  fresh.last_seq_ = in.natural("seq");
  fresh.kill_ = kill_mode_of(in.text("kill"));
  fresh.equity_ = in.amount("equity");
  fresh.watch_ = read_watch(in.object("watch"));
  fresh.restore_strategies(state.at("strategies"));
  fresh.restore_approvals();
  fresh.squared_minute_ = in.object("square_off").integer("minute");
  for (const json_fields& line : in.object("square_off").objects("lines")) {
    fresh.squared_.emplace(line.name("strategy"), line.instrument("instrument", *instruments_));
  }
  fresh.recent_.restore(state.at("duplicates"), *instruments_);
  fresh.decided_feed_ = in.object("decided").natural("feed");
  for (const std::string& id : in.object("decided").names("ids")) fresh.decided_ids_.emplace(id);
  fresh.exposure_ = risk::exposure::restored(state.at("exposure"), *instruments_, settings_.margin);
  *this = std::move(fresh);
}

void risk_engine::restore_strategies(const json& state) {
  for (const auto& [name, s] : state.items()) {
    const json_fields in{s, "strategies." + name};
    strategies_[strategy_id{name}] = {.kill = kill_mode_of(in.text("kill")),
                                      .approvals = read_approvals(s.at("approvals")),
                                      .watch = read_watch(in.object("watch"))};
  }
}

void risk_engine::restore_approvals() {
  std::vector<timestamp> times;
  trade_date newest = 0;
  for (const auto& [name, s] : strategies_) {
    times.insert(times.end(), s.approvals.times().begin(), s.approvals.times().end());
    newest = std::max(newest, s.approvals.date());
  }
  std::ranges::sort(times);
  if (!times.empty()) {
    const timestamp gone = times.back() - seconds(60);
    std::erase_if(times, [&](timestamp t) { return t <= gone; });
  }
  std::int64_t of_date = 0;
  for (const auto& [name, s] : strategies_) of_date += s.approvals.count(newest);
  approvals_ = risk::approval_window::restored({times.begin(), times.end()}, newest, of_date);
}

}  // namespace bulkhead
