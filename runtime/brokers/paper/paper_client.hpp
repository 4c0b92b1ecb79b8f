#pragma once
// The paper broker: the domain's paper exchange behind the broker port. No network, no file, no clock: its book moves
// with the feed's frames and is rebuilt from the journal's live orders. One owner.
#include "runtime/domain/paper_matching.hpp"
#include "runtime/ports/broker_client.hpp"

namespace bulkhead {

class paper_client final : public broker_client {
 public:
  explicit paper_client(trading_session session) : exchange_(session) {}

  [[nodiscard]] venue_clock clock() const override { return venue_clock::feed; }
  /// Puts them into the book in the order they were submitted, whatever their order in `live`.
  void restore(std::span<const order* const> live) override;
  void submit(const order& o) override { exchange_.place(o); }
  void cancel(const client_order_id& id) override { exchange_.cancel(id); }
  std::vector<broker_update> on_frame(const frame_view& frame) override { return exchange_.on_frame(frame); }

 private:
  paper_matching exchange_;
};

}  // namespace bulkhead
