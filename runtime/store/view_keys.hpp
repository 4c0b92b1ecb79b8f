#pragma once
// What every backend of the state store refuses, in the same words.
#include "runtime/domain/ids.hpp"
#include "runtime/ports/state_store.hpp"

#include <span>
#include <string>

namespace bulkhead {

/// Empty, or which key does not begin with "{broker}:" or is nothing else.
[[nodiscard]] std::string refuse_key(const broker_id& broker, const std::string& key);
[[nodiscard]] std::string refuse_updates(const broker_id& broker, std::span<const view_update> updates);
/// After a failed project(): a later one would move the position past the views that failed.
[[nodiscard]] std::string refuse_lost_position(const broker_id& broker);

}  // namespace bulkhead
