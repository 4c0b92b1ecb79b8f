#pragma once
// The charges of a fill, or of many, as every JSON of the program shows them: by component and in all, exact rupees.
#include "runtime/domain/charges.hpp"

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

[[nodiscard]] nlohmann::json charges_json(const charge_breakdown& c);

}  // namespace bulkhead::app
