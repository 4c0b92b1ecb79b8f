#include "runtime/brokers/zerodha/rate_budget.hpp"

#include <algorithm>

namespace bulkhead {

std::int64_t rate_budget::entry_share(std::int64_t limit) const {
  const std::int64_t reserve = (limit * settings_.exit_reserve_percent + 99) / 100;
  return limit - std::min(reserve, std::max<std::int64_t>(limit - 1, 0));
}

std::int64_t rate_budget::used(ms now, ms span) const {
  // Clocks are cut to whole milliseconds: a whole span has passed for certain only after one more.
  const auto recent = std::ranges::lower_bound(ended_, now - span);
  return under_way_ + (ended_.end() - recent);
}

std::optional<rate_verdict> rate_budget::refusal(std::int64_t limit, ms span, bool is_entry, ms now) const {
  if (limit <= 0) return std::nullopt;
  const std::int64_t share = is_entry ? entry_share(limit) : limit;
  const std::int64_t too_many = used(now, span) + 1 - share;
  if (too_many <= 0) return std::nullopt;
  rate_verdict no{.limit = span == second ? "a second" : "a minute"};
  const auto recent = std::ranges::lower_bound(ended_, now - span);
  if (ended_.end() - recent >= too_many) no.again_at = *(recent + (too_many - 1)) + span + ms{1};
  return no;
}

rate_verdict rate_budget::begin(rate_request r, ms now) {
  while (!ended_.empty() && ended_.front() < now - minute) ended_.pop_front();
  const ms closed_until = r.is_entry ? std::max(nothing_until_, no_entry_until_) : nothing_until_;
  if (now < closed_until) return {.limit = "throttled by the venue", .again_at = closed_until};
  // The day first: it is worth no wait.
  const std::int64_t of_day = r.is_entry ? entry_share(settings_.per_day) : settings_.per_day;
  if (r.places && settings_.per_day > 0 && placed_ >= of_day) return {.limit = "a day"};
  if (const auto no = refusal(settings_.per_minute, minute, r.is_entry, now)) return *no;
  if (const auto no = refusal(settings_.per_second, second, r.is_entry, now)) return *no;
  ++under_way_;
  if (r.places) ++placed_;
  return {.passes = true};
}

void rate_budget::end(ms now) {
  under_way_ = std::max<std::int64_t>(under_way_ - 1, 0);
  ended_.push_back(ended_.empty() ? now : std::max(now, ended_.back()));
}

void rate_budget::throttled(ms now) {
  nothing_until_ = std::max(nothing_until_, now + second + ms{1});
  if (now < no_entry_until_) return;  // of the same moment
  // As long again without a word, and the next time is a first one.
  const bool is_first = back_off_ == ms{0} || now > no_entry_until_ + back_off_;
  back_off_ = is_first ? least_back_off : std::min(back_off_ * 2, most_back_off);
  no_entry_until_ = now + back_off_;
}

void rate_budget::on_day(trade_date day) {
  if (day <= day_) return;
  day_ = day;
  placed_ = 0;
}

void rate_budget::on_book(trade_date day, std::int64_t orders) {
  on_day(day);
  if (day == day_) placed_ = std::max(placed_, orders);
}

}  // namespace bulkhead
