#pragma once
// The paper exchange: fills working orders against feed ticks, by the rules of docs/kernel.md, "The paper exchange".
// Pure and deterministic; one owner.
//
// What it knows of an order is what the order manager's fold of its reports knows, and its fate is drawn from its id
// (paper_draws.hpp). So place() of the working orders, between any two frames, makes an exchange that goes on with the
// same reports: that is its recovery.
//
// A frame costs what works in the instruments that tick. Times are event time.
#include "runtime/domain/order_manager.hpp"
#include "runtime/domain/paper_draws.hpp"
#include "runtime/domain/paper_settings.hpp"
#include "runtime/domain/session.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bulkhead {

class paper_matching {
 public:
  /// The table outlives the exchange: tick and lot sizes are its.
  paper_matching(paper_settings settings, trading_session session, const instrument_table& instruments);
  // Its indexes point into its book: a move keeps them good, a copy would not.
  paper_matching(const paper_matching&) = delete;
  paper_matching& operator=(const paper_matching&) = delete;
  paper_matching(paper_matching&&) = default;
  paper_matching& operator=(paper_matching&&) = default;
  ~paper_matching() = default;

  /// Puts an order into the book, as far as its fields say it has come. Placing the same client order id twice has no
  /// effect, also after the order ended. Orders take their turn by ordinal; where that is the same, as placed.
  void place(const order& o);
  /// Counts from o.changed_at and o.changed_feed. Of an order that is not in the book: no effect.
  void cancel(const order& o);
  /// Asks for o.asked_terms in place of what was asked before; counts as a cancel does.
  void modify(const order& o);

  /// Reports for one frame, in the order they happened.
  std::vector<broker_update> on_frame(const frame_view& frame);

 private:
  using reports = std::vector<broker_update>;

  struct working {
    order state;  ///< `broker_order_id` is empty until it is accepted
    paper_fate fate;
    std::uint64_t placed = 0;  ///< how many were placed before it
    bool done = false;         ///< ended in the frame at hand; swept at its end
    [[nodiscard]] bool is_accepted() const { return !state.broker_order_id.empty(); }
  };
  /// Of one instrument or one group, in order of turn.
  using queue = std::vector<working*>;

  [[nodiscard]] static std::pair<std::uint64_t, std::uint64_t> turn(const working* w);
  [[nodiscard]] static broker_order_id paper_order_id(const order& o);
  static void enqueue(queue& q, working* w);
  static void take_change(working& w, const order& asked);

  /// Rule 5, then the end of the day for what still works.
  void close_day(const frame_view& frame, reports& out);
  void match(const frame_view& frame, reports& out);
  void meet(working& w, const tick& t, const frame_view& frame, reports& out);
  /// The order is at the exchange on this tick; false: not yet, or refused.
  bool arrive(working& w, const frame_view& frame, bool& arriving, reports& out);
  /// A cancel or modification that is due; false: the order ended.
  bool change(working& w, const frame_view& frame, bool& arriving, reports& out);
  /// false: a stop that waits for its trigger, or ended waiting.
  bool trigger(working& w, price last, bool& arriving, reports& out);
  void accept(working& w, reports& out);
  void fill(working& w, quantity qty, price at, reports& out);
  void take_from_group(const working& filled, quantity qty, reports& out);
  void end(working& w, broker_update::kind how, const char* reason, reports& out);
  void sweep();

  paper_settings settings_;
  trading_session session_;
  const instrument_table* instruments_;
  std::unordered_map<client_order_id, working> book_;
  std::vector<queue> by_instrument_;  ///< by instrument_id::index
  std::unordered_map<std::string, queue> by_group_;
  std::vector<working*> ended_now_;  ///< what sweep() has to take out of the book
  /// Ended orders with their expiry: so long a second place() of the same id is recognised. After that it could only
  /// expire.
  std::unordered_map<client_order_id, timestamp> ended_;
  /// Nothing in the book or among the ended expires before.
  timestamp next_expiry_{std::numeric_limits<std::int64_t>::max()};
  std::uint64_t placed_count_ = 0;
};

}  // namespace bulkhead
