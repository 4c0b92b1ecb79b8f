#pragma once
// From settings to the parts that a node or a backtest is put together from. The only place, with node_builder, that
// knows every backend, broker kind, feed and strategy.
#include "config/settings.hpp"
#include "runtime/brokers/client_request.hpp"
#include "runtime/domain/sequencer.hpp"
#include "runtime/feeds/feed_result.hpp"
#include "runtime/roles/role_logic.hpp"
#include "strategies/strategy_host.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace bulkhead::app {

[[nodiscard]] feed_result make_feed(const config::settings& s);

/// Strategies that have seen the warm-up history (strategies.warm_up_days, where the feed has data before its first
/// date; reads it on the caller's thread), addressed to the active brokers that they name. Throws std::exception for a
/// set that does not fit the settings: an unknown kind or instrument, parameters that were not checked.
[[nodiscard]] std::vector<hosted_strategy> make_strategies(const config::settings& s,
                                                           const std::vector<config::strategy_settings>& set);

/// Enabled strategies, addressed to the active brokers that they name.
[[nodiscard]] std::unique_ptr<strategy_host> make_strategy_host(const config::settings& s);

/// A fresh client of that broker; nullptr where its kind has none, or where it has its own clock and placing is off.
using client_factory = std::function<std::unique_ptr<broker_client>(
    const config::settings&, const config::broker_settings&, const client_hooks&)>;

/// The client that the broker's kind names. Without hooks.keep, of a kind with its own clock: one that does nothing.
[[nodiscard]] std::unique_ptr<broker_client> registered_client(const config::settings& s,
                                                               const config::broker_settings& b,
                                                               const client_hooks& hooks = {});

/// A fresh role of that broker. `incarnation` is what the trader shows at the effect gate, here and, through the hooks,
/// right before each of its client's requests.
[[nodiscard]] std::unique_ptr<role_logic> make_role(const config::settings& s, const config::broker_settings& broker,
                                                    role kind, std::shared_ptr<const effect_gate> gate,
                                                    std::uint64_t incarnation,
                                                    const client_factory& make_client = registered_client,
                                                    client_hooks hooks = {});

[[nodiscard]] sequencer_settings sequencer_settings_of(const config::settings& s, const config::broker_settings& b,
                                                       const client_factory& make_client = registered_client);

}  // namespace bulkhead::app
