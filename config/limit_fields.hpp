#pragma once
// The risk limits by name, once: trading.<broker>.risk, trading.<broker>.strategy_risk and the `risk:` of a strategy's
// file all offer exactly these. docs/kernel.md, "Risk rules", says what each does.
#include "config/schema.hpp"
#include "runtime/domain/risk/limits.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bulkhead::config {

struct limit_field {
  std::string_view name;
  value_type type;  ///< integer, money or flag
  std::variant<std::int64_t risk_limits::*, money risk_limits::*, bool risk_limits::*> member;
  std::string_view of_broker;  ///< default in trading.<broker>.risk
  std::string_view of_strategy;
  std::int64_t max;       ///< inclusive; money: in 1/10000 rupee; the least is always 0
  std::string_view unit;  ///< integer
  std::string_view zero;  ///< what 0 means
  std::string_view doc;
};

/// In the order of risk_limits.
[[nodiscard]] std::span<const limit_field> limit_fields();

/// nullptr: no such limit.
[[nodiscard]] const limit_field* find_limit(std::string_view name);

/// The field's place in `limits`, for store() and show(). `limits` must outlive it.
[[nodiscard]] field place_of(const limit_field& f, risk_limits& limits);

/// The field as an option named `path`; `at` stays empty.
[[nodiscard]] option limit_option(const limit_field& f, std::string path, std::string_view fallback);

/// A share kept for exits that leaves entries nothing.
struct wrong_reserve {
  std::string_view reserve;  ///< name of the share
  std::string_view limit;    ///< name of what it is a share of
  std::int64_t reserved = 0;
  std::int64_t limited = 0;
};

/// A limit of 0 does not limit, so its reserve is idle whatever it says.
[[nodiscard]] std::vector<wrong_reserve> wrong_reserves(const risk_limits& limits);

}  // namespace bulkhead::config
