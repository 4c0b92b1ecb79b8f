#pragma once
// Signals and commands from a story's words, and events back into words.
#include "scenarios/story.hpp"

#include <map>
#include <string>
#include <string_view>

namespace bulkhead::test {

/// "momentum enters BUY 50 NIFTY at 17450 trigger 17449 IOC CNC stop 20 target 40 aged 900": a signal without ids.
/// enters | exits | cancels | modifies; BUY | SELL; quantity; trading symbol; then any of: at LIMIT, trigger PRICE,
/// IOC, MIS, CNC, NRML, stop OFFSET, target OFFSET, aged MS, again (the same signal id as the one before it).
struct told_signal {
  signal said;
  std::int64_t aged_ms = 0;
  bool again = false;
};
[[nodiscard]] told_signal signal_of(const std::string& words, const instrument_table& instruments);

/// "[paper] kill halt: why", "kill reduce-only momentum: why", "release: why", "release momentum: why", "cancel #2:
/// why", "cancel all: why", "cancel momentum: why".
[[nodiscard]] told_command command_of(const std::string& words);

/// Numbers the orders of one broker as they are approved: #1, #2, ...
class teller {
 public:
  explicit teller(const instrument_table& instruments) : instruments_(&instruments) {}
  [[nodiscard]] std::string tell(const event& e);
  [[nodiscard]] client_order_id order(std::size_t number) const;

 private:
  std::string number(const client_order_id& id);
  std::string approval(const order_request& r);
  const instrument_table* instruments_;
  std::map<client_order_id, std::size_t> numbers_;
};

}  // namespace bulkhead::test
