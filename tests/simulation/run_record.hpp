#pragma once
// What the harness knows of a run besides what is on the disks: what was promised to operators, what was sent on
// purpose that is wrong, which faults there were.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace bulkhead::simulation {

struct run_record {
  struct acknowledged {
    std::string broker;
    std::uint64_t seq = 0;
    std::string payload;
  };
  std::vector<acknowledged> operators_heard;
  std::uint64_t strategy_commands = 0;     ///< well-formed ones, sent
  std::uint64_t strategy_commands_ok = 0;  ///< of those, answered with success
  std::uint64_t bad_inputs = 0;
  std::set<std::string> targets;  ///< brokers that faults may touch; "" for the shared subtree
  std::set<std::string> hung;     ///< brokers of which an actor was made to hang: it may be revoked
  std::uint64_t faults = 0;
  std::uint64_t nodes = 0;
  std::uint64_t turns = 0;
  std::uint64_t events = 0;
};

/// Every id that a wrong input carries begins so, and no id of the kernel does.
inline constexpr const char* bogus = "bogus";

}  // namespace bulkhead::simulation
