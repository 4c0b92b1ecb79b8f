#include "strategies/state_json.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead::state_json {
namespace {

constexpr std::array<std::string_view, 3> belief_names = {"flat", "long", "short"};

belief read_belief(const std::string& text) {
  for (std::size_t i = 0; i < belief_names.size(); ++i) {
    if (belief_names[i] == text) return static_cast<belief>(i);
  }
  throw std::invalid_argument(fmt::format("belief: given \"{}\", allowed: flat, long, short", text));
}

}  // namespace

std::string bits(double value) { return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value)); }

double from_bits(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument(fmt::format("number: given \"{}\", allowed: 16 hex digits", text));
  }
  return std::bit_cast<double>(value);
}

nlohmann::json write(const sampler& s) { return {{"started", s.started}, {"bucket", s.bucket}, {"last", s.last.raw}}; }

nlohmann::json write(const stance& s) {
  nlohmann::json result = {{"belief", belief_names.at(static_cast<std::size_t>(s.held))}, {"last_entry", nullptr}};
  if (s.last_entry) result["last_entry"] = s.last_entry->ns;
  return result;
}

void read(const nlohmann::json& state, sampler& out) {
  out.started = state.at("started").get<bool>();
  out.bucket = state.at("bucket").get<std::int64_t>();
  out.last = price{state.at("last").get<std::int64_t>()};
}

void read(const nlohmann::json& state, stance& out) {
  out.held = read_belief(state.at("belief").get<std::string>());
  out.last_entry.reset();
  const auto& last_entry = state.at("last_entry");
  if (!last_entry.is_null()) out.last_entry = timestamp{last_entry.get<std::int64_t>()};
}

nlohmann::json write(const sample_window& w) {
  nlohmann::json samples = nlohmann::json::array();
  for (std::size_t i = 0; i < w.size(); ++i) samples.push_back(w[i].raw);
  return samples;
}

void read(const nlohmann::json& state, sample_window& out) {
  if (state.size() > out.capacity()) {
    throw std::invalid_argument(fmt::format("samples: given {}, allowed: up to {}", state.size(), out.capacity()));
  }
  for (const auto& sample : state) out.push(price{sample.get<std::int64_t>()});
}

void require_same(const nlohmann::json& state, std::string_view parameter, std::int64_t configured) {
  const auto stored = state.at(std::string{parameter}).get<std::int64_t>();
  if (stored == configured) return;
  throw std::invalid_argument(
      fmt::format("{}: the snapshot was made with {}, configured is {}; set it back, or give the strategy a new name",
                  parameter, stored, configured));
}

}  // namespace bulkhead::state_json
