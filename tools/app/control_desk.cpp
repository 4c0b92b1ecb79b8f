#include "tools/app/control_desk.hpp"

#include "runtime/brokers/registry.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/roles/kill_file.hpp"

#include <ranges>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

using nlohmann::json;

std::string text(const json& request, const char* key) {
  const auto it = request.find(key);
  if (it == request.end() || it->is_null()) return {};
  if (!it->is_string()) throw std::runtime_error(fmt::format("\"{}\": allowed: a text", key));
  return it->get<std::string>();
}

kill_mode mode_of(const json& request) {
  const std::string given = text(request, "mode");
  for (const kill_mode m : {kill_mode::reduce_only, kill_mode::halt}) {
    if (given == to_string(m)) return m;
  }
  throw std::runtime_error(fmt::format("mode: given \"{}\", allowed: reduce-only, halt", given));
}

json status_json(const actors::bridge_status& s) {
  if (s.isolated_at.ns != 0) {
    return {{"state", "isolated"}, {"reason", s.down}, {"isolated_at", to_iso_ist(s.isolated_at)}};
  }
  if (!s.down.empty()) return {{"state", "down"}, {"reason", s.down}};
  json incarnations = json::object();
  for (std::size_t i = 0; i < role_count; ++i) {
    incarnations[std::string{to_string(static_cast<role>(i))}] = s.incarnations[i];
  }
  return {{"state", s.is_open ? "running" : "starting"},
          {"journal", s.outage},
          {"last_seq", s.last_seq},
          {"durable_seq", s.durable_seq},
          {"feed_seq", s.processed},
          {"event_time", s.event_time.ns == 0 ? "" : to_iso_ist(s.event_time)},
          {"kill", to_string(s.kill)},
          {"incarnations", std::move(incarnations)}};
}

/// The newest first; bounded, so that the status stays readable.
json history_json(const std::vector<actors::supervision_event>& events) {
  constexpr std::size_t most_shown = 100;
  json out = json::array();
  for (const actors::supervision_event& e : events | std::views::reverse) {
    if (out.size() == most_shown) break;
    out.push_back({{"path", e.path},
                   {"incarnation", e.number},
                   {"what", e.what},
                   {"reason", e.reason},
                   {"at", to_iso_ist(e.at)},
                   {"delay_ms", e.delay_ms}});
  }
  return out;
}

}  // namespace

control_desk::control_desk(caf::actor_system& system, actors::node_actor node, const node_parts& parts,
                           std::chrono::milliseconds patience)
    : system_(&system),
      node_(std::move(node)),
      settings_(parts.settings),
      history_(parts.history),
      patience_(patience),
      chaos_(parts) {
  for (const auto& context : parts.brokers) brokers_[context->settings.id.str()].context = context;
}

json control_desk::answer(const json& request) {
  const std::string command = text(request, "command");
  if (command == "status") return status();
  if (command == "kill") return kill(request);
  if (command == "release") return release(request);
  if (command == "restart") return restart(request);
  if (command == "cancel") return cancel(request);
  if (command == "resolve") return resolve(request);
  if (command == "feed") return with_feed({{"ok", true}});
  if (command == "vitals") return with_feed(vitals());
  if (command == "chaos") return chaos(request);
  if (command == "process") return ask_process(broker_of(request).context->settings.id, request.value("ask", json()));
  constexpr std::string_view of_runner = "strategies.";
  if (command.starts_with(of_runner)) return strategies(command.substr(of_runner.size()), request);
  throw std::runtime_error(fmt::format(
      "command: given \"{}\", allowed: status, feed, vitals, kill, release, restart, cancel, resolve, chaos, process, "
      "strategies.show|pause|resume|reload",
      command));
}

control_desk::broker_line& control_desk::broker_of(const json& request) {
  const std::string id = text(request, "broker");
  const auto it = brokers_.find(id);
  if (it != brokers_.end()) return it->second;
  std::string known;
  for (const auto& [name, line] : brokers_) known += (known.empty() ? "" : ", ") + name;
  throw std::runtime_error(fmt::format("broker: given \"{}\", allowed: {}", id, known));
}

json control_desk::status() {
  caf::scoped_actor self{*system_};
  json lines = json::object();
  std::uint64_t ticket = 0;
  for (const auto& [name, line] : brokers_) {
    self->send(node_, actors::ask_status{broker_id{name}, ++ticket, caf::actor_cast<caf::actor>(self)});
  }
  const auto end = std::chrono::steady_clock::now() + patience_;
  while (lines.size() < brokers_.size() && std::chrono::steady_clock::now() < end) {
    self->receive([&](const actors::bridge_status& s) { lines[s.broker.str()] = status_json(s); },
                  caf::after(patience_) >> [] {});
  }
  for (const auto& [name, line] : brokers_) {
    json& row = lines[name];
    if (row.is_null()) row = {{"state", "silent"}, {"reason", "its bridge did not answer in time"}};
    row["kind"] = line.context->settings.kind;
    row["placement"] = line.context->process ? "process" : "node";
    if (line.context->process) row["pid"] = line.context->process->slot().pid();
    const std::string state = row.value("state", "");
    row["views"] = views_of(broker_id{name}, *line.context, state == "running" || state == "starting");
    row["placing"] = line.context->settings.enabled;
    if (json account = account_of(broker_id{name}, *line.context, state == "running" || state == "starting");
        !account.empty()) {
      row["account"] = std::move(account);
    }
    // The latch that the journal holds is known to the broker's own process alone.
    row["kill"] = to_string(std::max(kill_mode_of(row.value("kill", "off")), line.context->gate->effective()));
    row["history"] = history_json(history_->of(name));
  }
  json vitals = chaos_.vitals();
  json out{{"ok", true},
           {"brokers", std::move(lines)},
           {"actors", std::move(vitals["actors"])},
           {"queues", std::move(vitals["queues"])}};
  return with_feed(std::move(out));
}

json control_desk::with_feed(json answer) const {
  if (feed_) answer["feed"] = feed_();
  return answer;
}

std::string control_desk::views_of(const broker_id& broker, const broker_context& context, bool answers) {
  if (context.views) return context.views->text();
  if (!context.has_views) return "none: store.backend is none";
  if (!answers) return "not known: its process does not answer";
  const json told = ask_process(broker, {{"command", "views"}});
  return told.value("ok", false) ? told.value("views", "") : "not known: " + told.value("error", "");
}

json control_desk::account_of(const broker_id& broker, const broker_context& context, bool answers) {
  const broker_kind* kind = find_kind(context.settings.kind);
  if (kind == nullptr || kind->clock != venue_clock::own || !context.settings.enabled) return json::array();
  if (!context.process) return context.account->lines().all();
  if (!answers) return json::array();
  const json told = ask_process(broker, {{"command", "account"}});
  return told.value("ok", false) ? told.value("account", json::array()) : json::array();
}

actors::operated control_desk::operate(const broker_id& broker, const operator_command& command) {
  caf::scoped_actor self{*system_};
  actors::operated done{broker, 1, "no answer in time; what was asked may still happen", nullptr, {}};
  self->send(node_, actors::operate{broker, 1, command, caf::actor_cast<caf::actor>(self)});
  self->receive([&](actors::operated& answer) { done = std::move(answer); }, caf::after(patience_) >> [] {});
  return done;
}

json control_desk::outcome_of(const actors::operated& done) const {
  json events = json::array();
  const event_codec codec{done.broker, settings_->instruments};
  std::string refused;
  if (done.events) {
    for (const event& e : *done.events) {
      events.push_back({{"seq", e.seq}, {"type", event_codec::type_name(e.body)}, {"data", codec.data(e.body)}});
      if (const auto* r = std::get_if<command_refused>(&e.body)) refused = r->reason;
    }
  }
  json at_gate = json::array();
  for (const client_order_id& id : done.at_gate) at_gate.push_back(id.str());
  const std::string error = done.error.empty() ? refused : done.error;
  json out{{"ok", error.empty()}, {"events", std::move(events)}, {"in_flight", std::move(at_gate)}};
  if (!error.empty()) out["error"] = error;
  return out;
}

void control_desk::refuse_unknown(const strategy_id& strategy) {
  const json hosted = strategies("show", json::object());
  if (!hosted["ok"] || hosted["strategies"].contains(strategy.str())) return;  // a runner that is silent stops no kill
  std::string known;
  for (const auto& [name, state] : hosted["strategies"].items()) known += (known.empty() ? "" : ", ") + name;
  throw std::runtime_error(fmt::format("strategy: given \"{}\", allowed: {}", strategy.str(), known));
}

json control_desk::kill(const json& request) {
  broker_line& line = broker_of(request);
  operator_command command;
  command.what = operator_command::kind::kill;
  command.mode = mode_of(request);
  command.strategy = strategy_id{text(request, "strategy")};
  command.reason = text(request, "reason");
  const std::scoped_lock one{*line.one_at_a_time};
  broker_context& b = *line.context;
  const bool whole_broker = command.strategy.empty();
  std::string not_on_disk;
  if (whole_broker) {
    // A second hand on the switch never loosens the first: only a release does.
    command.mode = std::max(command.mode, b.gate->held());
    // The gate first, then the disk, then the journal: nothing leaves from here on whatever happens next.
    b.gate->hold(command.mode);
    try {
      kill_file{kill_file_of(*settings_, b.settings.id)}.write(command.mode);
    } catch (const std::exception& e) {
      not_on_disk = e.what();
    }
  } else {
    refuse_unknown(command.strategy);
  }
  json out = outcome_of(operate(b.settings.id, command));
  if (!not_on_disk.empty()) out["warning"] = "the gate is closed, but the latch is NOT on disk: " + not_on_disk;
  out["gate"] = to_string(b.gate->effective());
  // The gate is shut all the same when the broker's subtree is down: what the operator wanted has happened.
  if (whole_broker && !out["ok"]) {
    out["ok"] = true;
    out["note"] = fmt::format(
        "the gate is closed and stays so over a restart; the journal has it when the broker runs "
        "again ({})",
        out["error"].get<std::string>());
  }
  return out;
}

json control_desk::release(const json& request) {
  broker_line& line = broker_of(request);
  operator_command command;
  command.what = operator_command::kind::release;
  command.strategy = strategy_id{text(request, "strategy")};
  command.reason = text(request, "reason");
  const std::scoped_lock one{*line.one_at_a_time};
  broker_context& b = *line.context;
  const actors::operated done = operate(b.settings.id, command);
  json out = outcome_of(done);
  // Also where the journal knows of no latch: it may never have heard of the one that is held here.
  if (done.error.empty() && command.strategy.empty() && b.gate->held() != kill_mode::off) {
    out["ok"] = true;
    kill_file{kill_file_of(*settings_, b.settings.id)}.write(kill_mode::off);
    b.gate->hold(kill_mode::off);
  }
  out["gate"] = to_string(b.gate->effective());
  return out;
}

json control_desk::restart(const json& request) {
  broker_line& line = broker_of(request);
  const std::scoped_lock one{*line.one_at_a_time};
  caf::scoped_actor self{*system_};
  const broker_id& id = line.context->settings.id;
  actors::broker_restarted done{id, 1, "no answer in time; the broker may start all the same", 0};
  self->send(node_, actors::restart_broker{id, 1, caf::actor_cast<caf::actor>(self)});
  self->receive([&](actors::broker_restarted& answer) { done = std::move(answer); }, caf::after(patience_) >> [] {});
  json out{{"ok", done.error.empty()}, {"entries_refused_through", done.entries_refused}};
  if (!done.error.empty()) out["error"] = fmt::format("{} was not started again: {}", id.str(), done.error);
  return out;
}

json control_desk::strategies(const std::string& what, const json& request) {
  if (what != "show" && what != "pause" && what != "resume" && what != "reload") {
    throw std::runtime_error(
        fmt::format("command: given \"strategies.{}\", allowed: strategies.show, .pause, .resume, .reload", what));
  }
  caf::scoped_actor self{*system_};
  actors::strategy_command_done done{1, "no answer in time; what was asked may still happen", {}};
  self->send(node_, actors::strategy_command{1, what, strategy_id{text(request, "strategy")},
                                             caf::actor_cast<caf::actor>(self)});
  self->receive([&](actors::strategy_command_done& answer) { done = std::move(answer); },
                caf::after(patience_) >> [] {});
  json out{{"ok", done.error.empty()}};
  if (what == "show" && done.error.empty()) {
    out["strategies"] = json::parse(done.text);
    out = with_feed(std::move(out));
  } else {
    out["text"] = done.text;
  }
  if (!done.error.empty()) out["error"] = done.error;
  return out;
}

json control_desk::chaos(const json& request) {
  const auto line = brokers_.find(request.value("broker", ""));
  const bool elsewhere = line != brokers_.end() && line->second.context->process;
  if (!elsewhere || request.value("actor", "") == "process") return chaos_.chaos(request);
  return ask_process(line->second.context->settings.id, request);
}

json control_desk::vitals() {
  json all = chaos_.vitals();
  for (const auto& [name, line] : brokers_) {
    if (!line.context->process) continue;
    const json told = ask_process(line.context->settings.id, {{"command", "vitals"}});
    if (!told.value("ok", false)) {
      all["silent"][name] = told.value("error", "");
      continue;
    }
    for (const json& a : told.at("actors")) {
      if (a.value("path", "").starts_with(name + "/")) all["actors"].push_back(a);
    }
    all["queues"]["brokers"][name] = told.at("queues").at("brokers").at(name);
  }
  return all;
}

json control_desk::ask_process(const broker_id& broker, const json& question) {
  caf::scoped_actor self{*system_};
  actors::process_told done{1, "no answer in time; what was asked may still happen", {}};
  self->send(node_, actors::ask_process{broker, 1, question.dump(-1, ' ', false, json::error_handler_t::replace),
                                        caf::actor_cast<caf::actor>(self)});
  self->receive([&](actors::process_told& answer) { done = std::move(answer); }, caf::after(patience_) >> [] {});
  if (!done.error.empty()) return {{"ok", false}, {"error", done.error}};
  json answer = json::parse(done.text, nullptr, false);
  if (!answer.is_object()) return {{"ok", false}, {"error", "its process answered no JSON object"}};
  return answer;
}

json control_desk::cancel(const json& request) {
  broker_line& line = broker_of(request);
  operator_command command;
  command.order = client_order_id{text(request, "order")};
  command.strategy = strategy_id{text(request, "strategy")};
  command.what = command.order.empty() ? operator_command::kind::cancel_all : operator_command::kind::cancel_order;
  command.reason = text(request, "reason");
  const bool all = request.value("all", false);
  if (command.order.empty() && command.strategy.empty() && !all) {
    throw std::runtime_error("cancel: name an order, a strategy, or all");
  }
  return outcome_of(operate(line.context->settings.id, command));
}

json control_desk::resolve(const json& request) {
  broker_line& line = broker_of(request);
  operator_command command;
  command.what = operator_command::kind::resolve_order;
  command.order = client_order_id{text(request, "order")};
  command.reason = text(request, "reason");
  command.filled = request.value("filled", quantity{0});
  command.at = parse_price(text(request, "price")).value_or(price{});
  return outcome_of(operate(line.context->settings.id, command));
}

}  // namespace bulkhead::app
