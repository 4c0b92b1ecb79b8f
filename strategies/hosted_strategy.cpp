#include "strategies/hosted_strategy.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

bool names(const addressees& to, const broker_id& broker) { return std::ranges::find(*to, broker) != to->end(); }

}  // namespace

void frame_output::clear() {
  signals.clear();
  notices.clear();
  measured.clear();
}

std::vector<signal> frame_output::signals_for(const broker_id& broker) const {
  std::vector<signal> mine;
  for (const routed_signal& s : signals) {
    if (names(s.to, broker)) mine.push_back(s.signal);
  }
  return mine;
}

std::vector<strategy_notice> frame_output::notices_for(const broker_id& broker) const {
  std::vector<strategy_notice> mine;
  for (const routed_notice& n : notices) {
    if (names(n.to, broker)) mine.push_back(n.notice);
  }
  return mine;
}

}  // namespace bulkhead
