#pragma once
// How an exit is cut into orders (docs/kernel.md, "Planning an exit"): never more than its own line has left, in the
// group of the fill that it takes out, and no order above the instrument's freeze quantity. So one strategy's exit
// cannot close another's position, a repeated exit cannot turn one, and an exit beside a stop cannot sell twice.
#include "runtime/domain/money.hpp"

#include <string>
#include <vector>

namespace bulkhead::risk {

/// What an exit may take, in units.
struct exit_room {
  struct cover {
    std::string group;
    quantity holds = 0;    ///< of its fill, what its orders have not taken out
    quantity exiting = 0;  ///< of that, what working exits that are not protective orders have still to fill
  };
  quantity held = 0;          ///< on the exit's opposite side; negative: a position of the exit's own side
  quantity outside = 0;       ///< working exits outside groups
  std::vector<cover> covers;  ///< oldest first
};

struct exit_plan {
  struct piece {
    quantity qty = 0;
    std::string group;  ///< empty: none
  };
  quantity qty = 0;                       ///< all pieces together; below 1: nothing to exit, no pieces
  std::vector<piece> pieces;              ///< in the order of their client order ids
  std::vector<std::string> whole_groups;  ///< taken to the last unit: their protective orders have nothing left to do
};

/// freeze_quantity: 0: none known.
[[nodiscard]] exit_plan plan_exit(const exit_room& room, quantity asked, quantity freeze_quantity);

}  // namespace bulkhead::risk
