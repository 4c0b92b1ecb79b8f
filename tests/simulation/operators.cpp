// Operators at work, and input that is wrong on purpose.
#include "simulation/simulation.hpp"

namespace bulkhead::simulation {
namespace {

constexpr std::size_t pause_between = 350;  ///< turns between two acts, about
const std::array<std::string, 2> with_operators{"desk", "live"};

}  // namespace

std::uint64_t simulation::ask(const std::string& broker, const operator_command& command, bool is_bad) {
  const std::uint64_t ticket = next_ticket_++;
  asked_[ticket] = {broker, command.what, is_bad};
  node_->operate(broker, ticket, command);
  return ticket;
}

void simulation::operators_act() {
  release_due();
  if (world_.draw.below(pause_between) != 0) return;
  switch (world_.draw.below(6)) {
    case 0:
      return kill_switch();
    case 1:
    case 2:
      return command_orders();
    case 3:
      return command_strategies();
    default:
      return send_bad_input();
  }
}

/// As the control desk does it: the gate, the latch on disk, then the journal.
void simulation::kill_switch() {
  const std::string& broker = with_operators[world_.draw.below(with_operators.size())];
  if (world_.held.at(broker) != kill_mode::off) return;
  operator_command command;
  command.what = operator_command::kind::kill;
  command.mode = world_.draw.percent(50) ? kill_mode::halt : kill_mode::reduce_only;
  command.reason = "drill";
  found_->step(fmt::format("frame {}: {} is killed: {}", progress_, broker, to_string(command.mode)));
  node_->gate(broker).hold(command.mode);
  world_.held[broker] = command.mode;
  release_at_[broker] = progress_ + world_.draw.between(2, 20);
  ask(broker, command, false);
}

void simulation::release_due() {
  for (auto it = release_at_.begin(); it != release_at_.end();) {
    if (progress_ < it->second) {
      ++it;
      continue;
    }
    operator_command command;
    command.what = operator_command::kind::release;
    command.reason = "drill over";
    found_->step(fmt::format("frame {}: {} is released", progress_, it->first));
    ask(it->first, command, false);
    it = release_at_.erase(it);
  }
}

void simulation::command_orders() {
  const std::string& broker = with_operators[world_.draw.below(with_operators.size())];
  operator_command command;
  command.what = operator_command::kind::cancel_all;
  command.reason = "tidy up";
  const auto& intents = world_.disks.at(broker)->intents;
  if (world_.draw.percent(50) && !intents.empty()) {
    command.what = operator_command::kind::cancel_order;
    command.order =
        client_order_id{*std::next(intents.begin(), static_cast<std::ptrdiff_t>(world_.draw.below(intents.size())))};
  }
  found_->step(fmt::format("frame {}: {} is asked to cancel {}", progress_, broker, command.order.str()));
  ask(broker, command, false);
}

void simulation::command_strategies() {
  const std::uint64_t id = next_ticket_++;
  told_strategies_[id] = true;
  is_paused_ = !is_paused_;
  ++record_.strategy_commands;
  found_->step(fmt::format("frame {}: {} {}", progress_, is_paused_ ? "pause" : "resume", pausable.str()));
  node_->tell_strategies(id, is_paused_ ? "pause" : "resume", pausable);
}

void simulation::send_bad_input() {
  const std::uint64_t id = next_ticket_++;
  ++record_.bad_inputs;
  const std::string name = fmt::format("{}{}", bogus, id);
  operator_command command;
  command.what = operator_command::kind::cancel_order;
  command.order = client_order_id{name};
  broker_update update;
  update.client_order_id = client_order_id{name};
  update.what = broker_update::kind::filled;
  update.fill_id = fill_id{name};
  update.qty = 5;
  update.price = {1'000'000};
  const auto& intents = world_.disks.at("live")->intents;
  const auto of_real_order = [&] {
    if (!intents.empty()) update.client_order_id = client_order_id{*intents.rbegin()};
  };
  found_->step(fmt::format("frame {}: bad input {}", progress_, name));
  switch (world_.draw.below(8)) {
    case 0:
      ask("ghost", command, true);
      return;
    case 1:
    case 2:
      ask("desk", command, true);
      return;
    case 3:
      told_strategies_[id] = false;
      node_->tell_strategies(id, world_.draw.percent(50) ? "explode" : "pause", strategy_id{name});
      return;
    case 4:  // a fill of an order that nobody knows
      break;
    case 5:
      of_real_order();
      update.qty = -5;
      break;
    case 6:
      of_real_order();
      update.qty = max_quantity;
      break;
    default:
      of_real_order();
      update.price = {0};
      break;
  }
  world_.venue->send_report(update);
}

void simulation::answered(const actors::operated& answer) {
  const auto it = asked_.find(answer.ticket);
  if (it == asked_.end()) {
    found_->broken(promise::no_silent_drop, fmt::format("command {} was answered twice", answer.ticket));
    return;
  }
  const asked a = it->second;
  asked_.erase(it);
  if (a.is_bad) {
    const bool refused =
        !answer.error.empty() || (answer.events && answer.events->size() == 1 &&
                                  std::holds_alternative<command_refused>(answer.events->front().body));
    if (!refused) found_->broken(promise::refused_whole, fmt::format("{}: a wrong command was taken", a.broker));
    return;
  }
  if (answer.events && answer.error.empty()) {
    for (const event& e : *answer.events) {
      record_.operators_heard.push_back({a.broker, e.seq, world_.codecs.at(a.broker)->encode(e)});
    }
  }
  if (a.what != operator_command::kind::release) return;
  if (answer.error.empty()) {
    world_.held[a.broker] = kill_mode::off;
    node_->gate(a.broker).hold(kill_mode::off);
  } else {
    release_at_[a.broker] = progress_ + 3;
  }
}

void simulation::told(const actors::strategy_command_done& done) {
  const auto it = told_strategies_.find(done.id);
  if (it == told_strategies_.end()) return;
  if (it->second) {
    record_.strategy_commands_ok += done.error.empty() ? 1 : 0;
  } else if (done.error.empty()) {
    found_->broken(promise::refused_whole, "the runner took a wrong command: " + done.text);
  }
  told_strategies_.erase(it);
}

}  // namespace bulkhead::simulation
