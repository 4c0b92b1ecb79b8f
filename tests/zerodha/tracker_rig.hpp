#pragma once
// One tracker, and rows for it.
#include "runtime/brokers/zerodha/kite_tracker.hpp"
#include "support/order_fixtures.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::test {

using kind = broker_update::kind;
using std::chrono::milliseconds;

inline const instrument& on() { return instruments().at(nifty); }

inline kite_order_row row(const char* status, quantity filled = 0, quantity qty = 100, const char* tag = "a",
                          const char* id = "K1") {
  return {.broker_order_id = broker_order_id{id},
          .status = status,
          .tag = tag,
          .exchange = "NSE",
          .tradingsymbol = "NIFTY",
          .qty = qty,
          .filled = filled};
}
/// An order of an earlier life of ours, of that moment.
inline kite_order_row of_day(const char* order_timestamp, const char* tag = "abcdefghijklmnopqrst") {
  kite_order_row r = row("COMPLETE", 100, 100, tag, "F1");
  r.order_timestamp = order_timestamp;
  return r;
}
inline kite_trade_row trade(const char* trade_id, quantity qty, const char* id = "K1", price at_price = rupees(100)) {
  return {.trade_id = trade_id, .broker_order_id = broker_order_id{id}, .qty = qty, .price = at_price};
}

inline std::string update_text(const broker_update& u) {
  const std::string why = u.reason.empty() ? "" : " (" + u.reason + ")";
  switch (u.what) {
    case kind::accepted:
      return "accepted " + u.broker_order_id.str() + why;
    case kind::triggered:
      return "triggered" + why;
    case kind::filled:
      return fmt::format("filled {} {}", u.qty, u.fill_id.str());
    case kind::modified:
      return fmt::format("modified {} {}{}", u.terms.qty, to_string(u.terms.limit_price), why);
    case kind::modify_rejected:
      return "not modified" + why;
    case kind::cancelled:
      return "cancelled" + why;
    case kind::rejected:
      return "rejected" + why;
    default:
      return "?";
  }
}

/// One tracker with one order, "a"; what comes out as text, notices in braces.
struct tracker_rig {
  kite_tracker tracker{{.absence_after = milliseconds{1000}, .between_absences = milliseconds{500}}};

  explicit tracker_rig(const order_request& r = market("a")) { tracker.watch(submitted(r, 1), on()); }

  static std::string text(const kite_findings& f) {
    std::string out;
    for (const broker_update& u : f.updates) out += (out.empty() ? "" : ", ") + update_text(u);
    for (const std::string& n : f.notices) out += "{" + n + "}";
    return out;
  }
  std::string pushed(const kite_order_row& r) { return text(tracker.on_pushed(r)); }
  std::string book(const std::vector<kite_order_row>& rows, std::int64_t steady = 0, timestamp wall = at(10, 0)) {
    return text(tracker.on_book(rows, {.steady = milliseconds{steady}, .wall = wall}));
  }
  std::string trades(const std::vector<kite_trade_row>& rows) { return text(tracker.on_trades(rows)); }
  std::string placed(const char* id = "K1") { return text(tracker.placed(client_order_id{"a"}, broker_order_id{id})); }
};

inline order_request stop(const char* id) {
  order_request r = limit(id, rupees(100));
  r.type = order_type::stop_limit;
  r.trigger_price = rupees(99);
  return r;
}
inline kite_order_row priced(kite_order_row r, price limit_price, price trigger = {}) {
  r.limit_price = limit_price;
  r.trigger_price = trigger;
  return r;
}

}  // namespace bulkhead::test
