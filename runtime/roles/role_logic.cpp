#include "runtime/roles/role_logic.hpp"

#include "runtime/domain/order_report.hpp"
#include "runtime/fault/effect_note.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

step_result answer(const step_request& step) {
  step_result result;
  result.id = step.id;
  result.from = step.to;
  return result;
}

[[noreturn]] void not_mine(std::string_view who, const step_request& step) {
  throw std::logic_error(fmt::format("{} was asked for step {}", who, to_string(step.kind)));
}

template <class Fold>
void take_up(Fold& fold, const role_recovery& from) {
  if (!from.snapshot.empty()) fold.restore(nlohmann::json::parse(from.snapshot));
  for (const event_list& events : from.tail) {
    for (const event& e : *events) fold.apply(e);
  }
}

template <class Fold>
void apply_all(Fold& fold, const event_list& events) {
  for (const event& e : *events) fold.apply(e);
}

}  // namespace

void risk_logic::recover(const role_recovery& from) { take_up(engine_, from); }
void risk_logic::apply(const event_list& events) { apply_all(engine_, events); }

step_result risk_logic::handle(const step_request& step) {
  step_result result = answer(step);
  switch (step.kind) {
    case work_kind::signals:
      result.events = engine_.decide(step.signals, step.quotes, step.ts, step.feed);
      break;
    case work_kind::guard:
      result.events = engine_.guard(step.ts);
      break;
    case work_kind::commands:
      result.events = engine_.command(step.commands, step.ts);
      break;
    case work_kind::snapshot:
      result.snapshot = engine_.snapshot().dump();
      break;
    default:
      not_mine("risk_manager", step);
  }
  return result;
}

void portfolio_logic::recover(const role_recovery& from) { take_up(portfolio_, from); }
void portfolio_logic::apply(const event_list& events) { apply_all(portfolio_, events); }

step_result portfolio_logic::handle(const step_request& step) {
  step_result result = answer(step);
  switch (step.kind) {
    case work_kind::mark:
      result.events.emplace_back(portfolio_.mark(step.quotes, step.ts));
      break;
    case work_kind::snapshot:
      result.snapshot = portfolio_.snapshot().dump();
      break;
    default:
      not_mine("portfolio", step);
  }
  return result;
}

trader_logic::trader_logic(order_manager orders, std::unique_ptr<broker_client> client,
                           std::shared_ptr<const effect_gate> gate, std::uint64_t incarnation)
    : orders_(std::move(orders)), client_(std::move(client)), gate_(std::move(gate)), incarnation_(incarnation) {}

void trader_logic::report_to(broker_client::report_fn to) {
  if (client_) client_->report_to(std::move(to));
}

void trader_logic::state_to(broker_client::statement_fn to) {
  if (client_) client_->state_to(std::move(to));
}

void trader_logic::recover(const role_recovery& from) {
  take_up(orders_, from);
  if (!client_) return;
  std::vector<const order*> placed = orders_.live();
  std::erase_if(placed, [&](const order* o) {
    return std::ranges::find(from.unplaced, o->request.client_order_id) != from.unplaced.end();
  });
  if (client_->clock() == venue_clock::own) std::ranges::copy(orders_.ended(), std::back_inserter(placed));
  client_->restore(placed);
}

step_result trader_logic::handle(const step_request& step) {
  step_result result = answer(step);
  switch (step.kind) {
    case work_kind::market:
      if (!client_) not_mine("trader without a broker", step);
      result.events = orders_.on_updates(client_->on_frame({step.feed, step.ts, step.frame, step.ticks}), step.ts);
      break;
    case work_kind::orders:
      result.events = orders_.submit(step.approved, step.ts, step.feed);
      break;
    case work_kind::updates:
      result.events = orders_.on_updates(step.updates, step.ts);
      break;
    case work_kind::snapshot:
      result.snapshot = orders_.snapshot_text();
      break;
    default:
      not_mine("trader", step);
  }
  return result;
}

void trader_logic::apply(const event_list& events) {
  for (const event& e : *events) {
    orders_.apply(e);
    if (!client_) continue;
    if (const auto* cancel = std::get_if<order_cancel_requested>(&e.body)) {
      if (const order* o = orders_.find(cancel->client_order_id)) client_->cancel(*o);
    }
  }
}

place_result trader_logic::place(const place_request& request) {
  place_result result;
  for (const auto& [id, seq] : request.intents) {
    const order* o = orders_.find(id);
    if (o == nullptr || !client_) {
      result.refused.push_back({id, "effect gate: the order is not known to the trader", true});
      continue;
    }
    if (auto reason = gate_->refusal(seq, incarnation_, o->request.reduces)) {
      result.refused.push_back({id, std::move(*reason), true});
      continue;
    }
    fault::note_effect(id.str());
    client_->submit(*o);
    result.placed.push_back(id);
  }
  for (const auto& [id, seq] : request.modifications) {
    const order* o = orders_.find(id);
    if (o == nullptr || !o->asked_terms || !client_) {
      result.modifications_refused.push_back({id, "effect gate: no modification of this order is on its way"});
      continue;
    }
    // A latch that refused to shrink a protective order would leave it larger than what it protects.
    if (auto reason = only_shrinks(*o) ? gate_->stale(incarnation_) : gate_->refusal(seq, incarnation_, false)) {
      result.modifications_refused.push_back({id, std::move(*reason)});
    } else {
      client_->modify(*o);
      result.modified.push_back(id);
    }
  }
  return result;
}

}  // namespace bulkhead
