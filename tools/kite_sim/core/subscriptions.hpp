#pragma once
// What one WebSocket connection wants to see: its subscriptions and modes, and the commands that change them. Pure.
#include "tools/kite_sim/core/tick_packets.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::kite_sim {

class subscriptions {
 public:
  static constexpr std::size_t most = 3000;

  struct outcome {
    std::vector<std::uint32_t> fresh;  ///< tokens whose state is sent at once
    std::string error;                 ///< not empty: for an error frame
  };
  /// {"a": "subscribe" | "unsubscribe" | "mode", "v": ...}. Tokens that are no numbers are passed over, as Kite does.
  /// A mode for a token that was not subscribed is ignored.
  [[nodiscard]] outcome apply(std::string_view command);

  [[nodiscard]] const std::map<std::uint32_t, tick_mode>& modes() const noexcept { return modes_; }

 private:
  std::map<std::uint32_t, tick_mode> modes_;
};

}  // namespace bulkhead::kite_sim
