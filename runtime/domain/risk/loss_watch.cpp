#include "runtime/domain/risk/loss_watch.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::risk {

void loss_watch::mark(money new_net, trade_date on) {
  if (on != date) base = net;
  date = on;
  net = new_net;
  peak = std::max(peak, net);
}

void loss_watch::restart() {
  base = peak = net;
  rejects = 0;
}

std::optional<latch_cause> reached_limit(const loss_watch& w, const risk_limits& limits) {
  const money day_loss = w.base - w.net;
  if (limits.max_day_loss.raw != 0 && day_loss >= limits.max_day_loss) {
    return latch_cause{"day_loss", fmt::format("the day's loss is {}, max_day_loss is {}", to_string(day_loss),
                                               to_string(limits.max_day_loss))};
  }
  const money drawdown = w.peak - w.net;
  if (limits.max_drawdown.raw != 0 && drawdown >= limits.max_drawdown) {
    return latch_cause{"drawdown", fmt::format("net is {} below its peak, max_drawdown is {}", to_string(drawdown),
                                               to_string(limits.max_drawdown))};
  }
  if (limits.max_consecutive_rejects != 0 && w.rejects >= limits.max_consecutive_rejects) {
    return latch_cause{"consecutive_rejects",
                       fmt::format("the broker refused {} orders in a row, max_consecutive_rejects is {}", w.rejects,
                                   limits.max_consecutive_rejects)};
  }
  return std::nullopt;
}

}  // namespace bulkhead::risk
