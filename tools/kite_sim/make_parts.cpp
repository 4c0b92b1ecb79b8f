// From options to the parts of the simulator.
#include "runtime/feeds/replay_source.hpp"
#include "runtime/feeds/synthetic_source.hpp"
#include "runtime/feeds/ticks_source.hpp"
#include "tools/kite_sim/listing_file.hpp"
#include "tools/kite_sim/options.hpp"

#include <iostream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::kite_sim {
namespace {

feed_result make_feed(const run_options& options, const listing& listed) {
  const trading_session& session = options.settings.exchange.session;
  if (options.market == "replay") {
    return make_replay_source(options.market_path, options.from, options.to, listed.table(), session);
  }
  if (options.market == "ticks") {
    return make_ticks_source({options.market_path, options.from, options.to, {}}, listed.table(), session);
  }
  synthetic_settings synthetic;
  synthetic.seed = options.settings.seed;
  synthetic.from = options.from.value_or(20'220'103);
  synthetic.days = options.days;
  synthetic.ticks_per_second = options.ticks_per_second;
  for (const instrument& one : listed.table().rows()) synthetic.instruments.push_back(one.id);
  return make_synthetic_source(synthetic, listed.table(), session);
}

}  // namespace

listing make_listing(const run_options& options) { return read_listing(options.instruments, options.freeze); }

std::unique_ptr<feed_source> make_market(const run_options& options, const listing& listed) {
  feed_result feed = make_feed(options, listed);
  if (!feed.source) throw std::runtime_error(feed.error);
  for (const feed_problem& one : feed.source->problems()) {
    std::cerr << fmt::format("{}:{}: {}\n", one.file, one.line, one.what);
  }
  return std::move(feed.source);
}

void add_accounts(const run_options& options, const listing& listed, simulator& sim) {
  for (const app_registration& app : options.apps) {
    if (!sim.add_app(app, options.cash)) {
      throw std::runtime_error(fmt::format("--app: given {} twice, allowed: each api_key once", app.api_key));
    }
  }
  for (const std::string& text : options.holdings) {
    std::istringstream parts{text};
    std::string key;
    std::string units;
    std::string average;
    std::getline(parts, key, ',');
    std::getline(parts, units, ',');
    std::getline(parts, average);
    const auto id = listed.table().find(key);
    const auto count = read_integer(units);
    const auto at = read_price(average);
    if (!id || !count || *count < 1 || *count > max_quantity || !at) {
      throw std::runtime_error(
          fmt::format("--holding: given \"{}\", allowed: a listed key, units, average price", text));
    }
    for (const auto& [user, account] : sim.venue().accounts()) sim.venue().add_holding(user, *id, *count, *at);
  }
  for (const fault_rule& rule : options.faults) sim.mishaps().add(rule);
}

}  // namespace bulkhead::kite_sim
