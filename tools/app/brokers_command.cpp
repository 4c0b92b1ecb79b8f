// brokers ls, brokers show.
#include "runtime/roles/kill_file.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/journal_source.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/app/node_line.hpp"
#include "tools/app/table.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

/// One broker as its journal, its settings and a running node tell it.
struct broker_facts {
  const config::broker_settings* settings = nullptr;
  broker_history history;
  bool has_journal = false;
  std::uint64_t starts = 0;
  kill_mode kept = kill_mode::off;  ///< the operator's latch on disk
  const json* node = nullptr;

  /// Why the journal of the running node acknowledges nothing just now; empty: none.
  [[nodiscard]] std::string outage() const { return node == nullptr ? "" : node->value("journal", ""); }
  [[nodiscard]] bool isolated() const { return state() == "isolated"; }
  [[nodiscard]] std::string state() const { return node == nullptr ? "stopped" : node->value("state", "running"); }
  /// Whether orders leave: as the running node says, else as this configuration does.
  [[nodiscard]] bool is_placing() const {
    return node == nullptr ? settings->enabled : node->value("placing", settings->enabled);
  }
  [[nodiscard]] std::string placing() const {
    if (is_placing()) return "on: orders leave";
    const std::string off = "off: signals are validated, orders are withheld";
    const bool has_placed = history.orders.size() > history.withheld;
    return node == nullptr && has_placed ? off + " (so says this configuration; its journal holds orders that left)"
                                         : off;
  }
  /// Known to a running node alone.
  [[nodiscard]] std::string views() const { return node == nullptr ? "" : node->value("views", ""); }
  /// The strictest of journal, disk and the gate of a running node, which is open until it has read its journal.
  [[nodiscard]] std::string latch() const {
    const kill_mode gate = node == nullptr ? kill_mode::off : kill_mode_of(node->value("kill", "off"));
    return std::string{to_string(std::max({gate, kill_mode_of(history.latch().mode), kept}))};
  }
};

broker_facts facts_of(const config::settings& s, const config::broker_settings& b, const node_answer& node) {
  broker_facts f{&b, broker_history{s.instruments}};
  f.kept = kill_file{kill_file_of(s, b.id)}.read();
  f.node = node.broker(b.id);
  // While its servers are away the running node knows more than can be read.
  if (!f.outage().empty()) return f;
  f.has_journal = has_journal(s, b.id);
  if (!f.has_journal) return f;
  f.history = read_history(s, b.id);
  journal_header header;
  if (const auto status = journal_source_of(s, b.id)->header(header); !status.ok()) {
    throw command_error(exit_failed, status.error);
  }
  f.starts = header.epoch;
  return f;
}

json latches_json(const broker_history& h) {
  json out = json::array();
  for (const auto& [strategy, l] : h.latches) {
    out.push_back({{"strategy", strategy},
                   {"mode", l.mode},
                   {"cause", l.cause},
                   {"reason", l.reason},
                   {"since", to_iso_ist(l.since)}});
  }
  return out;
}

json facts_json(const broker_facts& f) {
  const broker_history& h = f.history;
  const money_totals t = h.totals();
  json out{{"kind", f.settings->kind},
           {"placing", f.is_placing()},
           {"state", f.state()},
           {"kill", f.latch()},
           {"kill_on_disk", to_string(f.kept)},
           {"latches", latches_json(h)},
           {"journal", f.has_journal},
           {"journal_outage", f.outage()},
           {"starts", f.starts},
           {"events", h.last_seq},
           {"first_event", h.last_seq == 0 ? json(nullptr) : json(to_iso_ist(h.first_at))},
           {"last_event", h.last_seq == 0 ? json(nullptr) : json(to_iso_ist(h.last_at))},
           {"signals", h.signals},
           {"rejected", h.rejected},
           {"rejected_by_rule", h.rejected_by},
           {"withheld", h.withheld},
           {"orders", h.orders.size() - h.withheld},
           {"working", h.working()},
           {"fills", h.fills.size()},
           {"capital", to_string(h.capital)},
           {"cash", to_string(h.cash)},
           {"equity", to_string(h.capital + t.net())},
           {"realised", to_string(t.realised)},
           {"unrealised", to_string(t.unrealised)},
           {"charges", to_string(t.charges)},
           {"net", to_string(t.net())}};
  if (asks_its_book(*f.settings)) out["account"] = h.account.json();
  out["views"] = f.views();
  if (f.node != nullptr) out["node"] = *f.node;
  return out;
}

std::string latch_sentence(const std::string& whom, const latch_state& l) {
  return fmt::format("{} {} since {} IST by {}: {}", whom, l.mode, ist(l.since), l.cause, l.reason);
}

void add_latches(fact_list& lines, const broker_facts& f) {
  lines.add("latch", f.latch());
  for (const auto& [strategy, l] : f.history.latches) {
    lines.add("latched", latch_sentence(strategy.empty() ? "broker" : "strategy " + strategy, l));
  }
  if (f.kept != kill_mode::off) {
    lines.add("latch on disk", fmt::format("{}: the gate is closed at every start until released", to_string(f.kept)));
  }
}

/// What the broker's own book says of the account.
void add_account(fact_list& lines, const broker_facts& f) {
  if (!asks_its_book(*f.settings)) return;
  lines.add("broker's book", f.history.account.summary());
  for (const std::string& text : f.history.account.differences()) lines.add("difference", text);
  for (const std::string& text : f.history.account.foreign()) lines.add("foreign", text);
}

void print_money(const broker_history& h) {
  const money_totals t = h.totals();
  table rows{{{"capital Rs", align::right},
              {"cash Rs", align::right},
              {"equity Rs", align::right},
              {"gross P&L Rs", align::right},
              {"charges Rs", align::right},
              {"net P&L Rs", align::right}}};
  rows.add({to_string(h.capital), to_string(h.cash), to_string(h.capital + t.net()),
            to_string(t.realised + t.unrealised), to_string(t.charges), to_string(t.net())});
  fmt::print("\n{}", rows.text());
  if (!h.snapshot) return;
  const performance& p = h.snapshot->performance;
  table more{{{"day P&L Rs", align::right},
              {"drawdown Rs", align::right},
              {"gross exposure Rs", align::right},
              {"margin Rs", align::right},
              {"as of IST"}}};
  more.add({to_string(p.day_pnl), to_string(p.drawdown), to_string(p.gross_exposure), to_string(p.margin),
            ist(h.snapshot_at)});
  fmt::print("\n{}", more.text());
}

void print_counts(const broker_history& h) {
  table rows{{{"signals", align::right},
              {"rejected", align::right},
              {"withheld", align::right},
              {"orders", align::right},
              {"working", align::right},
              {"fills", align::right}}};
  rows.add({std::to_string(h.signals), std::to_string(h.rejected), std::to_string(h.withheld),
            std::to_string(h.orders.size() - h.withheld), std::to_string(h.working()), std::to_string(h.fills.size())});
  fmt::print("\n{}", rows.text());
  if (h.rejected_by.empty()) return;
  table rules{{{"rejected by rule", align::left, true}, {"signals", align::right}}};
  for (const auto& [rule, count] : h.rejected_by) rules.add({rule, std::to_string(count)});
  fmt::print("\n{}", rules.text());
}

void add_node(fact_list& lines, const broker_facts& f, const node_answer& node) {
  lines.add("node", node.state());
  if (f.node != nullptr) {
    lines.add("reason", f.node->value("reason", ""));
    if (f.isolated()) {
      lines.add("isolated since", f.node->value("isolated_at", ""));
      lines.add("to start again", fmt::format("bulkhead brokers restart {}", f.settings->id.str()));
      return;
    }
    lines.add("feed", fmt::format("frame {}, durable up to event {}", f.node->value("feed_seq", 0U),
                                  f.node->value("durable_seq", 0U)));
    std::string starts;
    const json numbers = f.node->value("incarnations", json::object());
    for (const auto& [role, number] : numbers.items()) {
      starts += fmt::format("{}{} {}", starts.empty() ? "" : ", ", role, number.dump());
    }
    lines.add("incarnations", starts);
    lines.add("views", f.views());
    for (const json& line : f.node->value("account", json::array())) {
      if (line.is_array() && line.size() == 2 && line[0].is_string() && line[1].is_string()) {
        lines.add(line[0].get<std::string>(), line[1].get<std::string>());
      }
    }
  }
}

/// What happened to the broker's roles in the running node, the newest first.
void print_restarts(const broker_facts& f) {
  if (f.node == nullptr) return;
  constexpr std::size_t most_lines = 20;
  const json history = f.node->value("history", json::array());
  table rows{{{"at IST"},
              {"role", align::left, true},
              {"incarnation", align::right},
              {"what"},
              {"delay ms", align::right},
              {"reason", align::left, true}}};
  std::size_t lines = 0;
  for (const json& e : history) {
    if (lines++ == most_lines) break;
    const bool waits = e.value("what", "") == "failed";
    rows.add({e.value("at", "").substr(0, 23), e.value("path", ""), e.at("incarnation").dump(), e.value("what", ""),
              waits ? e.at("delay_ms").dump() : "", e.value("reason", "")});
  }
  if (lines > 0) fmt::print("\n{}", rows.text());
}

}  // namespace

int brokers_list(const common_options& options) {
  const auto s = load_or_explain(options);
  if (!s) return exit_usage;
  const node_answer node = ask_if_running(*s, "status");
  const json feed = live_feed_of(*s, node);
  json out{{"node", node.state()}, {"brokers", json::object()}};
  if (!feed.is_null()) out["feed"] = feed;
  std::map<std::string, std::string> outages;
  table rows{{{"broker", align::left, true},
              {"kind", align::left, true},
              {"placing"},
              {"state"},
              {"latch"},
              {"orders", align::right},
              {"working", align::right},
              {"fills", align::right},
              {"net P&L Rs", align::right},
              {"last event IST"}}};
  for (const config::broker_settings& b : s->brokers) {
    const broker_facts f = facts_of(*s, b, node);
    const broker_history& h = f.history;
    out["brokers"][b.id.str()] = facts_json(f);
    outages[b.id.str()] = f.outage();
    rows.add({b.id.str(), b.kind, f.is_placing() ? "on" : "off", f.state(), f.latch(),
              std::to_string(h.orders.size() - h.withheld), std::to_string(h.working()), std::to_string(h.fills.size()),
              to_string(h.totals().net()), f.has_journal ? ist(h.last_at) : "no journal"});
  }
  if (options.json) {
    fmt::print("{}\n", out.dump(1));
    return exit_done;
  }
  fmt::print("{}\nnode: {}\n", rows.text(), node.state());
  print_live_feed(feed);
  print_isolated(*s, node);
  for (const config::broker_settings& b : s->brokers) {
    const std::string& outage = outages[b.id.str()];
    if (!outage.empty()) {
      fmt::print(stderr, "note: {}: its journal cannot be read: {}\n", b.id.str(), outage);
    } else if (!has_journal(*s, b.id)) {
      fmt::print(stderr, "note: {}\n", no_journal_text(*s, b.id));
    }
  }
  return exit_done;
}

int brokers_show(const named_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const config::broker_settings& b = broker_named(*s, options.name);
  const node_answer node = ask_if_running(*s, "status");
  const broker_facts f = facts_of(*s, b, node);
  const json feed = live_feed_of(*s, node);
  if (options.common.json) {
    json out = facts_json(f);
    out["broker"] = b.id.str();
    out["node_state"] = node.state();
    if (!feed.is_null()) out["feed"] = feed;
    fmt::print("{}\n", out.dump(1));
    return exit_done;
  }
  fact_list lines;
  lines.add("broker", b.id.str());
  lines.add("kind", b.kind);
  lines.add("placing", f.placing());
  lines.add("state", f.state());
  if (f.has_journal) {
    lines.add("journal", fmt::format("{} events in {} start(s), {} to {} IST", f.history.last_seq, f.starts,
                                     ist(f.history.first_at), ist(f.history.last_at)));
  }
  if (!f.outage().empty()) lines.add("journal", f.outage());
  add_node(lines, f, node);
  if (!feed.is_null()) lines.add("live feed", live_feed_text(feed));
  add_latches(lines, f);
  add_account(lines, f);
  fmt::print("{}", lines.text());
  if (!f.outage().empty()) return exit_done;
  if (!f.has_journal) {
    fmt::print(stderr, "note: {}\n", no_journal_text(*s, b.id));
    print_restarts(f);
    return exit_done;
  }
  print_money(f.history);
  print_counts(f.history);
  print_restarts(f);
  return exit_done;
}

}  // namespace bulkhead::app
