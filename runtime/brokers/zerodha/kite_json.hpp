#pragma once
// Kite's JSON, read strictly and kept as it was written: a number stays text, so that no price passes through a double
// and no order id loses digits. Bounded in size, depth and number of values.
#include "runtime/domain/money.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkhead {

/// What Kite sent cannot be read: says where, what was found and what is allowed. The only thing that the readers of
/// Kite's answers throw.
class kite_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t max_kite_json_bytes = 32UL * 1024 * 1024;
inline constexpr std::size_t max_kite_json_depth = 12;
inline constexpr std::size_t max_kite_json_values = 2'000'000;

class kite_value {
 public:
  enum class type : std::uint8_t { null, boolean, number, text, list, object };

  kite_value() = default;
  kite_value(type what, std::string written) : type_(what), written_(std::move(written)) {}

  /// The whole text as one value. Refuses what is not JSON, a key given twice, and what is beyond the bounds.
  [[nodiscard]] static kite_value parse(std::string_view json);

  [[nodiscard]] type what() const noexcept { return type_; }
  [[nodiscard]] bool is(type t) const noexcept { return type_ == t; }
  /// A text's content, a number as it was written, "true" or "false"; empty for the rest.
  [[nodiscard]] const std::string& written() const noexcept { return written_; }
  /// Of a list, or the values of an object in their order.
  [[nodiscard]] const std::vector<kite_value>& items() const noexcept { return items_; }
  [[nodiscard]] const std::vector<std::string>& keys() const noexcept { return keys_; }
  /// nullptr: no object, or no such key.
  [[nodiscard]] const kite_value* find(std::string_view key) const noexcept;
  /// Short, for an error's text, whatever was sent.
  [[nodiscard]] std::string shown() const;

 private:
  friend class kite_json_builder;
  type type_ = type::null;
  std::string written_;
  std::vector<std::string> keys_;
  std::vector<kite_value> items_;
};

/// One object's fields. The object must outlive it. What is null counts as missing.
class kite_fields {
 public:
  /// Throws where it is no object. `where` names it in errors: "orders[3]".
  kite_fields(const kite_value& object, std::string where);

  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  [[nodiscard]] std::string text(std::string_view key) const;  ///< missing: empty
  /// A text of 1 to 64 letters, digits, '-' and '_', which may stand in a URL's path. A number is taken as written.
  [[nodiscard]] std::string id(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max) const;
  [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t missing, std::int64_t min,
                                        std::int64_t max) const;
  [[nodiscard]] price price_or_zero(std::string_view key) const;  ///< 0 to price::max(); missing: 0
  [[nodiscard]] money amount(std::string_view key) const;         ///< missing: 0
  [[nodiscard]] bool flag(std::string_view key) const;            ///< missing: false
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[nodiscard]] kite_fields object(std::string_view key) const;
  [[nodiscard]] const kite_value* find(std::string_view key) const;  ///< nullptr: missing

  [[noreturn]] void refuse(std::string_view key, std::string_view allowed) const;

 private:
  const kite_value* object_;
  std::string where_;
};

}  // namespace bulkhead
