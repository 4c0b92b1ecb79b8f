#include "strategies/strategy_host.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {

strategy_host::strategy_host(std::vector<hosted_strategy> strategies, trading_session session,
                             const instrument_table& instruments)
    : strategies_(std::move(strategies)),
      session_(session),
      instruments_(&instruments),
      by_instrument_(instruments.size()) {
  std::ranges::sort(strategies_, {}, &hosted_strategy::name);
  const auto twin = std::ranges::adjacent_find(strategies_, {}, &hosted_strategy::name);
  if (twin != strategies_.end()) throw std::invalid_argument("two strategies are named " + twin->name.str());
  for (std::uint32_t i = 0; i < strategies_.size(); ++i) {
    for (const instrument_id id : strategies_[i].instruments) {
      auto& askers = by_instrument_.at(id.index);
      if (askers.empty() || askers.back() != i) askers.push_back(i);
    }
  }
}

void strategy_host::on_frame(const frame_view& frame, std::vector<routed_signal>& out) {
  if (frame.seq <= last_frame_) return;
  last_frame_ = frame.seq;
  if (!session_.is_open(frame.ts)) return;
  for (const tick& t : frame.ticks) {
    for (const std::uint32_t index : by_instrument_.at(t.instrument.index)) ask(index, t, frame, out);
  }
}

void strategy_host::ask(std::uint32_t strategy_index, const tick& t, const frame_view& frame,
                        std::vector<routed_signal>& out) {
  const hosted_strategy& asked = strategies_[strategy_index];
  const instrument& row = instruments_->at(t.instrument);
  said_.clear();
  asked.logic->on_tick(row, t, frame.ts, said_);
  for (std::uint32_t ordinal = 0; ordinal < said_.size(); ++ordinal) {
    intent& said = said_[ordinal];
    out.push_back({.signal = {.id = derive_signal_id(asked.name, row.key, frame.seq, ordinal),
                              .strategy = asked.name,
                              .instrument = t.instrument,
                              .action = said.action,
                              .side = said.side,
                              .qty = said.qty,
                              .type = said.type,
                              .limit_price = said.limit_price,
                              .ts = frame.ts,
                              .feed = frame.seq,
                              .ordinal = ordinal,
                              .reason = std::move(said.reason)},
                   .strategy_index = strategy_index});
  }
}

nlohmann::json strategy_host::snapshot() const {
  nlohmann::json states = nlohmann::json::object();
  for (const hosted_strategy& hosted : strategies_) states[hosted.name.str()] = hosted.logic->snapshot();
  return {{"last_frame", last_frame_}, {"strategies", std::move(states)}};
}

void strategy_host::restore(const nlohmann::json& state) {
  std::string at = "last_frame";
  try {
    last_frame_ = state.at("last_frame").get<feed_seq>();
    at = "strategies";
    const auto& states = state.at("strategies");
    for (hosted_strategy& hosted : strategies_) {
      at = hosted.name.str();
      if (const auto it = states.find(at); it != states.end()) hosted.logic->restore(*it);
    }
  } catch (const std::exception& e) {
    throw std::invalid_argument(fmt::format("snapshot of the strategies: {}: {}", at, e.what()));
  }
}

}  // namespace bulkhead
