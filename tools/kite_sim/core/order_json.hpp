#pragma once
// Rows of orders and trades as Kite's API shows them. Pure.
#include "tools/kite_sim/core/listing.hpp"
#include "tools/kite_sim/core/sim_order.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {

/// A row of GET /orders; also the body of an update.
[[nodiscard]] nlohmann::json order_row(const sim_order& order, const order_state& state, const listing& listed);
/// A row of GET /orders/{id}: without guid, meta and exchange_update_timestamp.
[[nodiscard]] nlohmann::json history_row(const sim_order& order, const order_state& state, const listing& listed);
[[nodiscard]] nlohmann::json trade_row(const sim_trade& trade, const listing& listed);

/// Lower-case hex SHA-256 of order_id + order_timestamp + api_secret.
[[nodiscard]] std::string postback_checksum(const nlohmann::json& update, const std::string& api_secret);

}  // namespace bulkhead::kite_sim
