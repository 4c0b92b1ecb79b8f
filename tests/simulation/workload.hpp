#pragma once
// A small busy day and who trades it. Four brokers: `steady`, which no fault ever touches; `paper`, which faults touch
// and operators do not, so that its journal must come out as if nothing had happened; `desk`, where operators are at
// work too; `live`, a simulated venue with a clock of its own.
#include "config/settings.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/ports/feed_source.hpp"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace bulkhead::simulation {

inline const std::array<std::string, 4> broker_names{"steady", "paper", "desk", "live"};
/// The strategy that operators pause: not at `steady` and `paper`.
inline const strategy_id pausable{"pausable"};

struct workload {
  std::shared_ptr<const config::settings> settings;
  std::shared_ptr<const frame_batch> frames;  ///< the whole day
  /// Canonical dump of the day with nothing in its way, of the paper brokers, without actors.
  std::map<std::string, std::vector<std::string>> undisturbed;
  /// By broker: the ids of the signals that the strategies give it by frame; without the pausable one's.
  std::map<std::string, std::vector<std::pair<feed_seq, std::string>>> signals;
  std::map<std::string, std::set<std::string>> addressed;  ///< by broker: the strategies that name it

  [[nodiscard]] std::unique_ptr<feed_source> open_feed() const;
  [[nodiscard]] const config::broker_settings& broker(const std::string& name) const;
};

inline constexpr std::uint64_t workload_count = 8;
/// One of `workload_count` days, made once in a program.
[[nodiscard]] const workload& workload_of(std::uint64_t variant);

}  // namespace bulkhead::simulation
