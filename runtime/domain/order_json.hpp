#pragma once
// An order request as JSON: one form for the journal and for snapshots.
#include "runtime/domain/json_fields.hpp"
#include "runtime/domain/json_text.hpp"

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// limit_price is written for LIMIT and SL only, trigger_price for SL and SL-M only, the bracket's offsets where there
/// is one, the group where there is one; instruments by key.
[[nodiscard]] nlohmann::json order_request_json(const order_request& r, const instrument_table& instruments);
/// The same fields as text.
void write_order_request(json_text& out, const order_request& r, const instrument_table& instruments);
/// Throws codec_error.
[[nodiscard]] order_request read_order_request(const json_fields& in, const instrument_table& instruments);

[[nodiscard]] side read_side(const json_fields& in);
[[nodiscard]] order_type read_order_type(const json_fields& in);
[[nodiscard]] validity read_validity(const json_fields& in);
[[nodiscard]] product read_product(const json_fields& in);
/// The price under `key` where this type of order has one; others must not have the key.
[[nodiscard]] price read_own_price(const json_fields& in, const char* key, bool has_one, order_type type);
/// 0 where the key is missing: no bracket.
[[nodiscard]] price read_offset(const json_fields& in, const char* key);

/// {"limit_price", "quantity", "trigger_price"}; a price of 0 is "0.00": the order has none.
[[nodiscard]] nlohmann::json order_terms_json(const order_terms& t);
void write_order_terms(json_text& out, const order_terms& t);
[[nodiscard]] order_terms read_order_terms(const json_fields& in);

}  // namespace bulkhead
