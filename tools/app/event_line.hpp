#pragma once
// An event in a few words for people. The journal's own form is `journal dump`.
#include "runtime/domain/events.hpp"

#include <string>

namespace bulkhead::app {

/// "BUY 50 NSE:NIFTY MARKET", with limit, trigger, validity and product where they say something.
[[nodiscard]] std::string order_words(const order_request& r, const instrument_table& instruments);
[[nodiscard]] std::string signal_words(const signal& s, const instrument_table& instruments);

/// What happened, without its type's name: "BUY 50 NSE:NIFTY at 17450.55, charges 12.30".
[[nodiscard]] std::string event_words(const event_body& body, const instrument_table& instruments);

/// The order that an event is about; empty: none.
[[nodiscard]] client_order_id order_of_event(const event_body& body);

/// So much of an order's id as people type and tables show.
[[nodiscard]] std::string short_id(const client_order_id& id);

}  // namespace bulkhead::app
