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
#include "runtime/domain/order_manager.hpp"
#include "runtime/domain/session.hpp"

#include <unordered_map>
#include <vector>

namespace bulkhead {

class paper_matching {
 public:
  explicit paper_matching(trading_session session) : session_(session) {}

  /// Puts an order into the book. Placing the same client order id twice has no effect, also after the order ended.
  /// In recovery the order says how far it was: `open`, `partially_filled` or a broker order id mean that it was
  /// accepted before, `pending_cancel` that its cancel is still to take effect.
  void place(const order& o);
  /// Takes effect at the next in-session tick of the instrument. Of an order that is not in the book: no effect.
  void cancel(const client_order_id& id);

  /// Reports for one frame, in the order they happened. Ids: broker order id "P" + client order id; fill id
  /// broker order id + "-1".
  std::vector<broker_update> on_frame(const frame_view& frame);

 private:
  struct working {
    client_order_id id;
    instrument_id instrument;
    bulkhead::side side = bulkhead::side::buy;
    order_type type = order_type::market;
    quantity qty = 0;  ///< what remains to be filled
    price limit;
    timestamp expires_at;
    feed_seq after = 0;  ///< takes part in later frames only
    bool accepted = false;
    bool cancelling = false;
    bool done = false;  ///< ended in the frame at hand; swept at its end
  };

  void expire(timestamp now, std::vector<broker_update>& out);
  void meet(working& o, price last, std::vector<broker_update>& out);
  void sweep(timestamp now);

  trading_session session_;
  std::vector<working> book_;  ///< as submitted
  /// Ids in the book, and ended ones with their expiry: so long a second place() of the same id is recognised. After
  /// that it could only expire.
  std::unordered_map<client_order_id, timestamp> placed_;
};

}  // namespace bulkhead
