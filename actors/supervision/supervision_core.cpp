#include "actors/supervision/supervision_core.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::actors::supervision {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t failures_kept = 5;
constexpr std::string_view hangs = "did not answer in time";

}  // namespace

supervision_core::supervision_core(tree_rules rules)
    : rules_(std::move(rules)), policy_(rules_.limits, rules_.jitter_seed), children_(rules_.children.size()) {
  for (std::size_t n = 0; n < children_.size(); ++n) children_[n].number = rules_.children[n].last_number;
}

actions supervision_core::begin() {
  job first;
  first.is_first_start = true;
  for (std::size_t n = children_.size(); n-- > 0;) first.starts.push_back(n);
  job_ = std::move(first);
  advance();
  return take();
}

actions supervision_core::started(std::size_t n, std::uint64_t number) {
  child& c = children_.at(n);
  if (c.now != state::starting || c.number != number) return {};
  c.now = state::running;
  note(n, "started");
  advance();
  return take();
}

actions supervision_core::start_failed(std::size_t n, std::uint64_t number, ending how, const std::string& reason,
                                       time_point now) {
  child& c = children_.at(n);
  if (c.now != state::starting || c.number != number) return {};
  c.now = state::absent;
  note(n, "failed", reason);
  remember(n, reason, now);
  static_cast<void>(take_unread_end(n));
  if (how == ending::fatal || job_->is_first_start) {
    give_up(fmt::format("{}: did not start: {}", rules_.children[n].path, reason), now);
  } else {
    job_.reset();
    wait_for(n, state::to_try_again, milliseconds{0});
  }
  return take();
}

actions supervision_core::ended(std::size_t n, std::uint64_t number, ending how, const std::string& reason,
                                time_point now) {
  child& c = children_.at(n);
  if (c.abandoned == number && number != 0) {
    c.abandoned = 0;
  } else if (c.number != number) {
    return {};
  } else if (c.now == state::stopping) {
    c.now = state::absent;
    note(n, "stopped");
    advance();
  } else if (c.now == state::running || c.now == state::starting) {
    offer({waiting_input::kind::ended, n, number, how, reason}, now);
  }
  return take();
}

actions supervision_core::timer_due(std::uint64_t timer, time_point now) {
  const auto of = std::ranges::find(children_, timer, &child::timer);
  if (of == children_.end() || timer == 0) return {};
  if (of->now == state::stopping) {
    const auto n = static_cast<std::size_t>(of - children_.begin());
    of->timer = 0;
    of->now = state::absent;
    const bool still_hangs = std::exchange(of->abandoned, of->number) != 0;
    out_.push_back({action::kind::kill, n, of->number});
    note(n, "killed", "did not stop in time");
    if (still_hangs && !job_->is_end) {
      give_up(fmt::format("{}: did not stop in time, and an incarnation before it still runs", rules_.children[n].path),
              now);
    } else {
      advance();
    }
  } else {
    offer({waiting_input::kind::timer, 0, timer, {}, {}}, now);
  }
  return take();
}

actions supervision_core::stop() {
  if (over_ || (job_ && job_->is_end)) return {};
  if (job_) {
    waiting_.push_back({waiting_input::kind::stop, 0, 0, {}, {}});
  } else {
    begin_end();
  }
  return take();
}

actions supervision_core::revoke(std::size_t n, std::uint64_t number, time_point now) {
  offer({waiting_input::kind::revoke, n, number, {}, {}}, now);
  return take();
}

actions supervision_core::restart_child(std::size_t n, time_point now) {
  offer({waiting_input::kind::restart_child, n, 0, {}, {}}, now);
  return take();
}

actions supervision_core::proceed(time_point now) {
  while (has_waiting()) {
    const waiting_input next = std::move(waiting_.front());
    waiting_.pop_front();
    dispatch(next, now);
  }
  return take();
}

void supervision_core::offer(const waiting_input& input, time_point now) {
  if (over_) return;
  if (job_ || !waiting_.empty()) {
    waiting_.push_back(input);
  } else {
    dispatch(input, now);
  }
}

void supervision_core::dispatch(const waiting_input& input, time_point now) {
  switch (input.what) {
    case waiting_input::kind::ended:
      handle_end(input.child, input.how, input.reason, now);
      break;
    case waiting_input::kind::timer:
      handle_timer(input.number, now);
      break;
    case waiting_input::kind::stop:
      begin_end();
      break;
    case waiting_input::kind::revoke:
      handle_revoke(input.child, input.number, now);
      break;
    case waiting_input::kind::restart_child:
      handle_restart(input.child);
      break;
  }
}

void supervision_core::handle_end(std::size_t n, ending how, const std::string& reason, time_point now) {
  child& c = children_[n];
  c.now = state::absent;
  const restart_type type = rules_.children[n].type;
  const bool restarts = type == restart_type::permanent || (type == restart_type::transient && how == ending::failed);
  if (how == ending::fatal) {
    note(n, "failed", reason);
    remember(n, reason, now);
    give_up(fmt::format("{}: a failure that no restart mends: {}", rules_.children[n].path, reason), now);
  } else if (restarts) {
    count_restart(n, reason, now);
  } else {
    c.is_forgotten = type == restart_type::temporary;
    note(n, how == ending::failed ? "failed" : "ended", reason);
  }
}

void supervision_core::handle_timer(std::uint64_t timer, time_point now) {
  const auto of = std::ranges::find(children_, timer, &child::timer);
  if (of == children_.end()) return;  // what it was for has been overtaken
  const auto n = static_cast<std::size_t>(of - children_.begin());
  const state was = of->now;
  of->timer = 0;
  of->now = state::absent;
  if (was == state::to_try_again) {
    count_restart(n, "its restart failed", now);
  } else {
    begin_restart(n, milliseconds{0});
  }
}

void supervision_core::handle_revoke(std::size_t n, std::uint64_t number, time_point now) {
  child& c = children_.at(n);
  if (c.now != state::running || c.number != number) return;
  // Every hanging incarnation holds a thread: the subtree may have one, whichever child's it is.
  const auto still_hangs = std::ranges::find_if(children_, [](const child& other) { return other.abandoned != 0; });
  const auto before = static_cast<std::size_t>(still_hangs - children_.begin());
  if (!take_unread_end(n)) c.abandoned = number;
  c.now = state::absent;
  out_.push_back({action::kind::kill, n, number});
  if (before == children_.size()) {
    handle_end(n, ending::failed, fmt::format("revoked: {}", hangs), now);
    return;
  }
  note(n, "failed", fmt::format("revoked: {}", hangs));
  remember(n, fmt::format("revoked: {}", hangs), now);
  const std::string_view other =
      before == n ? std::string_view{"the incarnation before it"} : rules_.children[before].path;
  give_up(fmt::format("{}: {}, and neither did {}, which still runs", rules_.children[n].path, hangs, other), now);
}

void supervision_core::handle_restart(std::size_t n) {
  child& c = children_.at(n);
  if (c.is_forgotten || rules_.children[n].type == restart_type::temporary) return;
  job restart;
  restart.stops.push_back(n);
  restart.starts.push_back(n);
  restart.cause = n;
  job_ = std::move(restart);
  advance();
}

void supervision_core::count_restart(std::size_t n, const std::string& reason, time_point now) {
  const auto delay = policy_.on_failure(now);
  note(n, "failed", reason, delay.value_or(milliseconds{0}));
  remember(n, reason, now);
  if (delay) {
    begin_restart(n, *delay);
  } else {
    give_up(fmt::format("{}: more than {} restarts in {} ms; last: {}", rules_.children[n].path,
                        rules_.limits.intensity, rules_.limits.period.count(), reason),
            now);
  }
}

void supervision_core::begin_restart(std::size_t n, milliseconds delay) {
  const bool alone = rules_.strategy == restart_strategy::one_for_one;
  const std::size_t first = rules_.strategy == restart_strategy::one_for_all ? 0 : n;
  const std::size_t last = alone ? n : children_.size() - 1;
  job restart;
  for (std::size_t i = first; i <= last; ++i) restart.stops.push_back(i);
  for (std::size_t i = last + 1; i-- > first;) restart.starts.push_back(i);
  restart.cause = n;
  restart.delay = delay;
  job_ = std::move(restart);
  advance();
}

void supervision_core::begin_end() {
  job end;
  end.is_end = true;
  for (std::size_t n = 0; n < children_.size(); ++n) end.stops.push_back(n);
  job_ = std::move(end);
  advance();
}

void supervision_core::give_up(const std::string& reason, time_point now) {
  const std::string whole = fmt::format("{}; failures: {}", reason, history(now));
  note(no_child, "gave_up", whole);
  out_.push_back({action::kind::escalate, no_child, 0, 0, milliseconds{0}, {}, whole});
  begin_end();
}

void supervision_core::advance() {
  while (job_) {
    if (!job_->stops.empty()) {
      const std::size_t n = job_->stops.back();
      job_->stops.pop_back();
      if (!stop_one(n)) return;
    } else if (job_->is_end) {
      job_.reset();
      over_ = true;
      waiting_.clear();
      out_.push_back({action::kind::done, no_child});
    } else if (job_->delay.count() > 0) {
      const job waits = *std::exchange(job_, std::nullopt);
      wait_for(waits.cause, state::backing_off, waits.delay);
    } else if (!job_->starts.empty()) {
      const std::size_t n = job_->starts.back();
      job_->starts.pop_back();
      if (children_[n].now == state::absent && !children_[n].is_forgotten) {
        start_one(n);
        return;
      }
    } else {
      const bool is_first_start = job_->is_first_start;
      job_.reset();
      if (is_first_start) out_.push_back({action::kind::ready, no_child});
    }
  }
}

bool supervision_core::stop_one(std::size_t n) {
  child& c = children_[n];
  const bool is_temporary = rules_.children[n].type == restart_type::temporary;
  if (is_temporary) c.is_forgotten = true;
  c.timer = 0;
  if (c.now != state::running) {
    c.now = state::absent;
    return true;
  }
  if (const auto unread = take_unread_end(n)) {
    c.now = state::absent;
    note(n, unread->how == ending::failed ? "failed" : "ended", unread->reason);
    return true;
  }
  c.now = state::stopping;
  c.timer = ++last_timer_;
  out_.push_back({action::kind::stop, n, c.number});
  out_.push_back({action::kind::timer, n, c.number, c.timer, rules_.children[n].stop_timeout});
  return false;
}

void supervision_core::start_one(std::size_t n) {
  child& c = children_[n];
  c.now = state::starting;
  ++c.number;
  out_.push_back({action::kind::start, n, c.number});
}

void supervision_core::wait_for(std::size_t n, state what, milliseconds delay) {
  child& c = children_[n];
  c.now = what;
  c.timer = ++last_timer_;
  out_.push_back({action::kind::timer, n, c.number, c.timer, delay});
}

std::optional<supervision_core::waiting_input> supervision_core::take_unread_end(std::size_t n) {
  const auto it = std::ranges::find_if(waiting_, [&](const waiting_input& w) {
    return w.what == waiting_input::kind::ended && w.child == n && w.number == children_[n].number;
  });
  if (it == waiting_.end()) return std::nullopt;
  waiting_input unread = std::move(*it);
  waiting_.erase(it);
  return unread;
}

void supervision_core::remember(std::size_t n, const std::string& reason, time_point now) {
  failures_.push_back({fmt::format("{} #{}: {}", rules_.children[n].path, children_[n].number, reason), now});
  if (failures_.size() > failures_kept) failures_.pop_front();
}

std::string supervision_core::history(time_point now) const {
  std::string text;
  for (const failure& f : failures_) {
    const auto ago = std::chrono::duration_cast<milliseconds>(now - f.at);
    text += fmt::format("{}{} ms ago {}", text.empty() ? "" : "; ", ago.count(), f.text);
  }
  return text;
}

void supervision_core::note(std::size_t n, std::string_view event, const std::string& reason, milliseconds delay) {
  const std::uint64_t number = n == no_child ? 0 : children_[n].number;
  out_.push_back({action::kind::note, n, number, 0, delay, event, reason});
}

}  // namespace bulkhead::actors::supervision
