#pragma once
// What the guard looks at, of the broker or of one strategy: docs/kernel.md, "Guard".
#include "runtime/domain/risk/limits.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bulkhead::risk {

struct loss_watch {
  money net;                 ///< at the newest snapshot
  money base;                ///< net at the last snapshot of an earlier date, or at the release
  money peak;                ///< highest net so far, at least 0; after a release from there on
  trade_date date = 0;       ///< of the newest snapshot
  std::int64_t rejects = 0;  ///< by the broker, in a row

  void mark(money new_net, trade_date on);
  /// A release counts anew.
  void restart();
};

struct latch_cause {
  std::string cause;   ///< the name of the limit
  std::string reason;  ///< for people: limit and observed value
};

/// The first limit that is reached; nullopt: none.
[[nodiscard]] std::optional<latch_cause> reached_limit(const loss_watch& w, const risk_limits& limits);

}  // namespace bulkhead::risk
