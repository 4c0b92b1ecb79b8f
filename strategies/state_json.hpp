#pragma once
// The parts of a strategy's snapshot that all strategies share. Exact: a restored state continues bit for bit.
#include "strategies/per_instrument.hpp"
#include "strategies/sample_window.hpp"
#include "strategies/sampler.hpp"
#include "strategies/stance.hpp"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace bulkhead::state_json {

/// The 64 bits of a double as 16 hex digits: decimal text would have to be trusted to come back the same.
[[nodiscard]] std::string bits(double value);
/// Throws std::invalid_argument on anything but 16 hex digits.
[[nodiscard]] double from_bits(const std::string& text);

[[nodiscard]] nlohmann::json write(const sampler& s);
[[nodiscard]] nlohmann::json write(const stance& s);
[[nodiscard]] nlohmann::json write(const sample_window& w);
/// Throw std::invalid_argument or nlohmann::json::exception on a malformed state.
void read(const nlohmann::json& state, sampler& out);
void read(const nlohmann::json& state, stance& out);
/// Into an empty window; refuses more samples than it holds.
void read(const nlohmann::json& state, sample_window& out);

/// Parameters that give a history its meaning: a snapshot made with others is refused, as its history would be a lie.
/// Throws std::invalid_argument that names the parameter and both values.
void require_same(const nlohmann::json& state, std::string_view parameter, std::int64_t configured);

/// {key: write_one(state)} over the instruments.
template <class State, class Fn>
[[nodiscard]] nlohmann::json write_all(const per_instrument<State>& all, Fn write_one) {
  nlohmann::json result = nlohmann::json::object();
  for (const auto& entry : all.entries()) result[entry.key] = write_one(entry.state);
  return result;
}

/// The inverse, over states that are as on the first day. An instrument that the snapshot does not know stays so; one
/// that is no longer asked for is left out.
template <class State, class Fn>
void read_each(const nlohmann::json& states, per_instrument<State>& all, Fn read_one) {
  for (auto& entry : all.entries()) {
    if (const auto it = states.find(entry.key); it != states.end()) read_one(*it, entry.state);
  }
}

}  // namespace bulkhead::state_json
