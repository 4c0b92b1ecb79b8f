#include "tools/app/journal_replay.hpp"

#include "tools/app/journal_reports.hpp"
#include "tools/app/parts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

constexpr std::uint64_t only_incarnation = 1;
constexpr std::string_view operator_cause = "operator";
constexpr std::string_view missed_rule = "step_deadline";    // of signals
constexpr std::string_view missed_reason = "step deadline";  // of orders

/// A replay keeps no journal, so it needs no cuts.
sequencer_settings without_cuts(sequencer_settings s) {
  s.snapshot_every_events = ~std::uint64_t{0};
  s.snapshot_every_frames = ~std::uint64_t{0};
  return s;
}

operator_command command_of(operator_command::kind what, strategy_id strategy, std::string reason) {
  operator_command c;
  c.what = what;
  c.strategy = std::move(strategy);
  c.reason = std::move(reason);
  return c;
}

/// A refused command is journaled as it was typed: "release", "release S", "cancel ID", "cancel-all", "cancel-all S".
std::optional<operator_command> command_typed(std::string_view text) {
  const auto after = [&](std::string_view word) -> std::optional<std::string> {
    if (text == word) return std::string{};
    if (!text.starts_with(word) || text[word.size()] != ' ') return std::nullopt;
    return std::string{text.substr(word.size() + 1)};
  };
  if (const auto whom = after("release")) return command_of(operator_command::kind::release, strategy_id{*whom}, {});
  if (const auto whom = after("cancel-all"))
    return command_of(operator_command::kind::cancel_all, strategy_id{*whom}, {});
  if (const auto id = after("cancel")) {
    operator_command c = command_of(operator_command::kind::cancel_order, {}, {});
    c.order = client_order_id{*id};
    return c;
  }
  return std::nullopt;
}

/// Words about the account, and about what nobody took: nothing in the log leads to them.
bool stands_alone(const event_body& body) {
  const auto* refused = std::get_if<command_refused>(&body);
  return std::holds_alternative<account_difference>(body) || std::holds_alternative<account_reconciled>(body) ||
         std::holds_alternative<broker_update_refused>(body) ||
         (refused != nullptr && refused->command.starts_with("resolve "));
}

}  // namespace

journal_replay::journal_replay(const config::settings& s, const config::broker_settings& b,
                               const std::vector<journaled_event>& journaled)
    : journaled_(&journaled),
      codec_(b.id, s.instruments),
      sequencer_(without_cuts(sequencer_settings_of(s, b)), s.instruments, *this) {
  gate_->admit(only_incarnation);
  for (std::size_t i = 0; i < role_count; ++i) {
    roles_[i] = make_role(s, b, static_cast<role>(i), gate_, only_incarnation);
  }
  for (const auto& [e, text] : journaled) {
    if (const auto* r = std::get_if<order_rejected>(&e.body); r != nullptr && r->at_gate) {
      refused_[r->client_order_id] = e.seq;
    }
    const auto* m = std::get_if<order_modify_rejected>(&e.body);
    if (m != nullptr && e.step == step_kind::input) unmodified_[m->client_order_id] = e.seq;
    const auto* missed = std::get_if<signal_rejected>(&e.body);
    if (missed != nullptr && missed->rule == missed_rule) overdue_[e.feed].first = true;
    const auto* held = std::get_if<order_withheld>(&e.body);
    if (held != nullptr && (held->reason == missed_reason || held->reason == isolated_reason)) {
      overdue_[e.feed].second = true;
      orders_reasons_[e.feed] = held->reason;
    }
  }
}

replay_result journal_replay::run(feed_source& source, const std::function<void(feed_seq)>& progress) {
  source.seek(1);
  for (bool more = true; more && !is_at_end() && !difference_;) {
    auto frame = std::make_shared<frame_batch>();
    more = source.next(*frame);
    if (frame->empty()) break;
    const feed_seq seq = frame->last_seq();
    offer_frame(std::move(frame));
    offer_inputs(seq);
    progress(seq);
  }
  if (!difference_ && !is_at_end()) note_difference(made_ + 1, nullptr, "the feed has ended");
  replay_result result;
  result.equal = difference_ ? difference_->seq - 1 : std::min<std::uint64_t>(made_, journaled_->size());
  result.difference = difference_;
  return result;
}

void journal_replay::offer_frame(std::shared_ptr<const frame_batch> frame) {
  std::vector<signal> signals;
  std::vector<strategy_notice> changes;
  std::vector<feed_noticed> conflated;
  std::vector<inbox_item> external;
  const feed_seq seq = frame->last_seq();
  feed_seq refuse_entries_through = 0;
  for (; next_ < journaled_->size() && (*journaled_)[next_].what.feed <= seq; ++next_) {
    const event& e = (*journaled_)[next_].what;
    if (const auto* s = std::get_if<signal_received>(&e.body)) {
      if (s->origin) {
        external.emplace_back(external_signal{s->signal, *s->origin});
      } else {
        signals.push_back(s->signal);
      }
    }
    const auto* rejected = std::get_if<signal_rejected>(&e.body);
    if (rejected != nullptr && rejected->rule == isolated_rule) refuse_entries_through = seq;
    if (const auto* c = std::get_if<strategy_changed>(&e.body)) {
      changes.push_back({*c, seq - 1, static_cast<std::uint32_t>(changes.size())});
    }
    // Gaps and silence are seen again by the sequencer itself.
    const auto* n = std::get_if<feed_noticed>(&e.body);
    if (n != nullptr && n->what == "conflated") conflated.push_back(*n);
  }
  sequencer_.offer_inbox(std::move(external));
  sequencer_.offer_signals(seq, std::move(signals), std::move(changes), refuse_entries_through);
  sequencer_.offer_frames(std::move(frame), conflated);
  abandon_overdue();
  if (sequencer_.last_processed() < seq) let_pass_withheld();
}

/// A tick waits for an order that the gate refused in a later frame: on that day the order had passed, and a restart,
/// before the venue reported anything, had it ask again. Nothing of it reached the journal, so nothing of it is done.
void journal_replay::let_pass_withheld() {
  place_result passed = std::exchange(withheld_, {});
  if (!passed.placed.empty() || !passed.modified.empty()) sequencer_.on_placed(passed);
}

/// A step that nobody answered in time on that day: its entries end as they did then, and it is asked again.
void journal_replay::abandon_overdue() {
  while (waits_) {
    const role late = *std::exchange(waits_, std::nullopt);
    sequencer_.abandon_entries(late, orders_reasons_[sequencer_.in_flight(late)->feed]);
    sequencer_.resume(late);
  }
}

void journal_replay::offer_inputs(feed_seq frame) {
  while (!difference_ && !is_at_end()) {
    const event& e = (*journaled_)[made_].what;
    if (e.feed != frame || e.step != step_kind::input) return;
    const std::uint64_t before = made_;
    if (!offer_input(e)) {
      note_difference(e.seq, nullptr, "no input that a replay can make of the journal: see docs/commands.md");
    } else if (made_ == before) {
      note_difference(e.seq, nullptr, "the input that the journal names changed nothing");
    }
  }
}

bool journal_replay::offer_input(const event& e) {
  if (const auto* r = std::get_if<order_rejected>(&e.body); r != nullptr && r->at_gate) {
    refuse_at_gate(*r);
    return true;
  }
  if (const auto* m = std::get_if<order_modify_rejected>(&e.body)) {
    place_result refused;
    refused.modifications_refused.push_back(*m);
    sequencer_.offer_refusals(refused);
    return true;
  }
  if (const auto* at = std::get_if<inbox_positioned>(&e.body)) {
    sequencer_.offer_inbox({*at});
    return true;
  }
  std::vector<event_body> said;  // at once, as it was judged: a latch follows the last of them
  for (std::size_t i = made_; i < journaled_->size(); ++i) {
    const event& next = (*journaled_)[i].what;
    if (next.feed != e.feed || next.step != step_kind::input || !stands_alone(next.body)) break;
    said.push_back(next.body);
  }
  if (!said.empty()) {
    sequencer_.offer_journaled(std::move(said));
    return true;
  }
  if (auto reported = report_behind(e.body)) {
    sequencer_.offer_updates({std::move(*reported)});
    return true;
  }
  std::optional<operator_command> command;
  if (const auto* k = std::get_if<kill_latched>(&e.body); k != nullptr && k->cause == operator_cause) {
    command = command_of(operator_command::kind::kill, k->strategy, k->reason);
    command->mode = kill_mode_of(k->mode);
  } else if (const auto* r = std::get_if<kill_released>(&e.body)) {
    command = command_of(operator_command::kind::release, r->strategy, r->reason);
  } else if (const auto* c = std::get_if<order_cancel_requested>(&e.body)) {
    // A kill's own cancels follow it by themselves; one that stands alone was asked for.
    command = command_of(operator_command::kind::cancel_order, {}, c->reason);
    command->order = c->client_order_id;
  } else if (const auto* refused = std::get_if<command_refused>(&e.body)) {
    command = command_typed(refused->command);
  }
  if (!command) return false;
  sequencer_.offer_command(++ticket_, std::move(*command));
  return true;
}

void journal_replay::refuse_at_gate(const order_rejected& r) {
  place_result refused;
  refused.refused.push_back(r);
  sequencer_.offer_refusals(refused);
}

bool journal_replay::is_overdue(const step_request& step) const {
  const auto it = overdue_.find(step.feed);
  if (it == overdue_.end()) return false;
  if (step.kind == work_kind::signals) return it->second.first;
  return step.kind == work_kind::orders && it->second.second;
}

std::optional<step_result> journal_replay::request(const step_request& step) {
  if (is_overdue(step)) {
    auto& [signals, orders] = overdue_.at(step.feed);
    (step.kind == work_kind::signals ? signals : orders) = false;
    waits_ = step.to;
    return std::nullopt;
  }
  return at(step.to).handle(step);
}

std::optional<place_result> journal_replay::place(const place_request& intents) {
  place_request pass;
  for (const auto& intent : intents.intents) {
    if (refused_.contains(intent.first)) {
      withheld_.placed.push_back(intent.first);
    } else {
      pass.intents.push_back(intent);
    }
  }
  for (const auto& change : intents.modifications) {
    const auto it = unmodified_.find(change.first);
    if (it == unmodified_.end() || it->second < change.second) {
      pass.modifications.push_back(change);
    } else {
      withheld_.modified.push_back(change.first);
    }
  }
  // What the journal does not say was refused did pass: the latch of that day closed at an instant that it does not
  // hold, so the gate here stays open.
  return dynamic_cast<trader_logic&>(at(role::trader)).place(pass);
}

std::uint64_t journal_replay::append(const event_list& events) {
  for (const event& e : *events) {
    ++made_;
    if (difference_ || e.seq > journaled_->size()) continue;
    if (codec_.encode(e) != (*journaled_)[e.seq - 1].text) note_difference(e.seq, &e, {});
  }
  gate_->set_durable(events->back().seq);
  return events->back().seq;
}

void journal_replay::forward(role to, const event_list& events) { at(to).apply(events); }

void journal_replay::note_difference(std::uint64_t seq, const event* replayed, const std::string& hint) {
  difference_ = replay_difference{seq, {}, {}, hint};
  if (seq <= journaled_->size()) difference_->journaled = (*journaled_)[seq - 1].text;
  if (replayed != nullptr) difference_->replayed = codec_.encode(*replayed);
}

}  // namespace bulkhead::app
