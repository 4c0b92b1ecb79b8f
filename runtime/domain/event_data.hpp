#pragma once
// The "data" of each type of event: one writer and one reader per type. Used by event_codec, which owns the envelope.
#include "runtime/domain/json_fields.hpp"
#include "runtime/domain/json_text.hpp"

#include <optional>

namespace bulkhead::event_data {

/// The fields of "data", in sorted order.
void write(json_text& out, const event_body& body, const instrument_table& instruments);

/// The body of any type but signal.validated, whose approval only the codec can make. Throws codec_error, also for a
/// type that does not exist.
[[nodiscard]] event_body read(std::string_view type, const json_fields& in, const instrument_table& instruments);

/// The instrument that the event is about; nullopt: it is about an order, the account or the broker.
[[nodiscard]] std::optional<instrument_id> instrument_of(const event_body& body);

}  // namespace bulkhead::event_data
