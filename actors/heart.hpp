#pragma once
// Beats while the scheduler of this process has a thread to run it: a process whose threads all hang falls silent.
#include "actors/interfaces.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace bulkhead::actors {

/// Counts `beats` up, at once and every `pace`.
caf::behavior heart(caf::event_based_actor* self, std::shared_ptr<std::atomic<std::uint64_t>> beats,
                    std::chrono::milliseconds pace);

}  // namespace bulkhead::actors
