#pragma once
// From settings to the parts that a node or a backtest is put together from. The only place, with node_builder, that
// knows every backend, broker kind, feed and strategy.
#include "config/settings.hpp"
#include "runtime/domain/sequencer.hpp"
#include "runtime/feeds/feed_result.hpp"
#include "runtime/roles/role_logic.hpp"
#include "strategies/strategy_host.hpp"

#include <memory>

namespace bulkhead::app {

[[nodiscard]] feed_result make_feed(const config::settings& s);

/// Enabled strategies, addressed to the active brokers that they name.
[[nodiscard]] std::unique_ptr<strategy_host> make_strategy_host(const config::settings& s);

/// A fresh role of that broker. `incarnation` is what the trader shows at the effect gate.
[[nodiscard]] std::unique_ptr<role_logic> make_role(const config::settings& s, const config::broker_settings& broker,
                                                    role kind, std::shared_ptr<const effect_gate> gate,
                                                    std::uint64_t incarnation);

[[nodiscard]] sequencer_settings sequencer_settings_of(const config::settings& s, const config::broker_settings& b);

}  // namespace bulkhead::app
