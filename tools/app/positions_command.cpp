// positions ls.
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/node_line.hpp"
#include "tools/app/table.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

std::vector<position_line> wanted(const broker_history& h, const position_options& options) {
  std::vector<position_line> lines = h.positions();
  std::erase_if(lines, [&](const position_line& p) {
    if (!options.strategy.empty() && p.strategy.str() != options.strategy) return true;
    return !options.all && p.held.qty == 0;
  });
  return lines;
}

money_totals total_of(const std::vector<position_line>& lines) {
  money_totals t;
  for (const position_line& p : lines) {
    t.realised += p.held.realised;
    t.unrealised += p.unrealised();
    t.charges += p.held.charges;
  }
  return t;
}

json totals_json(const money_totals& t) {
  return {{"realised", to_string(t.realised)},
          {"unrealised", to_string(t.unrealised)},
          {"charges", to_string(t.charges)},
          {"net", to_string(t.net())}};
}

json lines_json(const std::vector<position_line>& lines, const broker_history& h) {
  json out = json::array();
  for (const position_line& p : lines) {
    json line = totals_json({p.held.realised, p.unrealised(), p.held.charges});
    line["strategy"] = p.strategy.str();
    line["instrument"] = h.instruments().key(p.instrument);
    line["product"] = to_string(p.product);
    line["quantity"] = p.held.qty;
    line["cost"] = to_string(p.held.cost);
    line["average"] = average(p.held.cost, p.held.qty);
    line["last"] = to_string(p.last);
    out.push_back(std::move(line));
  }
  return out;
}

std::string table_of(const std::vector<position_line>& lines, const money_totals& sum, const broker_history& h) {
  table rows{{{"strategy", align::left, true},
              {"instrument", align::left, true},
              {"prod"},
              {"units", align::right},
              {"average", align::right},
              {"last", align::right},
              {"realised", align::right},
              {"unrealised", align::right},
              {"charges", align::right},
              {"net", align::right}}};
  for (const position_line& p : lines) {
    rows.add({p.strategy.str(), h.instruments().key(p.instrument), std::string{to_string(p.product)},
              std::to_string(p.held.qty), average(p.held.cost, p.held.qty), to_string(p.last),
              to_string(p.held.realised), to_string(p.unrealised()), to_string(p.held.charges), to_string(p.net())});
  }
  rows.add({"total", "", "", "", "", "", to_string(sum.realised), to_string(sum.unrealised), to_string(sum.charges),
            to_string(sum.net())});
  return rows.text();
}

/// One broker's block; the brokers are never added up: paper and real money are not one sum.
void print_broker(const config::settings& s, const broker_id& b, const broker_history& h,
                  const position_options& options) {
  if (!has_journal(s, b)) {
    fmt::print(stderr, "note: {}\n", no_journal_text(s, b));
    return;
  }
  const auto lines = wanted(h, options);
  if (lines.empty()) {
    const std::string of = options.strategy.empty() ? "" : " of strategy " + options.strategy;
    fmt::print("{}: no {}position{}{}\n\n", b.str(), options.all ? "" : "open ", of,
               options.all || h.fills.empty() ? "" : "; --all shows the flat ones too");
    return;
  }
  fmt::print("{}, prices and amounts in Rs, last prices as of {} IST\n{}\n", b.str(),
             ist(std::max(h.snapshot_at, h.fills.empty() ? timestamp{} : h.fills.back().ts)),
             table_of(lines, total_of(lines), h));
}

}  // namespace

int positions_list(const position_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const auto brokers = brokers_named(*s, options.broker);
  const node_answer answer = ask_if_running(*s, "feed");
  const std::string node = answer.runs ? "running" : "not running";
  const json feed = live_feed_of(*s, answer);
  json out{{"node", node}, {"brokers", json::object()}};
  if (!feed.is_null()) out["feed"] = feed;
  for (const config::broker_settings* b : brokers) {
    const broker_history h = read_history(*s, b->id);
    if (!options.common.json) {
      print_broker(*s, b->id, h, options);
      if (asks_its_book(*b) && has_journal(*s, b->id)) {
        fmt::print("{}, by the broker's own book: {}\n\n", b->id.str(), h.account.summary());
      }
      continue;
    }
    const auto lines = wanted(h, options);
    out["brokers"][b->id.str()] = {{"positions", lines_json(lines, h)}, {"totals", totals_json(total_of(lines))}};
    if (asks_its_book(*b)) out["brokers"][b->id.str()]["account"] = h.account.json();
  }
  if (options.common.json) {
    fmt::print("{}\n", out.dump(1));
  } else {
    fmt::print("node: {}\n", node);
    print_live_feed(feed);
  }
  return exit_done;
}

}  // namespace bulkhead::app
