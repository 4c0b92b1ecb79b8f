// strategies ls, show, pause, resume, reload.
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/node_line.hpp"
#include "tools/app/table.hpp"

#include <algorithm>
#include <set>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

/// Every broker's fold, once, for all strategies.
struct strategy_facts {
  std::shared_ptr<const config::settings> settings;
  node_answer node;
  std::map<std::string, broker_history> brokers;
  std::set<std::string> names;  ///< of the settings and of the journals

  [[nodiscard]] const config::strategy_settings* configured(const std::string& name) const {
    const auto it = std::ranges::find(settings->strategies, strategy_id{name}, &config::strategy_settings::name);
    return it == settings->strategies.end() ? nullptr : &*it;
  }

  /// What the node says of it; nullptr: nothing.
  [[nodiscard]] const json* told(const std::string& name) const {
    const auto all = node.body.find("strategies");
    if (all == node.body.end() || !all->is_object()) return nullptr;
    const auto it = all->find(name);
    return it == all->end() || !it->is_object() ? nullptr : &*it;
  }

  /// Of the running node, else of the newest strategy.changed of any journal.
  [[nodiscard]] std::string state(const std::string& name) const {
    if (const json* now = told(name)) return now->value("state", "running");
    std::string state = configured(name) == nullptr ? "not configured" : "ready";
    for (const auto& [broker, history] : brokers) {
      const auto all = history.strategies();
      const auto it = all.find(name);
      if (it == all.end() || !it->second.changed) continue;
      const std::string& change = it->second.changed->change;
      if (change == "paused" || change == "quarantined" || change == "removed") state = change;
    }
    return state;
  }
};

strategy_facts gather(const common_options& options, std::shared_ptr<const config::settings> s) {
  strategy_facts f{std::move(s), {}, {}, {}};
  f.node = ask_if_running(*f.settings, "strategies.show");
  for (const config::strategy_settings& one : f.settings->strategies) f.names.insert(one.name.str());
  for (const config::broker_settings& b : f.settings->brokers) {
    broker_history history = read_history(*f.settings, b.id);
    for (const auto& [name, line] : history.strategies()) f.names.insert(name);
    f.brokers.emplace(b.id.str(), std::move(history));
    if (!options.json && !has_journal(*f.settings, b.id)) {
      fmt::print(stderr, "note: {}\n", no_journal_text(*f.settings, b.id));
    }
  }
  return f;
}

strategy_history line_of(const broker_history& h, const std::string& name) {
  const auto all = h.strategies();
  const auto it = all.find(name);
  return it == all.end() ? strategy_history{} : it->second;
}

bool trades_at(const strategy_facts& f, const std::string& name, const std::string& broker) {
  const config::strategy_settings* c = f.configured(name);
  const bool addressed = c != nullptr && std::ranges::find(c->brokers, broker_id{broker}) != c->brokers.end();
  const auto all = f.brokers.at(broker).strategies();
  return addressed || all.contains(name);
}

table empty_table() {
  return table{{{"strategy", align::left, true},
                {"state", align::left, true},
                {"broker", align::left, true},
                {"latch"},
                {"signals", align::right},
                {"rejected", align::right},
                {"orders", align::right},
                {"fills", align::right},
                {"net P&L Rs", align::right}}};
}

void add_lines(table& rows, const strategy_facts& f, const std::string& name) {
  bool anywhere = false;
  for (const auto& [broker, history] : f.brokers) {
    if (!trades_at(f, name, broker)) continue;
    const strategy_history line = line_of(history, name);
    rows.add({name, f.state(name), broker, history.latch(strategy_id{name}).mode, std::to_string(line.signals),
              std::to_string(line.rejected), std::to_string(line.orders), std::to_string(line.fills),
              to_string(line.net)});
    anywhere = true;
  }
  if (!anywhere) rows.add({name, f.state(name), "none", "-", "-", "-", "-", "-", "-"});
}

json strategy_json(const strategy_facts& f, const std::string& name) {
  json out{{"state", f.state(name)}, {"brokers", json::object()}};
  if (const json* now = f.told(name)) out["node"] = *now;
  if (const config::strategy_settings* c = f.configured(name)) {
    out["kind"] = c->strategy;
    out["instruments"] = c->instruments;
    out["parameters"] = c->parameters;
    out["product"] = to_string(c->product);
    out["file"] = c->file.string();
  }
  for (const auto& [broker, history] : f.brokers) {
    if (!trades_at(f, name, broker)) continue;
    const strategy_history line = line_of(history, name);
    out["brokers"][broker] = {{"signals", line.signals},    {"rejected", line.rejected},
                              {"orders", line.orders},      {"fills", line.fills},
                              {"net", to_string(line.net)}, {"kill", history.latch(strategy_id{name}).mode}};
  }
  return out;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

void need_known(const strategy_facts& f, const std::string& name) {
  if (f.names.contains(name)) return;
  throw command_error(exit_failed,
                      fmt::format("strategy: given \"{}\", known: {}", name, joined({f.names.begin(), f.names.end()})));
}

void print_configuration(const config::strategy_settings& c, fact_list& lines) {
  lines.add("kind", c.strategy);
  lines.add("instruments", joined(c.instruments));
  lines.add("product", std::string{to_string(c.product)});
  std::string parameters;
  for (const auto& [key, value] : c.parameters) {
    parameters += fmt::format("{}{} {}", parameters.empty() ? "" : ", ", key, value);
  }
  lines.add("parameters", parameters);
  lines.add("file", c.file.string());
}

}  // namespace

int strategies_list(const common_options& options) {
  const auto s = load_or_explain(options);
  if (!s) return exit_usage;
  const strategy_facts f = gather(options, s);
  const json feed = live_feed_of(*s, f.node);
  if (options.json) {
    json out{{"node", f.node.state()}, {"strategies", json::object()}};
    if (!feed.is_null()) out["feed"] = feed;
    for (const std::string& name : f.names) out["strategies"][name] = strategy_json(f, name);
    fmt::print("{}\n", out.dump(1));
    return exit_done;
  }
  if (f.names.empty()) {
    fmt::print("no strategy is enabled in {}; put one YAML file a strategy there\n", s->strategies_dir.string());
    return exit_done;
  }
  table rows = empty_table();
  for (const std::string& name : f.names) add_lines(rows, f, name);
  fmt::print("{}\nnode: {}\n", rows.text(), f.node.state());
  print_live_feed(feed);
  return exit_done;
}

int strategies_show(const named_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const strategy_facts f = gather(options.common, s);
  need_known(f, options.name);
  const json feed = live_feed_of(*s, f.node);
  if (options.common.json) {
    json out = strategy_json(f, options.name);
    out["strategy"] = options.name;
    out["node_state"] = f.node.state();
    if (!feed.is_null()) out["feed"] = feed;
    fmt::print("{}\n", out.dump(1));
    return exit_done;
  }
  fact_list lines;
  lines.add("strategy", options.name);
  lines.add("state", f.state(options.name));
  if (const json* now = f.told(options.name)) lines.add("reason", now->value("reason", ""));
  if (const config::strategy_settings* c = f.configured(options.name)) print_configuration(*c, lines);
  table rows = empty_table();
  add_lines(rows, f, options.name);
  fmt::print("{}\n{}\nnode: {}\n", lines.text(), rows.text(), f.node.state());
  print_live_feed(feed);
  for (const auto& [broker, history] : f.brokers) {
    const latch_state latch = history.latch(strategy_id{options.name});
    if (latch.mode != "off") {
      fmt::print("{}: {} since {} IST by {}: {}\n", broker, latch.mode, ist(latch.since), latch.cause, latch.reason);
    }
  }
  return exit_done;
}

int strategies_tell(const std::string& what, const named_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  if (!node_runs(*s)) {
    throw command_error(exit_failed,
                        fmt::format("node: not running on {}; strategies {} speaks to a running node: start "
                                    "it with `bulkhead run`, or name its folder with --data-dir",
                                    s->data_dir.string(), what));
  }
  const std::string whom = options.name.empty() ? "strategies" : options.name;
  const std::string done = what == "reload"  ? "strategies are reloaded"
                           : what == "pause" ? whom + " is paused: exits and cancels still leave it"
                                             : whom + " is resumed";
  return tell_node(*s, {{"command", "strategies." + what}, {"strategy", options.name}}, options.common.json, done);
}

}  // namespace bulkhead::app
