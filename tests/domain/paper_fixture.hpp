#pragma once
// The paper exchange as a broker runs it: an order manager folds what is asked and reported, the exchange sees its
// orders. A report that the order manager refuses is in the story as "refused".
#include "runtime/domain/paper_matching.hpp"
#include "support/order_fixtures.hpp"

#include <fmt/format.h>

namespace bulkhead::test {

inline std::string shown(const order_terms& t) {
  return fmt::format("{}/{}/{}", t.qty, to_string(t.limit_price), to_string(t.trigger_price));
}

/// "accepted a Pa", "filled a 100@99.50 Pa-1", "modified a 50/100.00/0.00 (why)", "cancelled a (why)", "expired a".
inline std::string shown(const broker_update& u) {
  using kind = broker_update::kind;
  const std::string& id = u.client_order_id.str();
  switch (u.what) {
    case kind::accepted:
      return "accepted " + id + " " + u.broker_order_id.str();
    case kind::triggered:
      return "triggered " + id;
    case kind::filled:
      return fmt::format("filled {} {}@{} {}", id, u.qty, to_string(u.price), u.fill_id.str());
    case kind::modified:
      return fmt::format("modified {} {} ({})", id, shown(u.terms), u.reason);
    case kind::modify_rejected:
      return fmt::format("modify rejected {} ({})", id, u.reason);
    case kind::cancelled:
      return fmt::format("cancelled {} ({})", id, u.reason);
    case kind::expired:
      return "expired " + id;
    case kind::rejected:
      return "rejected " + id;
    case kind::answer_lost:
      break;
  }
  return "answer lost " + id;
}

inline std::string story(const std::vector<broker_update>& updates) {
  std::string out;
  for (const broker_update& u : updates) out += (out.empty() ? "" : ", ") + shown(u);
  return out;
}

/// Starts at 10:00:00 in frame 10.
struct paper_venue {
  explicit paper_venue(const paper_settings& with = {}, const instrument_table& table = instruments())
      : settings(with), rows(&table) {}

  paper_settings settings;
  const instrument_table* rows;
  order_manager orders{{.placing_enabled = true}, *rows};
  paper_matching book{settings, trading_session{}, *rows};
  feed_seq seq = 10;
  timestamp now = at(10, 0);

  void fold(event_body body) { orders.apply({.feed = seq, .ts = now, .body = std::move(body)}); }
  [[nodiscard]] const order& known(const char* id) const { return *orders.find(client_order_id{id}); }

  void submit(const order_request& r) {
    fold(order_submitted{r});
    book.place(*orders.find(r.client_order_id));
  }
  void cancel(const char* id) {
    fold(order_cancel_requested{client_order_id{id}, "exit"});
    book.cancel(known(id));
  }
  void modify(const char* id, order_terms terms) {
    fold(order_modify_requested{client_order_id{id}, terms, "signal"});
    book.modify(known(id));
  }

  std::string frame(timestamp ts, frame_kind kind, const std::vector<tick>& of) {
    now = ts;
    const auto updates = book.on_frame({++seq, ts, kind, of});
    std::string refusals;
    for (const event_body& body : orders.on_updates(updates, now)) {
      if (const auto* r = std::get_if<broker_update_refused>(&body)) refusals += " refused: " + r->reason;
    }
    return story(updates) + refusals;
  }
  std::string ticks(timestamp ts, const std::vector<tick>& of) { return frame(ts, frame_kind::ticks, of); }
  std::string tick_at(timestamp ts, price last, instrument_id on = nifty) {
    return ticks(ts, {{.instrument = on, .last = last}});
  }
  std::string close(timestamp ts = at(15, 30)) { return frame(ts, frame_kind::session_close, {}); }

  /// As after a crash: only what the order manager knows is left.
  void restart() {
    book = paper_matching{settings, trading_session{}, *rows};
    auto live = orders.live();
    std::ranges::sort(live, {}, &order::ordinal);
    for (const order* o : live) book.place(*o);
  }
};

inline order_request stop_market(const char* id, price trigger, side s, quantity qty = 100) {
  order_request r = market(id, s, qty);
  r.type = order_type::stop_market;
  r.trigger_price = trigger;
  return r;
}

inline order_request stop_limit(const char* id, price trigger, price at_limit, side s = side::buy) {
  order_request r = limit(id, at_limit, s);
  r.type = order_type::stop_limit;
  r.trigger_price = trigger;
  return r;
}

inline order_request ioc(order_request r) {
  r.validity = validity::ioc;
  return r;
}

inline order_request in_group(order_request r, const char* group, order_origin origin = order_origin::bracket) {
  r.group = group;
  r.origin = origin;
  r.reduces = true;
  return r;
}

}  // namespace bulkhead::test
