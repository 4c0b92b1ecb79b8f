#pragma once
// Ours against the broker's: one settled statement against the ledger. Pure; judges one statement alone, so that what
// was on its way while it was read still counts as a difference: reconciler waits for a second one.
#include "runtime/domain/account_ledger.hpp"
#include "runtime/domain/account_statement.hpp"

#include <map>
#include <string_view>
#include <vector>

namespace bulkhead {

/// Action of a difference on a line of which the broker holds less than the journal says: nothing of ours may leave
/// there, an exit would open the opposite position.
inline constexpr std::string_view action_stopped = "stopped";

/// Units of each line that are not ours, as far as they were explained while the broker's book was whole.
using foreign_units = std::map<account_line, quantity>;

struct account_comparison {
  std::vector<account_difference> differences;  ///< unexplained; action "halted" or "stopped"
  std::vector<account_difference> foreign;      ///< not ours; action "noted"
  std::vector<account_difference> over;         ///< key is our order, that has ended unfilled; action "repaired"
  account_reconciled figures;
};

/// "NSE:INFY MIS".
[[nodiscard]] std::string text_of(const account_line& line);

/// - An order with a tag of ours that the journal does not know, one that works here and has ended there or the other
///   way round, and one whose fills are not the same in units or value, is a difference.
/// - A line's units of today are our fills and foreign trades of today; what else they are is a difference. So is a
///   line that does not cover what is ours; unless it is delivery (CNC), that one is stopped.
/// - A book that was emptied says nothing of orders; then a line is today's fills of ours, or ours and what was `known`
///   to be foreign.
/// - An order of ours that the book does not have a minute after its session, still on its day, has ended unfilled
/// where
///   the book has lost nothing, its line is ours and what was `known` to be foreign, and no other order of that line is
///   open to doubt; on a later day where a carried line is exactly ours. Else it is a difference, and an operator
///   decides.
[[nodiscard]] account_comparison compare(const account_ledger& ours, const account_statement& theirs,
                                         const foreign_units& known);

}  // namespace bulkhead
