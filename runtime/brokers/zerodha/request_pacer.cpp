#include "runtime/brokers/zerodha/request_pacer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

std::string why(const rate_verdict& v, rate_request r, request_pacer::ms now) {
  if (v.limit.starts_with("throttled")) {
    return fmt::format("rate budget: {}, for {} ms more", v.limit, (*v.again_at - now).count());
  }
  return fmt::format("rate budget: the requests of {} are used up{}", v.limit,
                     r.is_entry ? " but for what is kept for cancels and exits" : "");
}

}  // namespace

request_pacer::ms request_pacer::steady_now() {
  return std::chrono::duration_cast<ms>(std::chrono::steady_clock::now().time_since_epoch());
}

request_pacer::request_pacer(rate_budget_settings settings, std::function<ms()> steady)
    : steady_(std::move(steady)), budget_(settings) {}

request_pacer::pass request_pacer::take(rate_request r, ms patience) {
  std::unique_lock lock{guard_};
  const ms until = steady_() + patience;
  for (;;) {
    const ms now = steady_();
    const rate_verdict verdict = budget_.begin(r, now);
    if (verdict.passes) break;
    const bool comes_in_time = verdict.limit != "a day" && (!verdict.again_at || *verdict.again_at <= until);
    if (now >= until || !comes_in_time) {
      throw pace_refused(why(verdict, r, now));
    }
    changed_.wait_for(lock, std::min(verdict.again_at.value_or(until), until) - now);
  }
  lock.unlock();
  return {this, [me = shared_from_this()](request_pacer*) { me->end(); }};
}

void request_pacer::end() {
  {
    const std::scoped_lock lock{guard_};
    budget_.end(steady_());
  }
  changed_.notify_all();
}

void request_pacer::throttled() {
  const std::scoped_lock lock{guard_};
  budget_.throttled(steady_());
}

void request_pacer::on_day(trade_date day) {
  const std::scoped_lock lock{guard_};
  budget_.on_day(day);
}

void request_pacer::on_book(trade_date day, std::int64_t orders) {
  const std::scoped_lock lock{guard_};
  budget_.on_book(day, orders);
}

std::string request_pacer::text() const {
  const std::scoped_lock lock{guard_};
  const ms now = steady_();
  const rate_budget_settings& s = budget_.settings();
  return fmt::format("{} of {} in this second, {} of {} in this minute, {} of {} today", budget_.used_in_second(now),
                     s.per_second, budget_.used_in_minute(now), s.per_minute, budget_.placed_today(), s.per_day);
}

}  // namespace bulkhead
