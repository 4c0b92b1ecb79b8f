#include "tools/kite_sim/core/sim_order.hpp"

#include <array>

namespace bulkhead::kite_sim {

std::string_view text_of(order_side side) { return side == order_side::buy ? "BUY" : "SELL"; }

std::string_view text_of(order_kind kind) {
  static constexpr std::array<std::string_view, 4> texts = {"MARKET", "LIMIT", "SL", "SL-M"};
  return texts.at(static_cast<std::size_t>(kind));
}

std::string_view text_of(order_validity validity) {
  static constexpr std::array<std::string_view, 3> texts = {"DAY", "IOC", "TTL"};
  return texts.at(static_cast<std::size_t>(validity));
}

std::string_view text_of(order_stage stage) {
  static constexpr std::array<std::string_view, 14> texts = {"PUT ORDER REQ RECEIVED",
                                                             "AMO REQ RECEIVED",
                                                             "VALIDATION PENDING",
                                                             "OPEN PENDING",
                                                             "OPEN",
                                                             "TRIGGER PENDING",
                                                             "MODIFY VALIDATION PENDING",
                                                             "MODIFY PENDING",
                                                             "MODIFIED",
                                                             "NOT MODIFIED",
                                                             "CANCEL PENDING",
                                                             "CANCELLED",
                                                             "COMPLETE",
                                                             "REJECTED"};
  return texts.at(static_cast<std::size_t>(stage));
}

}  // namespace bulkhead::kite_sim
