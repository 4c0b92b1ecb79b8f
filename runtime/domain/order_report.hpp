#pragma once
// Judges one report of a broker about one order: is it news, is it legal, what is it in the words of the transition
// table. Pure functions; order_manager decides with them.
#include "runtime/domain/order_manager.hpp"

#include <optional>
#include <string>
#include <utility>

namespace bulkhead {

/// A report that says this and, for people, why; the rest is the caller's.
[[nodiscard]] inline broker_update update_of(const client_order_id& id, broker_update::kind what,
                                             std::string reason = {}) {
  broker_update u;
  u.what = what;
  u.client_order_id = id;
  u.reason = std::move(reason);
  return u;
}

/// For people, in broker_update_refused: "filled 5 at 100.00 as T1".
[[nodiscard]] std::string describe(const broker_update& u);

/// Terms as the order can have them: no price that its type has not, and a trigger that was reached stays as it was.
[[nodiscard]] order_terms terms_for(const order& o, const order_terms& t);

/// A fill is final when it takes all that remains.
[[nodiscard]] order_trigger fill_trigger(const order& o, quantity qty);
/// The report in the table's words; nullopt: it does not change the status.
[[nodiscard]] std::optional<order_trigger> trigger_of(const order& o, const broker_update& u);

/// A second report of the same acceptance, trigger, modification, end or lost answer. (Fills are known by their id.)
[[nodiscard]] bool says_nothing_new(const order& o, const broker_update& u);

/// A cancel was asked for while nobody knew whether the broker has the order, or before that came to be: it leaves once
/// its book has it. (In status unknown only a cancel leaves a mark in changed_feed, see order_manager::ask_change.)
[[nodiscard]] bool awaits_cancel(const order& o);

/// The modification on its way makes a reducing order no larger and leaves its prices: less of an order, as a cancel
/// is.
[[nodiscard]] bool only_shrinks(const order& o);

/// Why the report cannot be true of this order; nullopt: it is legal.
[[nodiscard]] std::optional<std::string> objection(const order& o, const broker_update& u);

}  // namespace bulkhead
