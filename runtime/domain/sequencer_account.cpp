// What a broker with its own clock says, in order: reports of our orders, and statements of the whole account. And what
// follows where a statement does not fit: the latch, and an operator's word on an order that nobody else can decide.
#include "runtime/domain/sequencer.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::uint64_t nobodys_ticket = 0;

/// Why the operator cannot decide this; empty: it is open.
std::string no_resolve_reason(const ledger_order* o, const operator_command& c, timestamp now) {
  if (o == nullptr) return "no order with this id was sent to this broker in the last days";
  if (is_terminal(o->status)) return fmt::format("it has ended: {}", to_string(o->status));
  if (o->status != order_status::unknown && now < o->expires_at) return "it works: cancel it instead";
  if (c.filled < o->filled) return fmt::format("{} of it are filled already", o->filled);
  if (c.filled > o->qty) return fmt::format("it is for {} only", o->qty);
  if (c.filled > o->filled && c.at.raw <= 0) return "the price of what was filled is missing";
  return {};
}

bool can_be_called_back(const ledger_order& o) {
  const bool is_there = o.status == order_status::submitted || o.status == order_status::open ||
                        o.status == order_status::partially_filled;
  return is_there && !o.is_cancel_asked;
}

}  // namespace

bool sequencer::run_venue_word() {
  // Not before the first frame: the account is opened with it, ahead of everything else.
  if (updates_.empty() || done_feed_ == 0) return false;
  venue_word word = std::move(updates_.front());
  updates_.pop_front();
  if (auto* updates = std::get_if<std::vector<broker_update>>(&word)) {
    step_request step = make_request(role::trader, work_kind::updates);
    step.updates = std::move(*updates);
    send(std::move(step));
  } else if (auto* bodies = std::get_if<std::vector<event_body>>(&word)) {
    sequence(std::move(*bodies), step_kind::input, std::nullopt);
  } else {
    judge(*std::get<std::shared_ptr<const account_statement>>(word));
  }
  return true;
}

void sequencer::judge(const account_statement& statement) {
  reconciler::verdict verdict = reconciler_.judge(statement);
  is_account_compared_ = is_account_compared_ || verdict.is_known;
  sequence(std::move(verdict.events), step_kind::input, std::nullopt);
  if (!verdict.updates.empty()) updates_.emplace_front(std::move(verdict.updates));
}

bool sequencer::run_owed_latch() {
  if (owed_latch_.empty() || stage_ != stage::between) return false;
  operator_command kill;
  kill.mode = std::max(kill_, owed_mode_);
  kill.cause = "reconciliation";
  kill.reason = owed_latch_;
  commands_.emplace_front(nobodys_ticket, kill);
  step_request step = make_request(role::risk_manager, work_kind::commands);
  step.commands.push_back(std::move(kill));
  step.quotes = wanted_quotes();
  send(std::move(step));
  return true;
}

bool sequencer::run_call_back() {
  if (stage_ != stage::between || called_back_at_ == reconciler_.ledger().changes()) return false;
  const std::set<account_line> lines = reconciler_.short_lines();
  if (lines.empty()) return false;
  step_request step = make_request(role::risk_manager, work_kind::commands);
  for (const auto& [id, o] : reconciler_.ledger().orders()) {
    if (!lines.contains(o.line) || !can_be_called_back(o)) continue;
    operator_command cancel;
    cancel.what = operator_command::kind::cancel_order;
    cancel.order = id;
    cancel.reason = short_line_reason;
    step.commands.push_back(std::move(cancel));
  }
  // Once for each state of the ledger: a cancel that is refused is not asked for without end.
  called_back_at_ = reconciler_.ledger().changes();
  if (step.commands.empty()) return false;
  commands_.emplace_front(nobodys_ticket, step.commands.front());
  step.quotes = wanted_quotes();
  send(std::move(step));
  return true;
}

void sequencer::withhold_on_short_lines(std::vector<risk_approved<order_request>>& approved) {
  const std::set<account_line> lines = reconciler_.short_lines();
  if (lines.empty()) return;
  withhold(approved, short_line_reason, [&](const order_request& r) {
    return lines.contains({instruments_->key(r.instrument), std::string{bulkhead::to_string(r.product)}});
  });
}

bool sequencer::run_resolve() {
  const auto& [ticket, c] = commands_.front();
  if (c.what != operator_command::kind::resolve_order) return false;
  const ledger_order* o = reconciler_.ledger().find(c.order);
  std::string refusal = no_resolve_reason(o, c, last_ts_);
  std::vector<event_body> bodies;
  if (!refusal.empty()) {
    bodies.emplace_back(command_refused{fmt::format("resolve {}", c.order.str()), std::move(refusal)});
  } else {
    std::vector<broker_update> updates;
    broker_update u;
    u.client_order_id = c.order;
    if (c.filled > o->filled) {
      u.what = broker_update::kind::filled;
      u.fill_id = fill_id{"operator:" + c.order.str()};
      u.qty = c.filled - o->filled;
      u.price = c.at;
      updates.push_back(u);
    }
    if (c.filled < o->qty) {
      u.what = broker_update::kind::cancelled;
      u.reason = "operator: " + c.reason;
      updates.push_back(u);
    }
    updates_.emplace_front(std::move(updates));
    bodies.emplace_back(account_difference{.subject = "order",
                                           .key = c.order.str(),
                                           .ours = fmt::format("{} filled {}", to_string(o->status), o->filled),
                                           .theirs = fmt::format("by the operator: filled {} in all", c.filled),
                                           .action = "resolved",
                                           .reason = c.reason});
  }
  const event_list made = sequence(std::move(bodies), step_kind::input, std::nullopt);
  const std::uint64_t asked = ticket;
  commands_.pop_front();
  host_->commanded(asked, made);
  return true;
}

}  // namespace bulkhead
