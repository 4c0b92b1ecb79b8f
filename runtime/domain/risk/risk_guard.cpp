// Latches: what closes the kill switch by itself, and what an operator asks.
#include "runtime/domain/risk/risk_engine.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

/// "kill", "kill ema".
std::string command_text(std::string_view verb, const std::string& object) {
  return object.empty() ? std::string{verb} : fmt::format("{} {}", verb, object);
}

/// Why a working order cannot be asked to cancel; empty: it can.
std::string no_cancel_reason(const risk::working_order* o) {
  if (o == nullptr) return "no order with this id is working: it has ended or never was";
  if (o->status == order_status::pending_cancel) return "a cancel is on its way already";
  if (o->status == order_status::unknown && o->is_cancel_wanted) {
    return "a cancel is wanted already: it leaves once the broker's order book has the order";
  }
  return o->can_cancel() ? "" : "it is not submitted yet";
}

}  // namespace

std::vector<event_body> risk_engine::guard(timestamp now) {
  round r{.now = now, .step = step_kind::guard};
  guard_scope(r, strategy_id{});
  std::vector<strategy_id> names;
  for (const auto& [name, state] : strategies_) names.push_back(name);
  for (const strategy_id& name : names) guard_scope(r, name);
  return std::move(r.bodies);
}

void risk_engine::guard_scope(round& r, const strategy_id& strategy) {
  if (latch_of(strategy) != kill_mode::off) return;
  const auto reached = strategy.empty() ? risk::reached_limit(watch_, settings_.broker)
                                        : risk::reached_limit(strategies_.at(strategy).watch, settings_.of(strategy));
  if (reached) latch(r, {strategy, std::string{to_string(kill_mode::reduce_only)}, reached->cause, reached->reason});
}

kill_mode risk_engine::latch_of(const strategy_id& strategy) const { return strategy.empty() ? kill_ : kill(strategy); }

void risk_engine::latch(round& r, kill_latched k) {
  const std::string why = fmt::format("kill switch: {}", k.cause);
  const auto covered = exposure_.cancellable(k.strategy, true);
  emit(r, std::move(k));
  emit_cancels(r, covered, why);
}

std::vector<event_body> risk_engine::command(std::span<const operator_command> commands, timestamp now) {
  round r{.now = now, .step = step_kind::input};
  for (const operator_command& c : commands) obey(r, c);
  return std::move(r.bodies);
}

void risk_engine::obey(round& r, const operator_command& c) {
  using kind = operator_command::kind;
  switch (c.what) {
    case kind::kill:
      if (c.mode == kill_mode::off) {
        return emit(r, command_refused{command_text("kill", c.strategy.str()),
                                       "mode off, allowed: reduce-only, halt; to open the latch, release it"});
      }
      return latch(r, {c.strategy, std::string{to_string(c.mode)}, c.cause, c.reason});
    case kind::release:
      if (latch_of(c.strategy) == kill_mode::off) {
        return emit(r, command_refused{command_text("release", c.strategy.str()), "the kill switch is not latched"});
      }
      return emit(r, kill_released{c.strategy, c.reason});
    case kind::cancel_order:
      return cancel_order(r, c);
    case kind::cancel_all:
      return cancel_all(r, c);
    case kind::resolve_order:  // the sequencer's own: it changes what the broker said, not what risk allows
      return emit(r, command_refused{command_text("resolve", c.order.str()), "not for the risk manager"});
  }
}

void risk_engine::cancel_order(round& r, const operator_command& c) {
  std::string refusal = no_cancel_reason(exposure_.find(c.order));
  if (refusal.empty()) return emit(r, order_cancel_requested{c.order, c.reason});
  emit(r, command_refused{command_text("cancel", c.order.str()), std::move(refusal)});
}

void risk_engine::cancel_all(round& r, const operator_command& c) {
  const auto ids = exposure_.cancellable(c.strategy, false);
  if (!ids.empty()) return emit_cancels(r, ids, c.reason);
  emit(r, command_refused{command_text("cancel-all", c.strategy.str()), "no order works that could be cancelled"});
}

}  // namespace bulkhead
