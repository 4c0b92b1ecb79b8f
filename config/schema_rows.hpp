#pragma once
// The rows behind schema().
#include "config/schema.hpp"

#include <vector>

namespace bulkhead::config {

[[nodiscard]] std::vector<option> schema_rows();

}  // namespace bulkhead::config
