#pragma once
// One row of the registry: everything the rest of the system needs to know about a kind of strategy.
#include "runtime/domain/session.hpp"
#include "strategies/parameter_spec.hpp"
#include "strategies/strategy.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bulkhead {

struct strategy_kind {
  std::string name;         ///< as `strategy:` of a YAML file says it, e.g. "ema_cross"
  std::string description;  ///< one line, for people
  std::vector<parameter_spec> parameters;

  /// What no single parameter shows, e.g. fast < slow. Empty text: fine; otherwise what was given and what is allowed.
  /// Called with parameters that each fit their spec.
  std::string (*cross_check)(const parameter_map&) = nullptr;

  /// Builds one strategy with its own history for each of `instruments`. Parameters left out take their fallback.
  /// Throws std::invalid_argument on parameters that were not checked before, or an instrument that it cannot trade.
  std::unique_ptr<strategy> (*make)(const parameter_map&, std::span<const instrument> instruments,
                                    const trading_session& session) = nullptr;
};

}  // namespace bulkhead
