#pragma once
// The paper exchange: fills working orders against feed ticks. Pure and deterministic; one owner.
//
// - An order takes part from the first in-session tick of its instrument in a frame *after* the one that caused it.
// - On that tick it is accepted. MARKET fills whole at the tick's last price. LIMIT fills whole at the last price if
//   that is at the limit or better (it was marketable on arrival).
// - On later ticks a resting LIMIT fills whole at its limit when the last price touches or crosses it.
// - A cancel requested before a frame wins over a fill in it; a cancel of an order the exchange has not seen yet is
//   accept, then cancel.
// - A DAY order expires in the first frame at or after its session close; before anything else of that frame.
// Within a frame, orders go by (submitted order): first placed, first served.
#include <deque>
#include <string>
#include <vector>

#include "runtime/domain/order_manager.hpp"
#include "runtime/domain/session.hpp"

namespace bulkhead {

class paper_matching {
 public:
  explicit paper_matching(trading_session session) : session_(session) {}

  /// Puts an order into the book. Placing the same client order id twice has no effect. `o.status` other than
  /// `submitted` means it was accepted before (recovery).
  void place(const order& o);
  void cancel(const client_order_id& id);

  /// Reports for one frame, in the order they happened. Ids: broker order id "P" + client order id; fill id
  /// broker order id + "-1".
  std::vector<broker_update> on_frame(const frame_view& frame);

 private:
  trading_session session_;
  // the implementer of this class adds its state here
};

}  // namespace bulkhead
