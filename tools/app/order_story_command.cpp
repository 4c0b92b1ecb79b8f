// orders show: the life of one order from the tick that caused it to what it did to the profit and loss.
#include "runtime/domain/event_codec.hpp"
#include "tools/app/charges_json.hpp"
#include "tools/app/event_line.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/node_line.hpp"
#include "tools/app/order_find.hpp"
#include "tools/app/table.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

/// Everything of one order that the journal holds.
struct order_story {
  found_order found;
  std::vector<event> events;  ///< its signal, the decision, and what happened to it
  std::vector<fill_effect> fills;
  std::vector<const order_life*> siblings;  ///< of its group
  std::vector<const order_life*> children;  ///< protective orders that its fills have
  const order_life* parent = nullptr;       ///< the entry whose fill its group protects

  [[nodiscard]] const order_life& life() const { return found.life; }
  [[nodiscard]] const client_order_id& id() const { return found.life.request.client_order_id; }
};

bool tells_of(const event& e, const order_request& r) {
  if (const auto* s = std::get_if<signal_received>(&e.body)) return s->signal.id == r.signal_id;
  return order_of_event(e.body) == r.client_order_id;
}

bool is_fill_of(const order_story& story, const std::string& group) {
  return !group.empty() &&
         std::ranges::any_of(story.fills, [&](const fill_effect& f) { return f.fill.fill_id.str() == group; });
}

order_story tell(const config::settings& s, found_order found) {
  order_story story{std::move(found), {}, {}, {}, {}, nullptr};
  const broker_history& h = story.found.history;
  const order_request& r = story.life().request;
  for (const fill_effect& f : h.fills) {
    if (f.fill.client_order_id == story.id()) story.fills.push_back(f);
    if (!r.group.empty() && f.fill.fill_id.str() == r.group) story.parent = h.find(f.fill.client_order_id);
  }
  for (const order_life& o : h.orders) {
    const bool same_group = !r.group.empty() && o.request.group == r.group;
    if (same_group && o.request.client_order_id != story.id()) story.siblings.push_back(&o);
    if (is_fill_of(story, o.request.group)) story.children.push_back(&o);
  }
  read_events(s, story.found.broker, 1, [&](const event& e, const journal_record&) {
    if (tells_of(e, r)) story.events.push_back(e);
    return true;
  });
  return story;
}

charge_breakdown charges_of(const order_story& story) { return story.life().charges; }

json ids_json(const std::vector<const order_life*>& orders) {
  json out = json::array();
  for (const order_life* o : orders) out.push_back(o->request.client_order_id.str());
  return out;
}

json story_json(const order_story& story, const config::settings& s) {
  const event_codec codec{story.found.broker, s.instruments};
  json events = json::array();
  for (const event& e : story.events) events.push_back(json::parse(codec.encode(e)));
  json fills = json::array();
  for (const fill_effect& f : story.fills) {
    fills.push_back({{"fill_id", f.fill.fill_id.str()},
                     {"seq", f.seq},
                     {"ts", to_iso_ist(f.ts)},
                     {"quantity", f.fill.qty},
                     {"price", to_string(f.fill.price)},
                     {"position_before", f.before},
                     {"position_after", f.after},
                     {"realised", to_string(f.realised)},
                     {"charges", charges_json(f.fill.charges)}});
  }
  json out = order_json(story.life(), story.found.broker, s.instruments);
  out["charges"] = charges_json(charges_of(story));
  out["events"] = std::move(events);
  out["fills"] = std::move(fills);
  out["siblings"] = ids_json(story.siblings);
  out["protective"] = ids_json(story.children);
  out["parent"] = story.parent == nullptr ? json(nullptr) : json(story.parent->request.client_order_id.str());
  return out;
}

std::string one_order(const order_life& o, const instrument_table& instruments) {
  return fmt::format("{} {} {}: {}", short_id(o.request.client_order_id), to_string(o.request.origin),
                     order_words(o.request, instruments), o.state());
}

void print_head(const order_story& story, const instrument_table& instruments) {
  const order_life& o = story.life();
  fact_list lines;
  lines.add("order", fmt::format("{} at {}", story.id().str(), story.found.broker.str()));
  lines.add("asked", order_words(o.request, instruments) + (o.request.reduces ? ", reduces" : ""));
  lines.add("strategy", o.request.strategy.str());
  lines.add("origin", std::string{to_string(o.request.origin)});
  lines.add("broker's id", o.broker_order_id.str());
  std::string state{o.state()};
  if (o.filled != 0) {
    state +=
        fmt::format(", {} of {} units at {} Rs on average", o.filled, o.request.qty, average(o.filled_value, o.filled));
  }
  lines.add("status", o.reason.empty() ? state : state + ": " + o.reason);
  if (story.parent != nullptr) lines.add("protects", one_order(*story.parent, instruments));
  for (const order_life* sibling : story.siblings) lines.add("same group", one_order(*sibling, instruments));
  for (const order_life* child : story.children) lines.add("protected by", one_order(*child, instruments));
  fmt::print("{}", lines.text());
}

void print_cause(const order_story& story, const instrument_table& instruments) {
  fact_list lines;
  for (const event& e : story.events) {
    if (const auto* s = std::get_if<signal_received>(&e.body)) {
      lines.add("tick", fmt::format("frame {} at {} IST", e.trace_feed, ist(s->signal.ts)));
      lines.add("signal", signal_words(s->signal, instruments));
      lines.add("why", s->signal.reason);
    }
    if (const auto* v = std::get_if<signal_validated>(&e.body)) {
      lines.add("risk", fmt::format("passed every rule at event {}: {} units, last price {} Rs", e.seq, v->order->qty,
                                    to_string(v->order->reference_price)));
    }
  }
  fmt::print("\n{}", lines.text());
}

/// Without the names that the order's head has told already.
std::string words_of(const event& e, const order_request& r, const instrument_table& instruments) {
  std::string words = event_words(e.body, instruments);
  for (const std::string& known : {short_id(r.client_order_id), r.strategy.str()}) {
    if (words.starts_with(known)) words.erase(0, std::min(words.size(), known.size() + 1));
  }
  return words;
}

void print_events(const order_story& story, const instrument_table& instruments) {
  table rows{{{"seq", align::right}, {"time IST"}, {"event"}, {"after", align::right}, {"what", align::left, true}}};
  for (const event& e : story.events) {
    rows.add({std::to_string(e.seq), ist(e.ts), std::string{event_codec::type_name(e.body)},
              e.causation_seq == 0 ? "tick" : std::to_string(e.causation_seq),
              words_of(e, story.life().request, instruments)});
  }
  fmt::print("\n{}", rows.text());
}

void print_fills(const order_story& story) {
  if (story.fills.empty()) {
    fmt::print("\nno fill: position and P&L are as if it had not been\n");
    return;
  }
  table rows{{{"fill", align::left, true},
              {"time IST"},
              {"units", align::right},
              {"price Rs", align::right},
              {"position"},
              {"realised Rs", align::right},
              {"charges Rs", align::right}}};
  money realised;
  for (const fill_effect& f : story.fills) {
    realised += f.realised;
    rows.add({f.fill.fill_id.str(), ist(f.ts), std::to_string(f.fill.qty), to_string(f.fill.price),
              fmt::format("{} -> {}", f.before, f.after), to_string(f.realised), to_string(f.fill.charges.total())});
  }
  const charge_breakdown c = charges_of(story);
  table parts{{{"brokerage", align::right},
               {"STT", align::right},
               {"exchange", align::right},
               {"SEBI", align::right},
               {"GST", align::right},
               {"stamp", align::right},
               {"DP", align::right},
               {"charges Rs", align::right}}};
  parts.add({to_string(c.brokerage), to_string(c.stt), to_string(c.exchange), to_string(c.sebi), to_string(c.gst),
             to_string(c.stamp), to_string(c.dp), to_string(c.total())});
  fmt::print("\n{}\n{}\nrealised {} Rs, less charges {} Rs: {} Rs\n", rows.text(), parts.text(), to_string(realised),
             to_string(c.total()), to_string(realised - c.total()));
}

}  // namespace

int orders_show(const order_show_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const order_story story = tell(*s, find_order(*s, options.broker, options.order));
  if (options.common.json) {
    fmt::print("{}\n", story_json(story, *s).dump(1));
    return exit_done;
  }
  print_head(story, s->instruments);
  print_cause(story, s->instruments);
  print_events(story, s->instruments);
  print_fills(story);
  return exit_done;
}

}  // namespace bulkhead::app
