#pragma once
// The Redis store of a broker, from the settings.
#include "config/settings.hpp"
#include "runtime/ports/state_store.hpp"

#include <memory>

namespace bulkhead::app {

/// settings.store.backend is redis. Connects to nothing yet.
[[nodiscard]] std::shared_ptr<state_store> make_redis_store(const config::settings& s, const broker_id& broker);

}  // namespace bulkhead::app
