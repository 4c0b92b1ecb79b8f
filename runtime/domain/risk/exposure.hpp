#pragma once
// What a broker holds and what could still be added to it: a fold over approvals, fills and order ends. A working order
// counts with all that remains of it, whatever its status (unknown and pending_cancel too), until it is terminal.
// Pure; one owner, the risk engine.
#include "runtime/domain/events.hpp"

#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::risk {

class exposure {
 public:
  /// Reserves the order. An id that works already changes nothing.
  void reserve(const order_request& request);
  /// The order's intent is journaled: from here on the trader knows it, and a cancel can reach it.
  void submit(const client_order_id& id);
  /// A change of status that leaves the order working, by the transition table; what the table forbids changes nothing.
  void advance(const client_order_id& id, order_trigger trigger);
  /// Moves what was filled from reserved to held; the whole quantity ends the order. A fill of an order that does not
  /// work any more is held all the same.
  void fill(const order_filled& f);
  /// The order is terminal (or was withheld): what remained of it is no longer reserved.
  void release(const client_order_id& id);

  /// Units of this strategy, signed.
  [[nodiscard]] quantity held(const strategy_id& strategy, instrument_id instrument) const;
  /// Units of all strategies, signed.
  [[nodiscard]] quantity position(instrument_id instrument) const;
  /// What remains of all working orders on that side.
  [[nodiscard]] quantity working(instrument_id instrument, side s) const;
  /// What remains of this strategy's working exits on that side.
  [[nodiscard]] quantity exits_working(const strategy_id& strategy, instrument_id instrument, side s) const;
  /// This strategy's entries on that side that a cancel can still be asked for (submitted, open, partially filled), in
  /// the order of their approval. Not one that is only approved: the trader would not know what to cancel.
  [[nodiscard]] std::vector<client_order_id> cancellable_entries(const strategy_id& strategy, instrument_id instrument,
                                                                 side s) const;

  /// {instrument key: {strategy: {"held", "orders": [..]}}}: what is neither held nor working is left out.
  [[nodiscard]] nlohmann::json snapshot(const instrument_table& instruments) const;
  /// The inverse; throws std::invalid_argument or nlohmann::json::exception on a state that snapshot() did not write.
  [[nodiscard]] static exposure restored(const nlohmann::json& state, const instrument_table& instruments);

 private:
  using by_side = std::array<quantity, 2>;  ///< indexed by side

  struct working_order {
    strategy_id strategy;
    instrument_id instrument;
    bulkhead::side side = bulkhead::side::buy;
    bool reduces = false;
    quantity remaining = 0;
    order_status status = order_status::submitted;
    bool is_submitted = false;  ///< false: approved in this frame, the intent still to come
  };
  /// One strategy in one instrument.
  struct line {
    quantity held = 0;
    by_side exits{};
    std::vector<client_order_id> orders;  ///< working ones, in the order of their approval
  };
  struct book {
    quantity position = 0;
    by_side working{};
    std::map<strategy_id, line> lines;
  };

  [[nodiscard]] const book* find_book(instrument_id instrument) const;
  [[nodiscard]] const line* find_line(const strategy_id& strategy, instrument_id instrument) const;
  void add(client_order_id id, working_order o);
  void change_reserved(const working_order& o, quantity delta);
  void change_held(const strategy_id& strategy, instrument_id instrument, quantity delta);

  std::map<instrument_id, book> books_;
  std::unordered_map<client_order_id, working_order> orders_;
};

}  // namespace bulkhead::risk
