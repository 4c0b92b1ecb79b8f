// What must hold of the journals, the venue's book and the stores when a run is over.
#include "simulation/simulation.hpp"
#include "tools/app/journal_replay.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace bulkhead::simulation {
namespace {

struct history {
  std::string broker;
  std::vector<app::journaled_event> events;
};

std::vector<std::string> dump_of(const world& w, const std::string& broker) {
  std::vector<std::string> lines;
  for (journal_record& r : w.disks.at(broker)->log.read(1, ~std::size_t{0})) lines.push_back(std::move(r.payload));
  return lines;
}

history history_of(const world& w, const std::string& broker, findings& found) {
  history h{broker, {}};
  for (std::string& line : dump_of(w, broker)) {
    try {
      event e = w.codecs.at(broker)->decode(line);
      h.events.push_back({std::move(e), std::move(line)});
    } catch (const codec_error& e) {
      found.broken(promise::refused_whole, fmt::format("{}: no reader takes {}: {}", broker, line, e.what()));
      return h;
    }
  }
  return h;
}

/// The journal of a broker whose orders nobody but the day's strategies touched.
void compare_with_undisturbed(const world& w, const std::string& broker, promise p, findings& found) {
  const std::vector<std::string> dump = dump_of(w, broker);
  const std::vector<std::string>& wanted = w.day->undisturbed.at(broker);
  if (dump == wanted) return;
  const auto [is, should] = std::ranges::mismatch(dump, wanted);
  found.broken(p,
               fmt::format("{}: its journal is not the undisturbed one from event {} on ({} events, {} undisturbed): "
                           "{} / {}",
                           broker, is - dump.begin() + 1, dump.size(), wanted.size(), is == dump.end() ? "ends" : *is,
                           should == wanted.end() ? "ends" : *should));
}

/// Promise 4: what an operator was told is in the journal, word for word.
void check_acknowledged(const world& w, const run_record& record, findings& found) {
  std::map<std::string, std::vector<std::string>> dumps;
  for (const auto& heard : record.operators_heard) {
    auto& dump = dumps[heard.broker];
    if (dump.empty()) dump = dump_of(w, heard.broker);
    if (heard.seq <= dump.size() && dump[heard.seq - 1] == heard.payload) continue;
    found.broken(promise::nothing_forgotten,
                 fmt::format("{}: acknowledged and not in the journal: {}", heard.broker, heard.payload));
  }
  const std::uint64_t kept = w.disks.at(world::runner_log)->records;
  if (kept < record.strategy_commands_ok) {
    found.broken(promise::nothing_forgotten, fmt::format("{} strategy commands were acknowledged, {} are journaled",
                                                         record.strategy_commands_ok, kept));
  }
  if (kept > record.strategy_commands) {
    found.broken(promise::refused_whole, "the runner journaled a command that was refused");
  }
}

/// Promise 4: the portfolio is the fold of unique fills.
void check_portfolio(const world& w, const history& h, findings& found) {
  using line = std::tuple<std::string, std::uint32_t, product>;
  std::map<line, quantity> held;
  std::set<std::string> fills;
  std::string last_fill;
  std::int64_t cash = w.day->broker(h.broker).capital.raw;
  for (const auto& [e, text] : h.events) {
    if (const auto* f = std::get_if<order_filled>(&e.body)) {
      if (!fills.insert(f->fill_id.str()).second) {
        found.broken(promise::nothing_forgotten, fmt::format("{}: fill {} counts twice", h.broker, f->fill_id.str()));
      }
      last_fill = text;
      held[{f->strategy.str(), f->instrument.index, f->product}] += sign(f->side) * f->qty;
      cash -= sign(f->side) * (f->price * f->qty).raw + f->charges.total().raw;
    } else if (const auto* p = std::get_if<portfolio_snapshot>(&e.body)) {
      std::string differs = p->cash.raw == cash ? "" : fmt::format(" cash {} / {}", p->cash.raw, cash);
      for (const position_view& v : p->positions) {
        const quantity folded = held[{v.strategy.str(), v.instrument.index, v.product}];
        if (folded != v.qty)
          differs += fmt::format(" {} {}: {} / {}", v.strategy.str(), v.instrument.index, v.qty, folded);
      }
      if (differs.empty()) continue;
      found.broken(promise::nothing_forgotten,
                   fmt::format("{}: the portfolio of event {} is not the fold of the fills before it:{}; last {}",
                               h.broker, e.seq, differs, last_fill));
      return;
    }
  }
}

/// Promises 3 and 10: every intent has one approval before it, and no entry is approved past the limit of open orders,
/// the ones of unknown fate among them.
void check_orders(const world& w, const history& h, findings& found) {
  const auto most = static_cast<std::size_t>(w.day->broker(h.broker).risk.broker.max_open_orders);
  std::set<std::string> open;
  std::set<std::string> approved;
  std::set<std::string> submitted;
  const auto ended = [&](const client_order_id& id) { open.erase(id.str()); };
  for (const auto& [e, text] : h.events) {
    if (const auto* v = std::get_if<signal_validated>(&e.body)) {
      if (!v->order->reduces && open.size() + 1 > most) {
        found.broken(promise::at_most_once,
                     fmt::format("{}: event {} approves an entry while {} orders are open or unknown, {} are allowed",
                                 h.broker, e.seq, open.size(), most));
      }
      approved.insert(v->order->client_order_id.str());
      open.insert(v->order->client_order_id.str());
    } else if (const auto* s = std::get_if<order_submitted>(&e.body)) {
      const std::string& id = s->request.client_order_id.str();
      if (!submitted.insert(id).second) {
        found.broken(promise::at_most_once, fmt::format("{}: order {} was submitted twice", h.broker, id));
      }
      if (!approved.contains(id)) {
        found.broken(promise::risk_first, fmt::format("{}: order {} has no approval before it", h.broker, id));
      }
    }
    if (const auto* o = std::get_if<order_cancelled>(&e.body)) ended(o->client_order_id);
    if (const auto* o = std::get_if<order_expired>(&e.body)) ended(o->client_order_id);
    if (const auto* o = std::get_if<order_rejected>(&e.body)) ended(o->client_order_id);
    if (const auto* o = std::get_if<order_withheld>(&e.body)) ended(o->client_order_id);
    const auto* f = std::get_if<order_filled>(&e.body);
    if (f != nullptr && f->remaining_qty == 0) ended(f->client_order_id);
  }
}

/// Promise 3: what the venue has is what was sent once; what it said of an order is what the journal has.
void check_venue(const world& w, const history& live, findings& found) {
  std::map<std::string, quantity> filled;
  for (const auto& [e, text] : live.events) {
    if (const auto* f = std::get_if<order_filled>(&e.body)) filled[f->client_order_id.str()] += f->qty;
  }
  for (const auto& [id, qty] : filled) {
    const auto it = w.venue->book().find(client_order_id{id});
    if (it != w.venue->book().end() && qty <= it->second.filled) continue;
    found.broken(promise::at_most_once,
                 fmt::format("live: {} units of {} are filled that the venue never filled", qty, id));
  }
}

/// Promise 6: strategies that do not name a broker have nothing in its journal, nor has another broker in its store.
void check_mixing(const world& w, const history& h, findings& found) {
  const auto& own = w.day->addressed.at(h.broker);
  const auto check = [&](const event& e, const strategy_id& s) {
    if (s.empty() || own.contains(s.str())) return;
    found.broken(promise::no_mixing,
                 fmt::format("{}: event {} is of {}, which does not name this broker", h.broker, e.seq, s.str()));
  };
  for (const auto& [e, text] : h.events) {
    if (const auto* s = std::get_if<signal_received>(&e.body)) check(e, s->signal.strategy);
    if (const auto* s = std::get_if<order_submitted>(&e.body)) check(e, s->request.strategy);
    if (const auto* f = std::get_if<order_filled>(&e.body)) check(e, f->strategy);
    if (const auto* c = std::get_if<strategy_changed>(&e.body)) check(e, c->strategy);
  }
  for (const auto& [key, fields] : w.views.at(h.broker)->hashes) {
    if (!key.starts_with(h.broker + ":")) found.broken(promise::no_mixing, fmt::format("{}: key {}", h.broker, key));
  }
}

/// Promise 7: the journaled day through fresh roles gives the same events.
void check_replay(const world& w, const history& h, findings& found) {
  const auto feed = w.day->open_feed();
  app::journal_replay again{*w.day->settings, w.day->broker(h.broker), h.events};
  const app::replay_result result = again.run(*feed, [](feed_seq) {});
  if (!result.difference) return;
  found.broken(promise::same_out, fmt::format("{}: replayed, event {} differs: journaled {} / replayed {} {}", h.broker,
                                              result.difference->seq, result.difference->journaled,
                                              result.difference->replayed, result.difference->hint));
}

/// Promise 8: a wrong input left nothing but its refusal.
void check_refusals(const history& h, findings& found) {
  for (const auto& [e, text] : h.events) {
    if (text.find(bogus) == std::string::npos) continue;
    const bool refusal =
        std::holds_alternative<command_refused>(e.body) || std::holds_alternative<broker_update_refused>(e.body);
    if (!refusal) found.broken(promise::refused_whole, fmt::format("{}: a wrong input became {}", h.broker, text));
  }
}

/// Promise 9: every signal is in the journal, and has its verdict there.
void check_signals(const world& w, const history& h, findings& found) {
  std::set<std::string> received;
  std::set<std::string> open;
  const auto decided = [&](const signal_id& id) { open.erase(id.str()); };
  for (const auto& [e, text] : h.events) {
    if (const auto* s = std::get_if<signal_received>(&e.body)) {
      received.insert(s->signal.id.str());
      open.insert(s->signal.id.str());
    }
    if (const auto* v = std::get_if<signal_validated>(&e.body)) decided(v->order->signal_id);
    if (const auto* r = std::get_if<signal_rejected>(&e.body)) decided(r->signal_id);
  }
  if (!open.empty()) {
    found.broken(promise::no_silent_drop,
                 fmt::format("{}: signal {} has no verdict in the journal", h.broker, *open.begin()));
  }
  for (const auto& [feed, id] : w.day->signals.at(h.broker)) {
    if (received.contains(id)) continue;
    found.broken(promise::no_silent_drop, fmt::format("{}: signal {} of frame {} is lost", h.broker, id, feed));
    return;
  }
}

}  // namespace

void check_promises(const world& w, const run_record& record, findings& found) {
  compare_with_undisturbed(w, "steady", promise::confinement, found);
  compare_with_undisturbed(w, "paper", promise::nothing_forgotten, found);
  check_acknowledged(w, record, found);
  for (const std::string name : {"desk", "live"}) {
    const history h = history_of(w, name, found);
    check_portfolio(w, h, found);
    check_orders(w, h, found);
    check_mixing(w, h, found);
    check_refusals(h, found);
    check_signals(w, h, found);
    if (name == "desk") check_replay(w, h, found);
    if (name == "live") check_venue(w, h, found);
  }
}

}  // namespace bulkhead::simulation
