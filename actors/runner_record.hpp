#pragma once
// What the runner journals: every input besides frames that changes what its strategies say.
#include "runtime/domain/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::actors {

struct runner_record {
  /// An operator's "pause", "resume", "reload"; or "quarantine", where a clock said so. What frames alone lead to is
  /// not journaled: it happens again.
  std::string command;
  feed_seq feed = 0;       ///< took effect after this frame; quarantine: within it
  strategy_id strategy;    ///< not of reload
  std::uint32_t tick = 0;  ///< quarantine: from this tick of the frame on
  std::string reason;      ///< quarantine
  std::string base;        ///< reload: the set until then
  std::string set;         ///< reload: the whole new set
  std::string process;     ///< reload: the run of the process that read it from the files
};

/// One JSON object.
[[nodiscard]] std::string encode(const runner_record& record);
/// Throws std::runtime_error that names the record and what is wrong.
[[nodiscard]] runner_record decode_runner_record(std::uint64_t seq, std::string_view payload);

}  // namespace bulkhead::actors
