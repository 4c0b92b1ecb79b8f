// The stages of a frame: what each asks of which role, and when there is nothing to ask.
#include "runtime/domain/sequencer.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

constexpr std::int64_t square_off_pace_s = 60;
/// How often the risk manager looks at what a venue with its own clock has not done.
constexpr std::int64_t look_pace_s = 1;

std::int64_t bucket(timestamp t, std::int64_t interval_s) { return t.ns / (interval_s * 1'000'000'000); }

}  // namespace

bool sequencer::begin_frame() {
  while (!batches_.empty() && cursor_ == batches_.front()->size()) {
    batches_.pop_front();
    cursor_ = 0;
  }
  if (batches_.empty()) return false;
  const frame_view next = (*batches_.front())[cursor_];
  const bool done_before = next.seq <= done_feed_;
  if (!done_before && signals_through_ < next.seq) return false;
  ++cursor_;
  for (const tick& t : next.ticks) quotes_[t.instrument.index] = {t.instrument, t.last, next.ts};
  read_feed_ = next.seq;
  monitored_.clear();
  monitor_.on_frame(next, monitored_);
  while (!signals_.empty() && signals_.front().feed < next.seq) signals_.pop_front();
  if (done_before) {
    host_->processed(next.seq);
    return true;
  }
  frame_ = next;
  take_notices();
  frame_signals_.clear();
  frame_origins_.clear();
  while (!signals_.empty() && signals_.front().feed == next.seq) {
    frame_signals_.push_back(std::move(signals_.front()));
    signals_.pop_front();
  }
  stage_ = stage::market;
  if (next.seq == resume_feed_) stage_ = static_cast<stage>(static_cast<std::uint8_t>(resume_step_) + 1);
  if (next_seq_ == 1) sequence({account_opened{settings_.capital}}, step_kind::start, std::nullopt);
  return true;
}

bool sequencer::run_stage() {
  switch (stage_) {
    case stage::market:
      return run_market();
    case stage::signals:
      return run_signals();
    case stage::orders:
      return run_orders();
    case stage::mark:
      return run_mark();
    case stage::guard:
      return run_guard();
    case stage::between:
      break;
  }
  return true;
}

bool sequencer::run_market() {
  if (waits_for_placement()) {
    if (refused_.empty()) return false;
    run_input();
    return true;
  }
  if (!touches_working_order()) {
    stage_ = stage::signals;
    return true;
  }
  step_request step = make_request(role::trader, work_kind::market);
  for (const tick& t : frame_.ticks) {
    if (working_in_[t.instrument.index] != 0) step.ticks.push_back(t);
  }
  send(std::move(step));
  return true;
}

bool sequencer::run_signals() {
  take_external();
  if (frame_signals_.empty() && !is_risk_due()) {
    sequence(std::exchange(frame_notices_, {}), step_kind::signals, std::nullopt);
    stage_ = stage::orders;
    return true;
  }
  if (squares_off(frame_.ts)) square_off_asked_ = bucket(frame_.ts, square_off_pace_s);
  step_request step = make_request(role::risk_manager, work_kind::signals);
  step.signals = frame_signals_;
  reject_external(step.signals);
  if (frame_.seq <= refuse_entries_through_) reject_entries(step.signals, isolated_rule);
  step.quotes = wanted_quotes();
  send(std::move(step));
  return true;
}

bool sequencer::run_orders() {
  if (approved_.empty()) {
    stage_ = stage::mark;
    return true;
  }
  step_request step = make_request(role::trader, work_kind::orders);
  step.approved = approved_;
  // Approved before its broker was isolated, and too old by now.
  if (frame_.seq <= refuse_entries_through_) withhold_entries(step.approved, isolated_reason);
  withhold_on_short_lines(step.approved);
  send(std::move(step));
  return true;
}

bool sequencer::run_mark() {
  // A fill may also have come since the frame before, from a venue with its own clock.
  const bool closes = frame_.kind == frame_kind::session_close;
  const bool due = has_open_position_ && bucket(frame_.ts, settings_.mark_interval_s) > last_mark_bucket_;
  if (last_mark_feed_ == frame_.seq || !(has_unmarked_fill_ || closes || due)) {
    stage_ = stage::guard;
    return true;
  }
  step_request step = make_request(role::portfolio, work_kind::mark);
  step.quotes = wanted_quotes();
  send(std::move(step));
  return true;
}

bool sequencer::run_guard() {
  if (guard_due_feed_ != frame_.seq) {
    finish_frame();
    return true;
  }
  send(make_request(role::risk_manager, work_kind::guard));
  return true;
}

void sequencer::finish_frame() {
  done_feed_ = frame_.seq;
  last_ts_ = frame_.ts;
  stage_ = stage::between;
  ++frames_since_cut_;
  host_->processed(done_feed_);
}

bool sequencer::run_input() {
  // A frame that a crash left half done comes first: what follows it must not get its seq before it.
  if (stage_ == stage::between && resume_feed_ > done_feed_) return false;
  if (run_owed_latch() || run_call_back()) return true;
  if (!refused_.empty()) {
    sequence(std::exchange(refused_, {}), step_kind::input, std::nullopt);
    return true;
  }
  if (stage_ != stage::between) return false;
  if (!commands_.empty() && done_feed_ != 0 && !draining_) {
    if (run_resolve()) return true;
    step_request step = make_request(role::risk_manager, work_kind::commands);
    step.commands.push_back(commands_.front().second);
    step.quotes = wanted_quotes();
    send(std::move(step));
    return true;
  }
  if (done_feed_ != 0 && !draining_) {
    if (auto at = inbox_.take_position()) {
      sequence({std::move(*at)}, step_kind::input, std::nullopt);
      return true;
    }
  }
  return run_venue_word();
}

bool sequencer::maybe_cut() {
  const bool frames_left = !batches_.empty() && !(batches_.size() == 1 && cursor_ == batches_.front()->size());
  const bool last_cut = draining_ && !frames_left;
  const bool due =
      events_since_cut_ >= settings_.snapshot_every_events || frames_since_cut_ >= settings_.snapshot_every_frames;
  // No cut in the middle of a frame, nor with quotes older than the frames it says are done.
  const bool whole = resume_feed_ <= done_feed_ && read_feed_ >= done_feed_ && done_feed_ != 0;
  if ((!due && !last_cut) || !whole) {
    drained_ = drained_ || last_cut;
    return false;
  }
  parts_missing_ = role_count;
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) send(make_request(r, work_kind::snapshot));
  return true;
}

bool sequencer::touches_working_order() const {
  if (!settings_.feed_clocked_venue) return false;
  if (!expiries_.empty() && expiries_.begin()->first <= frame_.ts) return true;
  return std::ranges::any_of(frame_.ticks, [&](const tick& t) { return working_in_[t.instrument.index] != 0; });
}

bool sequencer::waits_for_placement() const {
  if (!settings_.feed_clocked_venue) return false;
  const auto meets_this_frame = [&](const auto& entry) {
    const auto it = orders_.find(entry.first);
    if (it == orders_.end()) return false;
    return it->second.expires_at <= frame_.ts ||
           std::ranges::any_of(frame_.ticks, [&](const tick& t) { return t.instrument == it->second.instrument; });
  };
  return std::ranges::any_of(unplaced_, meets_this_frame) || std::ranges::any_of(unmodified_, meets_this_frame);
}

bool sequencer::squares_off(timestamp now) const {
  return settings_.square_off &&
         time_of_day(now) >= settings_.session.moved_with_close(*settings_.square_off, date_of(now));
}

bool sequencer::is_risk_due() const {
  if (risk_due_) return true;
  const bool looks = !settings_.feed_clocked_venue && bucket(frame_.ts, look_pace_s) != bucket(last_ts_, look_pace_s);
  if (looks && (has_open_position_ || !orders_.empty())) return true;
  return squares_off(frame_.ts) && bucket(frame_.ts, square_off_pace_s) != square_off_asked_ &&
         (has_open_position_ || !orders_.empty());
}

std::vector<quote> sequencer::wanted_quotes() const {
  std::set<instrument_id> wanted = traded_;
  for (const signal& s : frame_signals_) wanted.insert(s.instrument);
  std::vector<quote> quotes;
  for (const instrument_id id : wanted) {
    const quote& q = quotes_[id.index];
    if (q.ts.ns != 0) quotes.push_back(q);
  }
  return quotes;
}

void sequencer::take_notices() {
  frame_notices_.clear();
  for (; !feed_notices_.empty() && feed_notices_.front().first <= frame_.seq; feed_notices_.pop_front()) {
    if (feed_notices_.front().first == frame_.seq) frame_notices_.emplace_back(std::move(feed_notices_.front().second));
  }
  for (feed_noticed& n : monitored_) frame_notices_.emplace_back(std::move(n));
  for (; !runner_notices_.empty() && runner_notices_.front().feed < frame_.seq; runner_notices_.pop_front()) {
    const strategy_notice& n = runner_notices_.front();
    if (n.feed + 1 == frame_.seq) frame_notices_.emplace_back(n.what);
  }
}

step_request sequencer::make_request(role to, work_kind kind) const {
  step_request step;
  step.to = to;
  step.kind = kind;
  const bool in_frame = stage_ != stage::between;
  step.feed = in_frame ? frame_.seq : done_feed_;
  step.ts = in_frame ? frame_.ts : last_ts_;
  step.frame = in_frame ? frame_.kind : frame_kind::ticks;
  return step;
}

}  // namespace bulkhead
