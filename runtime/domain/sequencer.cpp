#include "runtime/domain/sequencer.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {
namespace {

std::size_t index(role r) { return static_cast<std::size_t>(r); }

/// Which events a role that did not make them has to know.
bool concerns(role r, const event_body& body) {
  switch (r) {
    case role::trader:
      return std::holds_alternative<order_cancel_requested>(body) || std::holds_alternative<order_rejected>(body) ||
             std::holds_alternative<order_modify_requested>(body) ||
             std::holds_alternative<order_modify_rejected>(body);
    case role::portfolio:
      return std::holds_alternative<account_opened>(body) || std::holds_alternative<order_filled>(body);
    case role::risk_manager:
      return !std::holds_alternative<signal_received>(body) && !std::holds_alternative<command_refused>(body) &&
             !std::holds_alternative<strategy_changed>(body) && !std::holds_alternative<feed_noticed>(body) &&
             !std::holds_alternative<inbox_positioned>(body) && !std::holds_alternative<account_difference>(body) &&
             !std::holds_alternative<account_reconciled>(body);
  }
  return false;
}

}  // namespace

std::string_view to_string(role r) {
  static constexpr std::array<std::string_view, role_count> names{"trader", "risk_manager", "portfolio"};
  return names[index(r)];
}

std::string_view to_string(work_kind k) {
  static constexpr std::array<std::string_view, 8> names{"market",  "signals", "orders",   "mark",
                                                         "updates", "guard",   "commands", "snapshot"};
  return names[static_cast<std::size_t>(k)];
}

sequencer::sequencer(sequencer_settings settings, const instrument_table& instruments, sequencer_host& host)
    : settings_(std::move(settings)),
      instruments_(&instruments),
      host_(&host),
      monitor_(settings_.monitor, settings_.session, instruments),
      quotes_(instruments.size()),
      working_in_(instruments.size()),
      reconciler_(instruments) {
  for (std::size_t i = 0; i < quotes_.size(); ++i) quotes_[i].instrument = {static_cast<std::uint32_t>(i)};
}

void sequencer::offer_frames(std::shared_ptr<const frame_batch> frames, const std::vector<feed_noticed>& notices) {
  if (frames->empty() || frames->last_seq() <= last_offered_) return;
  if (frames->first_seq() > last_offered_ + 1) {
    throw std::logic_error(fmt::format("feed gap: frame {} follows frame {}", frames->first_seq(), last_offered_));
  }
  for (const feed_noticed& n : notices) feed_notices_.emplace_back(last_offered_ + 1, n);
  last_offered_ = frames->last_seq();
  batches_.push_back(std::move(frames));
  pump();
}

void sequencer::offer_signals(feed_seq through, std::vector<signal> signals, std::vector<strategy_notice> notices,
                              feed_seq refuse_entries_through) {
  refuse_entries_through_ = std::max(refuse_entries_through_, refuse_entries_through);
  for (strategy_notice& n : notices) {
    const auto same = [&n](const strategy_notice& known) { return known.feed == n.feed && known.ordinal == n.ordinal; };
    if (n.feed < signals_through_ || std::ranges::any_of(runner_notices_, same)) continue;
    runner_notices_.push_back(std::move(n));
  }
  if (through <= signals_through_) return;
  for (signal& s : signals) {
    if (s.feed > signals_through_) signals_.push_back(std::move(s));
  }
  signals_through_ = through;
  pump();
}

void sequencer::offer_updates(std::vector<broker_update> updates) {
  updates_.emplace_back(std::move(updates));
  pump();
}

void sequencer::offer_statement(std::shared_ptr<const account_statement> statement) {
  using held = std::shared_ptr<const account_statement>;
  // Nothing was said in between: the newer one says all that the older did.
  if (!updates_.empty() && std::holds_alternative<held>(updates_.back())) updates_.pop_back();
  updates_.emplace_back(std::move(statement));
  pump();
}

void sequencer::offer_journaled(std::vector<event_body> bodies) {
  updates_.emplace_back(std::move(bodies));
  pump();
}

void sequencer::offer_command(std::uint64_t ticket, operator_command command) {
  commands_.emplace_back(ticket, std::move(command));
  pump();
}

void sequencer::offer_inbox(std::vector<inbox_item> items) {
  inbox_.offer(std::move(items));
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
  for (const client_order_id& id : result.modified) unmodified_.erase(id);
  const auto keep = [this](std::map<client_order_id, unplaced>& waiting, const auto& refusal) {
    const auto it = waiting.find(refusal.client_order_id);
    if (it == waiting.end() || std::exchange(it->second.answered, true)) return;
    refused_.emplace_back(refusal);  // stays unplaced until the journal has it
  };
  for (const order_rejected& refusal : result.refused) keep(unplaced_, refusal);
  for (const order_modify_rejected& refusal : result.modifications_refused) keep(unmodified_, refusal);
  pump();
}

void sequencer::offer_refusals(const place_result& result) {
  const auto await = [this](std::map<client_order_id, unplaced>& waiting, const client_order_id& id) {
    if (orders_.contains(id)) waiting.try_emplace(id, unplaced{0, true, false});
  };
  for (const order_rejected& r : result.refused) await(unplaced_, r.client_order_id);
  for (const order_modify_rejected& r : result.modifications_refused) await(unmodified_, r.client_order_id);
  on_placed(result);
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
      risk_due_ = false;
      bodies = std::move(frame_notices_);
      frame_notices_.clear();
      take_received(bodies);
      std::ranges::move(abandoned_, std::back_inserter(bodies));
      std::ranges::move(result.events, std::back_inserter(bodies));
      abandoned_.clear();
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
      stage_ = stage::guard;
      break;
    case work_kind::guard:
      sequence(std::move(result.events), step_kind::guard, role::risk_manager);
      finish_frame();
      break;
    case work_kind::commands: {
      const event_list made = sequence(std::move(result.events), step_kind::input, role::risk_manager);
      const std::uint64_t ticket = commands_.front().first;
      commands_.pop_front();
      host_->commanded(ticket, made);
      break;
    }
    case work_kind::updates:
      sequence(std::move(result.events), step_kind::input, role::trader);
      break;
    case work_kind::snapshot:
      take_snapshot_part(result.from, std::move(result.snapshot));
      break;
  }
}

event_list sequencer::sequence(std::vector<event_body> bodies, step_kind step, std::optional<role> author) {
  if (bodies.empty()) return std::make_shared<const std::vector<event>>();
  auto events = std::make_shared<std::vector<event>>();
  events->reserve(bodies.size());
  const bool after_frame = step == step_kind::input;
  for (event_body& body : bodies) {
    event e;
    e.feed = after_frame ? done_feed_ : frame_.seq;
    e.step = step;
    e.ts = after_frame ? last_ts_ : frame_.ts;
    e.body = std::move(body);
    drop_ended_chains(e.feed);
    stamp(e);
    track(e);
    events->push_back(std::move(e));
  }
  event_list list = std::move(events);
  tail_.push_back(list);
  events_since_cut_ += list->size();
  const std::uint64_t durable = host_->append(list);
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    const bool wanted = std::ranges::any_of(*list, [r](const event& e) { return concerns(r, e.body); });
    if (wanted && author != r) host_->forward(r, list);
  }
  if (durable != 0) on_durable(durable);
  return list;
}

void sequencer::send_durable_intents() {
  using by_seq = std::vector<std::pair<client_order_id, std::uint64_t>>;
  const auto take_durable = [this](std::map<client_order_id, unplaced>& waiting, by_seq& out) {
    for (auto& [id, intent] : waiting) {
      if (intent.sent || intent.answered || intent.seq > durable_seq_) continue;
      intent.sent = true;
      out.emplace_back(id, intent.seq);
    }
    // First submitted, first placed: the venue's queue follows the journal.
    std::ranges::sort(out, {}, &by_seq::value_type::second);
  };
  place_request request;
  take_durable(unplaced_, request.intents);
  take_durable(unmodified_, request.modifications);
  if (request.intents.empty() && request.modifications.empty()) return;
  if (const auto result = host_->place(request)) on_placed(*result);
}

}  // namespace bulkhead
