#pragma once
// Runs every enabled strategy over the feed and addresses each signal to the brokers it names. Pure; one owner.
#include "runtime/domain/session.hpp"
#include "strategies/strategy.hpp"

#include <memory>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

struct hosted_strategy {
  strategy_id name;
  std::unique_ptr<strategy> logic;
  std::vector<broker_id> brokers;          ///< active ones only
  std::vector<instrument_id> instruments;  ///< each tick reaches only those that asked for its instrument
};

/// One signal and where it goes. The same signal, same id, for every broker.
struct routed_signal {
  bulkhead::signal signal;
  std::uint32_t strategy_index = 0;  ///< into hosted(): its `brokers` are the addressees
};

class strategy_host {
 public:
  /// Puts the strategies in order of name. Throws std::invalid_argument on two of one name: their signals would share
  /// ids. Keeps a reference to `instruments`.
  strategy_host(std::vector<hosted_strategy> strategies, trading_session session, const instrument_table& instruments);

  /// All signals of one frame, ordered by (tick order in the frame, strategy order, ordinal). Frames at or below the
  /// last one seen yield nothing. Ticks outside the session reach no strategy.
  void on_frame(const frame_view& frame, std::vector<routed_signal>& out);

  [[nodiscard]] const std::vector<hosted_strategy>& hosted() const noexcept { return strategies_; }
  [[nodiscard]] feed_seq last_frame() const noexcept { return last_frame_; }
  [[nodiscard]] nlohmann::json snapshot() const;
  /// A strategy that the snapshot does not know starts with no history; one that is no longer hosted is left out.
  /// Throws std::invalid_argument that says which strategy and what is wrong; the host is then of no further use.
  void restore(const nlohmann::json& state);

 private:
  std::vector<hosted_strategy> strategies_;
  trading_session session_;
  const instrument_table* instruments_;
  feed_seq last_frame_ = 0;
  std::vector<std::vector<std::uint32_t>> by_instrument_;  ///< instrument index -> strategies that asked for it
  std::vector<intent> said_;                               ///< scratch of on_frame: no allocation per tick

  void ask(std::uint32_t strategy_index, const tick& t, const frame_view& frame, std::vector<routed_signal>& out);
};

}  // namespace bulkhead
