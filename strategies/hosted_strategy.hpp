#pragma once
// A strategy with what its host has to know of it, and what the host hands out.
#include "runtime/domain/strategy_notice.hpp"
#include "strategies/strategy.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

struct hosted_strategy {
  strategy_id name;
  std::unique_ptr<strategy> logic;
  std::vector<broker_id> brokers;                      ///< active ones only
  std::vector<instrument_id> instruments;              ///< each tick reaches only those that asked for its instrument
  bulkhead::product product = bulkhead::product::mis;  ///< stamped on each of its signals
  std::string fingerprint;  ///< kind, instruments and parameters: with the same, its state goes on over a reload
  std::string fault;        ///< not empty: it failed before it could run, and why; hosted as quarantined
};

/// Shared by all that goes to the same brokers; never nullptr.
using addressees = std::shared_ptr<const std::vector<broker_id>>;

/// One signal and where it goes. The same signal, same id, for every broker.
struct routed_signal {
  bulkhead::signal signal;
  addressees to;
};

struct routed_notice {
  strategy_notice notice;
  addressees to;
};

/// A quarantine that no replay would find by itself, because a clock said so: whoever has to give the same signals
/// again keeps these and prescribes them to the host.
struct measured_quarantine {
  strategy_id strategy;
  feed_seq feed = 0;
  std::uint32_t tick = 0;  ///< index in that frame: what was said to it and after it is dropped
  std::string reason;
};

/// What frames and changes gave since the last clear(), in order.
struct frame_output {
  std::vector<routed_signal> signals;
  std::vector<routed_notice> notices;
  std::vector<measured_quarantine> measured;

  void clear();
  [[nodiscard]] std::vector<signal> signals_for(const broker_id& broker) const;
  [[nodiscard]] std::vector<strategy_notice> notices_for(const broker_id& broker) const;
};

}  // namespace bulkhead
