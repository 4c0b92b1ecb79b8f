#pragma once
// Typed access to a strategy's parameters, for the factories of the kinds.
#include "strategies/parameter_spec.hpp"

#include <string_view>
#include <vector>

namespace bulkhead {

/// Reads by spec, so a name that is no parameter of the kind is a bug that throws. Holds references: a local variable
/// of a factory, no more.
class parameter_reader {
 public:
  parameter_reader(const std::vector<parameter_spec>& specs, const parameter_map& given)
      : specs_(&specs), given_(&given) {}

  /// In the spec's unit: a decimal in ten-thousandths. Throws std::invalid_argument on a missing or unfit value.
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const { return integer(name) != 0; }
  /// Ten-thousandths / 10000.0: the double next to the decimal as written.
  [[nodiscard]] double decimal(std::string_view name) const;

 private:
  const std::vector<parameter_spec>* specs_;
  const parameter_map* given_;
};

}  // namespace bulkhead
