#include "tools/kite_sim/market_driver.hpp"

#include <utility>

namespace bulkhead::kite_sim {

market_driver::market_driver(std::unique_ptr<feed_source> source, exchange& venue, double speed, bool skip_closed)
    : source_(std::move(source)), venue_(&venue), speed_(speed), skip_closed_(skip_closed) {
  read_ahead();
  if (const auto first = next_time()) venue_->set_time(*first, *first);
  anchor();
}

void market_driver::read_ahead() {
  ahead_.clear();
  (void)source_->next(ahead_);
}

void market_driver::anchor() {
  anchor_market_ = venue_->now();
  anchor_real_ = std::chrono::steady_clock::now();
}

std::optional<timestamp> market_driver::next_time() const {
  if (ahead_.empty()) return std::nullopt;
  return ahead_[0].ts;
}

bool market_driver::step(timestamp wall) {
  if (ahead_.empty()) return false;
  venue_->on_frame(ahead_[0], wall);
  ++frames_;
  read_ahead();
  if (venue_->now() > anchor_market_) anchor();
  return true;
}

bool market_driver::keep_pace(timestamp wall) {
  if (speed_ <= 0) return false;
  const auto real = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - anchor_real_).count();
  const timestamp due = anchor_market_ + duration{static_cast<std::int64_t>(real * speed_)};
  const auto next = next_time();
  const bool jump = next && skip_closed_ && venue_->settings().session.phase(due) == session_phase::closed &&
                    venue_->settings().session.phase(*next) != session_phase::closed;
  if (next && (*next <= due || jump)) {
    venue_->on_frame(ahead_[0], wall);
    ++frames_;
    read_ahead();
    if (jump) anchor();
    return true;
  }
  venue_->set_time(due, wall);
  return false;
}

void market_driver::set_speed(double speed) {
  speed_ = speed;
  anchor();
}

}  // namespace bulkhead::kite_sim
