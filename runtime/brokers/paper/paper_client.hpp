#pragma once
// The paper broker: the domain's paper exchange behind the broker port. No network, no file, no clock: its book moves
// with the feed's frames and is rebuilt from the journal's live orders. One owner.
#include "runtime/domain/paper_matching.hpp"
#include "runtime/ports/broker_client.hpp"

namespace bulkhead {

class paper_client final : public broker_client {
 public:
  /// The table outlives the client.
  paper_client(const paper_settings& settings, const trading_session& session, const instrument_table& instruments)
      : exchange_(settings, session, instruments) {}

  [[nodiscard]] venue_clock clock() const override { return venue_clock::feed; }
  /// Puts them into the book in the order they were submitted, whatever their order in `live`.
  void restore(std::span<const order* const> live) override;
  void submit(const order& o) override { exchange_.place(o); }
  void cancel(const order& o) override { exchange_.cancel(o); }
  void modify(const order& o) override { exchange_.modify(o); }
  std::vector<broker_update> on_frame(const frame_view& frame) override { return exchange_.on_frame(frame); }

 private:
  paper_matching exchange_;
};

}  // namespace bulkhead
