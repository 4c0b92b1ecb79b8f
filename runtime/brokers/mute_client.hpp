#pragma once
// The client of a broker with its own clock where nobody trades: in a replay its reports come from the journal.
#include "runtime/ports/broker_client.hpp"

namespace bulkhead {

class mute_client final : public broker_client {
 public:
  [[nodiscard]] venue_clock clock() const override { return venue_clock::own; }
  void restore(std::span<const order* const> /*live*/) override {}
  void submit(const order& /*o*/) override {}
  void cancel(const order& /*o*/) override {}
  void modify(const order& /*o*/) override {}
  std::vector<broker_update> on_frame(const frame_view& /*frame*/) override { return {}; }
};

}  // namespace bulkhead
