#pragma once
// Reports of a broker with its own clock, read back from the events that they became: for a replay, where nobody
// trades.
#include "runtime/domain/order_manager.hpp"

#include <optional>
#include <string_view>

namespace bulkhead::app {

/// The report behind the event; nullopt: the event comes from no report. What a report said beyond what the event
/// kept is empty.
[[nodiscard]] std::optional<broker_update> report_behind(const event_body& body);

/// What describe() made of a report, read back; nullopt: not in describe()'s words.
[[nodiscard]] std::optional<broker_update> report_described(const client_order_id& id, std::string_view text);

}  // namespace bulkhead::app
