#include "tools/app/charges_json.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::app {

nlohmann::json charges_json(const charge_breakdown& c) {
  return {{"brokerage", to_string(c.brokerage)},
          {"stt", to_string(c.stt)},
          {"exchange", to_string(c.exchange)},
          {"sebi", to_string(c.sebi)},
          {"gst", to_string(c.gst)},
          {"stamp", to_string(c.stamp)},
          {"dp", to_string(c.dp)},
          {"total", to_string(c.total())}};
}

}  // namespace bulkhead::app
