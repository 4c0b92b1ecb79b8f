#pragma once

namespace bulkhead::simulation {

/// The promise that a bug planted in this program breaks; 0: none was planted. A mutated source defines it anew.
[[nodiscard]] int planted_promise();

}  // namespace bulkhead::simulation
