#pragma once
// Judges one report of a broker about one order: is it news, is it legal, what is it in the words of the transition
// table. Pure functions; order_manager decides with them.
#include "runtime/domain/order_manager.hpp"

#include <optional>
#include <string>

namespace bulkhead {

/// For people, in broker_update_refused: "filled 5 at 100.00 as T1".
[[nodiscard]] std::string describe(const broker_update& u);

/// A fill is final when it takes all that remains.
[[nodiscard]] order_trigger fill_trigger(const order& o, quantity qty);
/// The report in the table's words.
[[nodiscard]] order_trigger trigger_of(const order& o, const broker_update& u);

/// A second report of the same acceptance, the same end or the same lost answer. (Fills are known by their id.)
[[nodiscard]] bool says_nothing_new(const order& o, const broker_update& u);

/// Why the report cannot be true of this order; nullopt: it is legal.
[[nodiscard]] std::optional<std::string> objection(const order& o, const broker_update& u);

}  // namespace bulkhead
