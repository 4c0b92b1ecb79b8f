#pragma once
// Instruments, times, requests and approvals for tests about orders.
#include "runtime/domain/event_codec.hpp"
#include "runtime/domain/session.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::test {

inline const instrument_table& instruments() {
  static const instrument_table table = [] {
    instrument_table t;
    t.add({.key = "NSE:NIFTY", .exchange = "NSE", .tradingsymbol = "NIFTY", .token = 256265, .tick_size = {500}});
    t.add(
        {.key = "NSE:BANKNIFTY", .exchange = "NSE", .tradingsymbol = "BANKNIFTY", .token = 260105, .tick_size = {500}});
    return t;
  }();
  return table;
}

inline constexpr instrument_id nifty{0};
inline constexpr instrument_id banknifty{1};

/// Monday 2022-01-03, IST.
inline timestamp at(int hour, int minute, int second = 0) {
  return start_of_day(20220103) + seconds(hour * 3600 + minute * 60 + second);
}

inline constexpr price rupees(std::int64_t r, std::int64_t paise = 0) { return {r * money_scale + paise * paisa}; }
inline constexpr money inr(std::int64_t r, std::int64_t paise = 0) { return {r * money_scale + paise * paisa}; }

inline order_request market(const char* id, side s = side::buy, quantity qty = 100, instrument_id on = nifty) {
  return {.client_order_id = client_order_id{id},
          .signal_id = signal_id{std::string{"sig-"} + id},
          .strategy = strategy_id{"demo"},
          .instrument = on,
          .side = s,
          .qty = qty,
          .reference_price = rupees(100),
          .expires_at = at(15, 30)};
}

inline order_request limit(const char* id, price at_limit, side s = side::buy, quantity qty = 100) {
  order_request r = market(id, s, qty);
  r.type = order_type::limit;
  r.limit_price = at_limit;
  return r;
}

/// An approval as recovery makes one: only the risk rules and the codec can.
inline risk_approved<order_request> approve(const order_request& r) {
  const event_codec codec{broker_id{"paper"}, instruments()};
  auto envelope = nlohmann::json::parse(codec.encode({.seq = 1, .body = order_submitted{r}}));
  envelope["type"] = "signal.validated";
  return std::get<signal_validated>(codec.decode(envelope.dump()).body).order;
}

inline std::vector<risk_approved<order_request>> approve_all(std::initializer_list<order_request> requests) {
  std::vector<risk_approved<order_request>> out;
  for (const order_request& r : requests) out.push_back(approve(r));
  return out;
}

/// An order as the order manager hands it to a broker client.
inline order submitted(const order_request& r, feed_seq feed, std::uint64_t ordinal = 1) {
  return {.request = r, .submitted_at = at(10, 0), .submitted_feed = feed, .ordinal = ordinal};
}

}  // namespace bulkhead::test
