#pragma once
// The kinds of broker that a configuration may name. A new kind is one folder and one row here.
#include "runtime/brokers/client_request.hpp"
#include "runtime/ports/broker_client.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

struct broker_kind {
  /// Makes the client of one broker. Called once per incarnation of its trader, on that broker's side, and only with
  /// hooks.keep where the venue has its own clock. Throws std::exception with what to do where it cannot.
  using factory = std::function<std::unique_ptr<broker_client>(const client_request&)>;

  std::string name;  ///< `kind` of a broker's configuration
  venue_clock clock = venue_clock::feed;
  bool can_place = false;  ///< false: trading.<broker>.enabled must be false; signals are validated, orders withheld
  std::string why_not;     ///< where can_place is false: the reason and what to do, for the validation's finding
  factory make;            ///< empty where there is no client; never empty where can_place
};

/// Every kind's name, in the table's order.
[[nodiscard]] std::vector<std::string> kinds();
/// nullptr: no such kind. The row lives as long as the program.
[[nodiscard]] const broker_kind* find_kind(std::string_view name);

}  // namespace bulkhead
