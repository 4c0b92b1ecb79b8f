#include "tools/app/parts.hpp"

#include "runtime/brokers/mute_client.hpp"
#include "runtime/brokers/registry.hpp"
#include "runtime/domain/order_report.hpp"
#include "runtime/feeds/replay_source.hpp"
#include "runtime/feeds/synthetic_source.hpp"
#include "runtime/feeds/ticks_source.hpp"
#include "strategies/registry.hpp"
#include "strategies/warm_up.hpp"
#include "tools/app/clock_times.hpp"
#include "tools/app/live_feed.hpp"
#include "tools/app/strategy_set.hpp"
#include "tools/app/topics.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

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
  const std::vector<duration> clock_times = clock_times_of(s);
  if (s.feed.kind == "replay") {
    return make_replay_source(s.feed.path, s.feed.from, s.feed.to, s.instruments, s.session, clock_times);
  }
  if (s.feed.kind == "ticks") {
    return make_ticks_source({s.feed.path, s.feed.from, s.feed.to, clock_times}, s.instruments, s.session);
  }
  if (s.feed.kind == "kafka") return make_kafka_feed(s);
  if (is_live_feed(s)) return logged_feed(s);
  synthetic_settings synthetic;
  synthetic.seed = s.feed.seed;
  synthetic.days = s.feed.days;
  synthetic.clock_times = clock_times;
  synthetic.from = s.feed.from.value_or(20'220'103);
  for (const std::string& key : s.feed.instruments) synthetic.instruments.push_back(must_find(s.instruments, key));
  return make_synthetic_source(synthetic, s.instruments, s.session);
}

namespace {

/// History before the feed's first date; without a source where there is none to show.
feed_result make_history(const config::settings& s) {
  constexpr std::int64_t day_ns = 24LL * 3600 * 1'000'000'000;
  if (s.strategy_host.warm_up_days == 0) return {};
  if (!s.feed.from || s.feed.kind == "synthetic" || is_live_feed(s)) {
    throw std::runtime_error(
        "strategies.warm_up_days: history is what the feed has before feed.from: set feed.from, with feed.kind replay "
        "or "
        "ticks, or warm_up_days: 0");
  }
  config::settings before = s;
  const timestamp first = start_of_day(*s.feed.from);
  before.feed.from = date_of(timestamp{first.ns - s.strategy_host.warm_up_days * day_ns});
  before.feed.to = date_of(timestamp{first.ns - day_ns});
  feed_result history = make_feed(before);
  if (!history.source) {
    throw std::runtime_error(fmt::format("strategies.warm_up_days: {} days before feed.from: {}",
                                         s.strategy_host.warm_up_days, history.error));
  }
  return history;
}

}  // namespace

std::vector<hosted_strategy> make_strategies(const config::settings& s,
                                             const std::vector<config::strategy_settings>& set) {
  std::vector<hosted_strategy> hosted;
  for (const config::strategy_settings& one : set) {
    const strategy_kind* kind = find_strategy_kind(one.strategy);
    if (kind == nullptr) {
      throw std::invalid_argument(fmt::format("strategy {}: no such kind: {}", one.name.str(), one.strategy));
    }
    hosted_strategy h;
    h.name = one.name;
    h.product = one.product;
    h.fingerprint = fingerprint_of(one);
    std::vector<instrument> rows;
    for (const std::string& key : one.instruments) {
      h.instruments.push_back(must_find(s.instruments, key));
      rows.push_back(s.instruments.at(h.instruments.back()));
    }
    h.logic = kind->make(one.parameters, rows, s.session);
    for (const config::broker_settings& b : s.brokers) {
      if (std::ranges::find(one.brokers, b.id) != one.brokers.end()) h.brokers.push_back(b.id);
    }
    hosted.push_back(std::move(h));
  }
  if (const feed_result history = make_history(s); history.source) {
    warm_up(hosted, s.session, s.instruments, [&](frame_batch& batch) { return history.source->next(batch); });
  }
  return hosted;
}

std::unique_ptr<strategy_host> make_strategy_host(const config::settings& s) {
  return std::make_unique<strategy_host>(make_strategies(s, s.strategies), s.session, s.instruments);
}

std::unique_ptr<broker_client> registered_client(const config::settings& s, const config::broker_settings& b,
                                                 const client_hooks& hooks) {
  const broker_kind* row = find_kind(b.kind);
  if (row == nullptr || !row->make) return nullptr;
  if (row->clock == venue_clock::own) {
    if (!b.enabled) return nullptr;
    if (!hooks.keep) return std::make_unique<mute_client>();
  }
  return row->make({b.id, b.paper, b.kite, s.session, s.instruments, hooks});
}

namespace {

/// Also where placing is off now: an earlier run's orders may be at the broker, and are not taken for unsent.
bool has_own_clock(const config::settings& s, const config::broker_settings& b, const client_factory& make_client) {
  const std::unique_ptr<broker_client> client = make_client(s, b, {});
  const broker_kind* row = find_kind(b.kind);
  return client ? client->clock() == venue_clock::own : row != nullptr && row->clock == venue_clock::own;
}

risk_venue venue_of(const config::settings& s, const config::broker_settings& b, const client_factory& make_client) {
  risk_venue out{.has_own_clock = has_own_clock(s, b, make_client)};
  if (!is_live_feed(s)) out.pace = s.feed.speed;
  if (b.kite.market_protection_bps > 0) out.stop_limit_bps = b.kite.market_protection_bps;
  return out;
}

}  // namespace

std::unique_ptr<role_logic> make_role(const config::settings& s, const config::broker_settings& broker, role kind,
                                      std::shared_ptr<const effect_gate> gate, std::uint64_t incarnation,
                                      const client_factory& make_client, client_hooks hooks) {
  switch (kind) {
    case role::risk_manager:
      return std::make_unique<risk_logic>(
          risk_engine{broker.risk, s.session, s.instruments, venue_of(s, broker, make_client)});
    case role::portfolio:
      return std::make_unique<portfolio_logic>(portfolio{s.instruments, broker.risk.margin});
    case role::trader:
      break;
  }
  // Asked once more by the client: time passes between the trader's word and the request.
  hooks.may_send = [gate, incarnation](const order& o, venue_action what) {
    const bool is_less = what == venue_action::cancel || (what == venue_action::modify && only_shrinks(o));
    return is_less ? gate->stale(incarnation) : gate->refusal(0, incarnation, o.request.reduces);
  };
  hooks.is_compared = [gate] { return gate->is_compared(); };
  return std::make_unique<trader_logic>(order_manager{{broker.enabled, s.charges}, s.instruments},
                                        make_client(s, broker, hooks), std::move(gate), incarnation);
}

sequencer_settings sequencer_settings_of(const config::settings& s, const config::broker_settings& b,
                                         const client_factory& make_client) {
  sequencer_settings out;
  out.capital = b.capital;
  out.session = s.session;
  out.square_off = b.risk.square_off;
  out.monitor = {s.feed.stale_after_s, s.feed.gap_after_s};
  out.mark_interval_s = b.mark_interval_s;
  out.snapshot_every_events = static_cast<std::uint64_t>(s.journal.snapshot_every_events);
  out.snapshot_every_frames = static_cast<std::uint64_t>(s.journal.snapshot_every_frames);
  out.feed_clocked_venue = !has_own_clock(s, b, make_client);
  return out;
}

}  // namespace bulkhead::app
