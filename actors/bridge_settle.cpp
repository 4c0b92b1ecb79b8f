// The end of a run beside a broker with its own clock: what became of the orders comes when it comes.
#include "actors/bridge.hpp"

#include <algorithm>

namespace bulkhead::actors {

void bridge_host::settle() {
  if (!ended_ || is_draining_) return;
  constexpr std::chrono::milliseconds often{50};
  const auto now = self_->clock().now();
  const auto drain = [this] {
    is_draining_ = true;
    sequencer_->drain();
  };
  if (config_.sequencer.feed_clocked_venue) return drain();
  if (sequencer_->last_processed() + 1 < sequencer_->needed_from()) return;  // its frames may bring more orders
  const sequencer::open_orders open = sequencer_->open();
  if (!settling_since_) {
    settling_since_ = now;
    if (open.all > 0) check_after(often);
  }
  const auto quiet_since = std::max(*settling_since_, last_news_);
  const auto waited = now - *settling_since_;
  const bool is_quiet = open.in_doubt == 0 && now - quiet_since >= config_.settle.quiet;
  if (sequencer_->is_settled() || is_quiet || waited >= config_.settle.doubt) drain();
}

void bridge_host::check_after(std::chrono::milliseconds delay) {
  next_check_ = self_->clock().now() + delay;
  self_->delayed_send(self_, delay, check_steps{});
}

}  // namespace bulkhead::actors
