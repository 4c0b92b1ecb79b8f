#include "runtime/domain/risk/exit_plan.hpp"

#include <algorithm>

namespace bulkhead::risk {
namespace {

void cut(exit_plan& plan, quantity qty, const std::string& group, quantity freeze_quantity) {
  while (qty > 0) {
    const quantity piece = std::min(qty, freeze_quantity > 0 ? freeze_quantity : max_quantity);
    plan.pieces.push_back({piece, group});
    qty -= piece;
  }
}

}  // namespace

exit_plan plan_exit(const exit_room& room, quantity asked, quantity freeze_quantity) {
  quantity left = room.held - room.outside;
  quantity uncovered = left;
  for (const exit_room::cover& c : room.covers) {
    left -= c.exiting;
    uncovered -= c.holds;
  }
  exit_plan plan;
  plan.qty = std::min(asked, left);
  if (plan.qty < 1) return plan;
  const quantity free = std::clamp<quantity>(uncovered, 0, plan.qty);
  cut(plan, free, {}, freeze_quantity);
  quantity rest = plan.qty - free;
  for (const exit_room::cover& c : room.covers) {
    const quantity of_group = c.holds - c.exiting;
    const quantity taken = std::min(rest, of_group);
    if (taken < 1) continue;
    cut(plan, taken, c.group, freeze_quantity);
    if (taken == of_group) plan.whole_groups.push_back(c.group);
    rest -= taken;
  }
  return plan;
}

}  // namespace bulkhead::risk
