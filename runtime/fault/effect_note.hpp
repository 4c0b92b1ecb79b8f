#pragma once
// For tests that ask which process acted when: with the environment variable BULKHEAD_EFFECTS_FILE each call adds a
// line "nanoseconds of CLOCK_MONOTONIC, what" to that file. Without it a call costs one relaxed load. Thread-safe.
#include <string_view>

namespace bulkhead::fault {

void note_effect(std::string_view what);

}  // namespace bulkhead::fault
