#pragma once
// What Kite refuses a request with: the HTTP code and the error_type are the contract, the message is free text.
#include <stdexcept>
#include <string>
#include <utility>

namespace bulkhead::kite_sim {

/// Thrown by whatever refuses; the router makes the error envelope of it.
class kite_error : public std::runtime_error {
 public:
  kite_error(int status, std::string type, const std::string& message)
      : std::runtime_error(message), status_(status), type_(std::move(type)) {}
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& type() const noexcept { return type_; }

 private:
  int status_;
  std::string type_;
};

[[nodiscard]] inline kite_error token_error(const std::string& message) { return {403, "TokenException", message}; }
[[nodiscard]] inline kite_error input_error(const std::string& message) { return {400, "InputException", message}; }
[[nodiscard]] inline kite_error order_error(const std::string& message) { return {400, "OrderException", message}; }
[[nodiscard]] inline kite_error margin_error(const std::string& message) { return {400, "MarginException", message}; }
[[nodiscard]] inline kite_error holding_error(const std::string& message) { return {400, "HoldingException", message}; }
[[nodiscard]] inline kite_error rate_error() { return {429, "NetworkException", "Too many requests"}; }
[[nodiscard]] inline kite_error no_such_order() { return {400, "GeneralException", "Couldn't find that `order_id`."}; }

}  // namespace bulkhead::kite_sim
