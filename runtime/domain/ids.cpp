#include "runtime/domain/ids.hpp"

#include <array>

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>

namespace bulkhead {

std::string derive_id(std::string_view text) {
  std::array<unsigned char, 16> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     nullptr, 0);
  static constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string id;
  id.reserve(20);
  for (std::size_t bit = 0; id.size() < 20; bit += 5) {
    const std::size_t byte = bit / 8;
    const unsigned window = (digest[byte] << 8U) | digest[byte + 1];
    id.push_back(alphabet[(window >> (11 - bit % 8)) & 31U]);
  }
  return id;
}

signal_id derive_signal_id(const strategy_id& strategy, std::string_view instrument_key, feed_seq feed,
                           std::uint32_t ordinal) {
  return signal_id{derive_id(fmt::format("signal|{}|{}|{}|{}", strategy.str(), instrument_key, feed, ordinal))};
}

client_order_id derive_client_order_id(const signal_id& signal, std::uint32_t leg) {
  return client_order_id{derive_id(fmt::format("order|{}|{}", signal.str(), leg))};
}

}  // namespace bulkhead
