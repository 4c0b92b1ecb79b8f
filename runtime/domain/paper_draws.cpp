#include "runtime/domain/paper_draws.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>

namespace bulkhead {
namespace {

constexpr duration milliseconds(std::int64_t ms) { return {ms * 1'000'000}; }

}  // namespace

bool is_way_out(order_origin o) { return o == order_origin::square_off || o == order_origin::safety; }

std::uint64_t paper_draw(std::uint64_t seed, const client_order_id& id, std::string_view what) {
  const std::string text = fmt::format("paper|{}|{}|{}", seed, id.str(), what);
  std::array<unsigned char, 16> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     nullptr, 0);
  std::uint64_t value = 0;
  std::for_each_n(digest.begin(), 8, [&value](unsigned char byte) { value = value << 8U | byte; });
  return value;
}

paper_fate paper_fate_of(const order_request& r, const paper_settings& settings) {
  const auto draw = [&](std::string_view what, std::int64_t below) {
    const std::uint64_t value = paper_draw(settings.seed, r.client_order_id, what);
    return static_cast<std::int64_t>(value % static_cast<std::uint64_t>(below));
  };
  paper_fate fate{.latency = milliseconds(settings.latency_min_ms)};
  const std::int64_t spread = settings.latency_max_ms - settings.latency_min_ms;
  if (spread > 0) fate.latency = milliseconds(settings.latency_min_ms + draw("latency", spread + 1));
  fate.rejected = !is_way_out(r.origin) && settings.reject_percent > 0 && draw("reject", 100) < settings.reject_percent;
  if (settings.partial_fill_percent > 0 && draw("partial", 100) < settings.partial_fill_percent) {
    fate.parts = 2 + draw("parts", 3);
  }
  return fate;
}

}  // namespace bulkhead
