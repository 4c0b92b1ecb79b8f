#include "tools/app/parts.hpp"

#include "runtime/brokers/registry.hpp"
#include "runtime/feeds/replay_source.hpp"
#include "runtime/feeds/synthetic_source.hpp"
#include "strategies/registry.hpp"

#include <algorithm>
#include <stdexcept>

namespace bulkhead::app {
namespace {

/// Settings are valid once loaded, so a miss here is a mistake of ours.
instrument_id must_find(const instrument_table& instruments, const std::string& key) {
  const auto id = instruments.find(key);
  if (!id) throw std::logic_error("instrument passed validation and is not there: " + key);
  return *id;
}

}  // namespace

feed_result make_feed(const config::settings& s) {
  if (s.feed.kind == "replay") {
    return make_replay_source(s.feed.path, s.feed.from, s.feed.to, s.instruments, s.session);
  }
  synthetic_settings synthetic;
  synthetic.seed = s.feed.seed;
  synthetic.days = s.feed.days;
  synthetic.from = s.feed.from.value_or(20'220'103);
  for (const std::string& key : s.feed.instruments) synthetic.instruments.push_back(must_find(s.instruments, key));
  return make_synthetic_source(synthetic, s.instruments, s.session);
}

std::unique_ptr<strategy_host> make_strategy_host(const config::settings& s) {
  std::vector<hosted_strategy> hosted;
  for (const config::strategy_settings& one : s.strategies) {
    hosted_strategy h;
    h.name = one.name;
    std::vector<instrument> rows;
    for (const std::string& key : one.instruments) {
      h.instruments.push_back(must_find(s.instruments, key));
      rows.push_back(s.instruments.at(h.instruments.back()));
    }
    h.logic = find_strategy_kind(one.strategy)->make(one.parameters, rows);
    for (const config::broker_settings& b : s.brokers) {
      if (std::ranges::find(one.brokers, b.id) != one.brokers.end()) h.brokers.push_back(b.id);
    }
    hosted.push_back(std::move(h));
  }
  return std::make_unique<strategy_host>(std::move(hosted), s.session, s.instruments);
}

std::unique_ptr<role_logic> make_role(const config::settings& s, const config::broker_settings& broker, role kind,
                                      std::shared_ptr<const effect_gate> gate, std::uint64_t incarnation) {
  switch (kind) {
    case role::risk_manager:
      return std::make_unique<risk_logic>(risk_engine{broker.risk, s.session, s.instruments});
    case role::portfolio:
      return std::make_unique<portfolio_logic>(portfolio{s.instruments});
    case role::trader:
      break;
  }
  std::unique_ptr<broker_client> client;
  const broker_kind* row = find_kind(broker.kind);
  if (row != nullptr && row->make) client = row->make(broker.id, s.session);
  return std::make_unique<trader_logic>(order_manager{{broker.enabled, s.charges}, s.instruments}, std::move(client),
                                        std::move(gate), incarnation);
}

sequencer_settings sequencer_settings_of(const config::settings& s, const config::broker_settings& b) {
  sequencer_settings out;
  out.capital = b.capital;
  out.mark_interval_s = b.mark_interval_s;
  out.snapshot_every_events = static_cast<std::uint64_t>(s.journal.snapshot_every_events);
  out.snapshot_every_frames = static_cast<std::uint64_t>(s.journal.snapshot_every_frames);
  const broker_kind* row = find_kind(b.kind);
  const bool has_client = row != nullptr && row->make;
  out.feed_clocked_venue = !has_client || row->make(b.id, s.session)->clock() == venue_clock::feed;
  return out;
}

}  // namespace bulkhead::app
