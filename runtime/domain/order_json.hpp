#pragma once
// An order request as JSON: one form for the journal and for snapshots.
#include "runtime/domain/json_fields.hpp"

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// limit_price is written for LIMIT orders only; instruments by key.
[[nodiscard]] nlohmann::json order_request_json(const order_request& r, const instrument_table& instruments);
/// Throws codec_error.
[[nodiscard]] order_request read_order_request(const json_fields& in, const instrument_table& instruments);

[[nodiscard]] side read_side(const json_fields& in);
[[nodiscard]] order_type read_order_type(const json_fields& in);
/// The limit of a LIMIT order; a MARKET order must not have one.
[[nodiscard]] price read_limit(const json_fields& in, order_type type);

}  // namespace bulkhead
