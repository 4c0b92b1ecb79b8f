// orders ls, orders cancel.
#include "tools/app/event_line.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/node_line.hpp"
#include "tools/app/order_find.hpp"
#include "tools/app/table.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

constexpr std::array statuses{order_status::submitted,      order_status::open,    order_status::partially_filled,
                              order_status::pending_cancel, order_status::unknown, order_status::filled,
                              order_status::cancelled,      order_status::expired, order_status::rejected};

void need_status(const std::string& given) {
  if (given == "all" || given == "working" || given == "withheld") return;
  std::string allowed = "all, working, withheld";
  for (const order_status s : statuses) {
    if (given == to_string(s)) return;
    allowed.append(", ").append(to_string(s));
  }
  throw command_error(exit_usage, fmt::format("--status: given \"{}\", allowed: {}", given, allowed));
}

std::optional<trade_date> date_named(const std::string& given) {
  if (given.empty()) return std::nullopt;
  const auto date = parse_date(given);
  if (!date) throw command_error(exit_usage, fmt::format("--date: given \"{}\", allowed: yyyy-mm-dd", given));
  return date;
}

struct picked {
  std::vector<const order_life*> orders;
  std::size_t matching = 0;  ///< before the limit
};

picked pick(const broker_history& h, const order_list_options& options, std::optional<trade_date> date) {
  picked p;
  for (const order_life& o : h.orders) {
    if (!options.strategy.empty() && o.request.strategy.str() != options.strategy) continue;
    if (date && date_of(o.submitted_at) != *date) continue;
    if (options.status == "working" ? !o.works() : options.status != "all" && o.state() != options.status) continue;
    p.orders.push_back(&o);
  }
  p.matching = p.orders.size();
  if (options.limit != 0 && p.matching > options.limit) {
    p.orders.erase(p.orders.begin(), p.orders.end() - static_cast<std::ptrdiff_t>(options.limit));
  }
  return p;
}

bool is_one_date(const picked& p) {
  return std::ranges::all_of(p.orders, [&](const order_life* o) {
    return date_of(o->submitted_at) == date_of(p.orders.front()->submitted_at);
  });
}

std::string price_cell(const order_life& o) {
  if (o.filled != 0) return average(o.filled_value, o.filled);
  if (has_limit(o.request.type)) return to_string(o.request.limit_price);
  if (has_trigger(o.request.type)) return to_string(o.request.trigger_price);
  return "-";
}

std::string table_of(const picked& p, const broker_history& h, bool one_date) {
  table rows{{{"order"},
              {"IST"},
              {"strategy", align::left, true},
              {"instrument", align::left, true},
              {"side"},
              {"type"},
              {"filled", align::right},
              {"price Rs", align::right},
              {"charges Rs", align::right},
              {"status"}}};
  for (const order_life* o : p.orders) {
    const order_request& r = o->request;
    rows.add({short_id(r.client_order_id), one_date ? ist_clock(o->submitted_at) : ist(o->submitted_at),
              r.strategy.str(), h.instruments().key(r.instrument), std::string{to_string(r.side)},
              std::string{to_string(r.type)}, fmt::format("{}/{}", o->filled, r.qty), price_cell(*o),
              to_string(o->charges.total()), std::string{o->state()}});
  }
  return rows.text();
}

void print_broker(const config::settings& s, const broker_id& b, const broker_history& h, const picked& p,
                  const order_list_options& options) {
  if (!has_journal(s, b)) {
    fmt::print(stderr, "note: {}\n", no_journal_text(s, b));
    return;
  }
  if (p.orders.empty()) {
    fmt::print("{}: {}\n\n", b.str(),
               h.orders.empty() ? "no order was ever made"
                                : fmt::format("none of its {} orders is asked for; --status all "
                                              "without --strategy and --date shows them",
                                              h.orders.size()));
    return;
  }
  const bool one_date = is_one_date(p);
  fmt::print(
      "{}, {}orders {} of {}{}\n{}\n", b.str(),
      one_date ? to_string(date_of(p.orders.front()->submitted_at)) + ", " : "", p.orders.size(), p.matching,
      p.orders.size() < p.matching ? fmt::format(": the newest; --limit {} or 0 shows more", 2 * options.limit) : "",
      table_of(p, h, one_date));
}

}  // namespace

json order_json(const order_life& o, const broker_id& b, const instrument_table& instruments) {
  const order_request& r = o.request;
  const auto price_or_null = [](bool has, price p) { return has ? json(to_string(p)) : json(nullptr); };
  return {{"broker", b.str()},
          {"client_order_id", r.client_order_id.str()},
          {"broker_order_id", o.broker_order_id.str()},
          {"signal_id", r.signal_id.str()},
          {"strategy", r.strategy.str()},
          {"instrument", instruments.key(r.instrument)},
          {"side", to_string(r.side)},
          {"type", to_string(r.type)},
          {"validity", to_string(r.validity)},
          {"product", to_string(r.product)},
          {"origin", to_string(r.origin)},
          {"group", r.group},
          {"quantity", r.qty},
          {"filled_quantity", o.filled},
          {"average_price", o.filled == 0 ? json(nullptr) : json(average(o.filled_value, o.filled))},
          {"filled_value", to_string(o.filled_value)},
          {"limit_price", price_or_null(has_limit(r.type), r.limit_price)},
          {"trigger_price", price_or_null(has_trigger(r.type), r.trigger_price)},
          {"charges", to_string(o.charges.total())},
          {"status", o.state()},
          {"reason", o.reason},
          {"submitted_at", to_iso_ist(o.submitted_at)}};
}

int orders_list(const order_list_options& options) {
  need_status(options.status);
  const auto date = date_named(options.date);
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const node_answer answer = ask_if_running(*s, "status");
  const std::string node = answer.runs ? "running" : "not running";
  json out{{"node", node}, {"isolated", isolated_brokers(*s, answer)}, {"orders", json::array()}, {"matching", 0}};
  const json feed = live_feed_of(*s, answer);
  if (!feed.is_null()) out["feed"] = feed;
  std::size_t matching = 0;
  for (const config::broker_settings* b : brokers_named(*s, options.broker)) {
    const broker_history h = read_history(*s, b->id);
    const picked p = pick(h, options, date);
    matching += p.matching;
    if (!options.common.json) {
      print_broker(*s, b->id, h, p, options);
      continue;
    }
    for (const order_life* o : p.orders) out["orders"].push_back(order_json(*o, b->id, s->instruments));
  }
  if (options.common.json) {
    out["matching"] = matching;
    fmt::print("{}\n", out.dump(1));
  } else {
    fmt::print("node: {}\n", node);
    print_live_feed(feed);
    print_isolated(*s, answer);
  }
  return exit_done;
}

int orders_cancel(const order_cancel_options& options) {
  const bool one = !options.order.empty();
  if (static_cast<int>(one) + static_cast<int>(options.all) + static_cast<int>(!options.strategy.empty()) != 1) {
    throw command_error(exit_usage,
                        "orders cancel: allowed: an order's id, or --broker B --all, or --broker B --strategy S");
  }
  if (!one && options.broker.empty()) {
    throw command_error(exit_usage, "--broker: given nothing; --all and --strategy cancel at one broker: name it");
  }
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  if (!options.broker.empty()) static_cast<void>(broker_named(*s, options.broker));
  json request{{"command", "cancel"}, {"broker", options.broker}, {"reason", options.reason}};
  std::string done = "asked to cancel every working order at " + options.broker;
  if (one) {
    const found_order found = find_order(*s, options.broker, options.order);
    request["broker"] = found.broker.str();
    request["order"] = found.life.request.client_order_id.str();
    done = fmt::format("asked to cancel {} at {}", found.life.request.client_order_id.str(), found.broker.str());
    if (!found.life.works()) {
      throw command_error(
          exit_failed, fmt::format("order {} at {} is {}: nothing is left to cancel",
                                   found.life.request.client_order_id.str(), found.broker.str(), found.life.state()));
    }
  } else if (options.all) {
    request["all"] = true;
  } else {
    request["strategy"] = options.strategy;
    done = fmt::format("asked to cancel every working order of {} at {}", options.strategy, options.broker);
  }
  if (!node_runs(*s)) {
    throw command_error(exit_failed, fmt::format("node: not running on {}; a cancel is sent by the node: start it with "
                                                 "`bulkhead run --resume`, or name its folder with --data-dir",
                                                 s->data_dir.string()));
  }
  return tell_node(*s, request, options.common.json, done);
}

}  // namespace bulkhead::app
