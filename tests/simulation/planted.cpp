#include "simulation/planted.hpp"

namespace bulkhead::simulation {

__attribute__((weak)) int planted_promise() { return 0; }

}  // namespace bulkhead::simulation
