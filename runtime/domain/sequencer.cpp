#include "runtime/domain/sequencer.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {
namespace {

std::size_t index(role r) { return static_cast<std::size_t>(r); }

std::int64_t bucket(timestamp t, std::int64_t interval_s) { return t.ns / (interval_s * 1'000'000'000); }

/// Which events a role that did not make them has to know.
bool concerns(role r, const event_body& body) {
  switch (r) {
    case role::trader:
      return std::holds_alternative<order_cancel_requested>(body) || std::holds_alternative<order_rejected>(body);
    case role::portfolio:
      return std::holds_alternative<account_opened>(body) || std::holds_alternative<order_filled>(body);
    case role::risk_manager:
      return !std::holds_alternative<account_opened>(body) && !std::holds_alternative<portfolio_snapshot>(body) &&
             !std::holds_alternative<signal_received>(body);
  }
  return false;
}

}  // namespace

std::string_view to_string(role r) {
  static constexpr std::array<std::string_view, role_count> names{"trader", "risk_manager", "portfolio"};
  return names[index(r)];
}

std::string_view to_string(work_kind k) {
  static constexpr std::array<std::string_view, 6> names{"market", "signals", "orders", "mark", "updates", "snapshot"};
  return names[static_cast<std::size_t>(k)];
}

sequencer::sequencer(sequencer_settings settings, const instrument_table& instruments, sequencer_host& host)
    : settings_(settings), instruments_(&instruments), host_(&host), quotes_(instruments.size()) {
  for (std::size_t i = 0; i < quotes_.size(); ++i) quotes_[i].instrument = {static_cast<std::uint32_t>(i)};
}

void sequencer::offer_frames(std::shared_ptr<const frame_batch> frames) {
  if (frames->empty() || frames->last_seq() <= last_offered_) return;
  if (frames->first_seq() > last_offered_ + 1) {
    throw std::logic_error(fmt::format("feed gap: frame {} follows frame {}", frames->first_seq(), last_offered_));
  }
  last_offered_ = frames->last_seq();
  batches_.push_back(std::move(frames));
  pump();
}

void sequencer::offer_signals(feed_seq through, std::vector<signal> signals) {
  if (through <= signals_through_) return;
  for (signal& s : signals) {
    if (s.feed > signals_through_) signals_.push_back(std::move(s));
  }
  signals_through_ = through;
  pump();
}

void sequencer::offer_updates(std::vector<broker_update> updates) {
  updates_.push_back(std::move(updates));
  pump();
}

void sequencer::on_result(step_result result) {
  take(std::move(result));
  pump();
}

void sequencer::on_durable(std::uint64_t seq) {
  if (seq <= durable_seq_) return;
  durable_seq_ = seq;
  send_durable_intents();
  pump();
}

void sequencer::on_placed(const place_result& result) {
  for (const client_order_id& id : result.placed) unplaced_.erase(id);
  for (const order_rejected& refusal : result.refused) {
    const auto it = unplaced_.find(refusal.client_order_id);
    if (it == unplaced_.end() || std::exchange(it->second.answered, true)) continue;
    refused_.push_back(refusal);  // stays unplaced until the journal has it
  }
  pump();
}

void sequencer::drain() {
  draining_ = true;
  pump();
}

void sequencer::pump() {
  if (pumping_ || std::ranges::find(behind_, true) != behind_.end()) return;
  pumping_ = true;
  while (waiting_ == 0 && !drained_ && host_->can_append()) {
    if (stage_ == stage::between) {
      if (!run_input() && !maybe_cut() && !begin_frame()) break;
    } else if (!run_stage()) {
      break;
    }
  }
  pumping_ = false;
}

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
  while (!signals_.empty() && signals_.front().feed < next.seq) signals_.pop_front();
  if (done_before) {
    host_->processed(next.seq);
    return true;
  }
  last_ts_ = next.ts;
  frame_ = next;
  frame_signals_.clear();
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
    const bool working =
        std::ranges::any_of(orders_, [&](const auto& o) { return o.second.instrument == t.instrument; });
    if (working) step.ticks.push_back(t);
  }
  send(std::move(step));
  return true;
}

bool sequencer::run_signals() {
  if (frame_signals_.empty()) {
    stage_ = stage::orders;
    return true;
  }
  step_request step = make_request(role::risk_manager, work_kind::signals);
  step.signals = frame_signals_;
  for (const signal& s : frame_signals_) {
    const quote& q = quotes_[s.instrument.index];
    if (q.ts.ns != 0) step.quotes.push_back(q);
  }
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
  send(std::move(step));
  return true;
}

bool sequencer::run_mark() {
  const bool had_fills = last_fill_feed_ == frame_.seq;
  const bool closes = frame_.kind == frame_kind::session_close;
  const bool due = has_open_position_ && bucket(frame_.ts, settings_.mark_interval_s) > last_mark_bucket_;
  if (last_mark_feed_ == frame_.seq || !(had_fills || closes || due)) {
    finish_frame();
    return true;
  }
  step_request step = make_request(role::portfolio, work_kind::mark);
  step.quotes = all_quotes();
  send(std::move(step));
  return true;
}

void sequencer::finish_frame() {
  done_feed_ = frame_.seq;
  stage_ = stage::between;
  ++frames_since_cut_;
  host_->processed(done_feed_);
}

bool sequencer::run_input() {
  // A frame that a crash left half done comes first: what follows it must not get its seq before it.
  if (stage_ == stage::between && resume_feed_ > done_feed_) return false;
  if (!refused_.empty()) {
    std::vector<event_body> bodies{refused_.begin(), refused_.end()};
    refused_.clear();
    sequence(std::move(bodies), step_kind::input, std::nullopt);
    return true;
  }
  if (updates_.empty() || stage_ != stage::between) return false;
  step_request step = make_request(role::trader, work_kind::updates);
  step.updates = std::move(updates_.front());
  updates_.pop_front();
  send(std::move(step));
  return true;
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
  return std::ranges::any_of(orders_, [&](const auto& entry) {
    const tracked_order& o = entry.second;
    return o.expires_at <= frame_.ts ||
           std::ranges::any_of(frame_.ticks, [&](const tick& t) { return t.instrument == o.instrument; });
  });
}

bool sequencer::waits_for_placement() const {
  if (!settings_.feed_clocked_venue) return false;
  return std::ranges::any_of(unplaced_, [&](const auto& entry) {
    const auto it = orders_.find(entry.first);
    if (it == orders_.end()) return false;
    return it->second.expires_at <= frame_.ts ||
           std::ranges::any_of(frame_.ticks, [&](const tick& t) { return t.instrument == it->second.instrument; });
  });
}

std::vector<quote> sequencer::all_quotes() const {
  std::vector<quote> quotes;
  std::ranges::copy_if(quotes_, std::back_inserter(quotes), [](const quote& q) { return q.ts.ns != 0; });
  return quotes;
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

bool sequencer::send(step_request step) {
  step.id = next_step_id_++;
  auto& slot = in_flight_[index(step.to)];
  slot = std::move(step);
  ++waiting_;
  auto answer = host_->request(*slot);
  if (!answer) return false;
  take(std::move(*answer));
  return true;
}

void sequencer::take(step_result result) {
  auto& slot = in_flight_[index(result.from)];
  if (!slot || slot->id != result.id) return;
  const step_request step = std::move(*slot);
  slot.reset();
  --waiting_;
  std::vector<event_body> bodies;
  switch (step.kind) {
    case work_kind::market:
      sequence(std::move(result.events), step_kind::market, role::trader);
      stage_ = stage::signals;
      break;
    case work_kind::signals:
      for (signal& s : frame_signals_) bodies.emplace_back(signal_received{std::move(s)});
      std::ranges::move(abandoned_, std::back_inserter(bodies));
      std::ranges::move(result.events, std::back_inserter(bodies));
      abandoned_.clear();
      frame_signals_.clear();
      sequence(std::move(bodies), step_kind::signals, role::risk_manager);
      stage_ = stage::orders;
      break;
    case work_kind::orders:
      std::ranges::move(abandoned_orders_, std::back_inserter(bodies));
      std::ranges::move(result.events, std::back_inserter(bodies));
      abandoned_orders_.clear();
      sequence(std::move(bodies), step_kind::orders, role::trader);
      approved_.clear();
      stage_ = stage::mark;
      break;
    case work_kind::mark:
      sequence(std::move(result.events), step_kind::mark, role::portfolio);
      finish_frame();
      break;
    case work_kind::updates:
      sequence(std::move(result.events), step_kind::input, role::trader);
      break;
    case work_kind::snapshot:
      take_snapshot_part(result.from, std::move(result.snapshot));
      break;
  }
}

void sequencer::sequence(std::vector<event_body> bodies, step_kind step, std::optional<role> author) {
  if (bodies.empty()) return;
  auto events = std::make_shared<std::vector<event>>();
  events->reserve(bodies.size());
  const bool after_frame = step == step_kind::input;
  for (event_body& body : bodies) {
    event e;
    e.feed = after_frame ? done_feed_ : frame_.seq;
    e.step = step;
    e.ts = after_frame ? last_ts_ : frame_.ts;
    e.body = std::move(body);
    stamp(e);
    track(e);
    events->push_back(std::move(e));
  }
  const event_list list = std::move(events);
  tail_.push_back(list);
  events_since_cut_ += list->size();
  const std::uint64_t durable = host_->append(list);
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    const bool wanted = std::ranges::any_of(*list, [r](const event& e) { return concerns(r, e.body); });
    if (wanted && author != r) host_->forward(r, list);
  }
  if (durable != 0) on_durable(durable);
}

void sequencer::send_durable_intents() {
  place_request request;
  for (auto& [id, intent] : unplaced_) {
    if (intent.sent || intent.answered || intent.seq > durable_seq_) continue;
    intent.sent = true;
    request.intents.emplace_back(id, intent.seq);
  }
  if (request.intents.empty()) return;
  // First submitted, first placed: the venue's queue follows the journal.
  std::ranges::sort(request.intents, {}, &std::pair<client_order_id, std::uint64_t>::second);
  if (const auto result = host_->place(request)) on_placed(*result);
}

}  // namespace bulkhead
