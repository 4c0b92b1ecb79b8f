#include "strategies/parameter_reader.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {

std::int64_t parameter_reader::integer(std::string_view name) const {
  const auto spec = std::ranges::find(*specs_, name, &parameter_spec::name);
  if (spec == specs_->end()) throw std::invalid_argument(fmt::format("{}: no such parameter", name));
  const auto given = given_->find(spec->name);
  if (given == given_->end() && !spec->fallback) {
    throw std::invalid_argument(fmt::format("{}: required; allowed: {}", name, allowed_text(*spec)));
  }
  const std::string& text = given == given_->end() ? *spec->fallback : given->second;
  const auto value = parse_parameter(*spec, text);
  if (!value) {
    throw std::invalid_argument(fmt::format("{}: given \"{}\", allowed: {}", name, text, allowed_text(*spec)));
  }
  return *value;
}

double parameter_reader::decimal(std::string_view name) const {
  return static_cast<double>(integer(name)) / static_cast<double>(money_scale);
}

}  // namespace bulkhead
