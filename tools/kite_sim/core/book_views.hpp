#pragma once
// What a reader of the book sees, now or as it was some time ago. Pure.
#include "tools/kite_sim/core/exchange.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {

/// A reader: whose book, and up to which wall time it knows.
struct book_reader {
  const exchange* of = nullptr;
  std::string user_id;
  timestamp known_until;
};

/// Today's orders, the last known state of each.
[[nodiscard]] nlohmann::json orders_json(const book_reader& reader);
/// The states of one order, oldest first. Throws kite_error: not among today's.
[[nodiscard]] nlohmann::json history_json(const book_reader& reader, const std::string& order_id);
/// Today's trades; those of one order where `order_id` is not empty.
[[nodiscard]] nlohmann::json trades_json(const book_reader& reader, const std::string& order_id);
[[nodiscard]] nlohmann::json positions_json(const book_reader& reader);

/// Everything, for tests: all days, all users, with each order's states and each account's exact cash.
[[nodiscard]] nlohmann::json whole_book(const exchange& of);

}  // namespace bulkhead::kite_sim
