#include "runtime/journal/crc32c.hpp"

#include <array>
#include <cstddef>

namespace bulkhead {
namespace {

constexpr std::size_t slices = 8;
using table = std::array<std::array<std::uint32_t, 256>, slices>;

// Slicing by eight: table[k][b] is the CRC of byte b followed by k zero bytes.
constexpr table make_table() {
  table t{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    t[0][byte] = crc;
  }
  for (std::size_t k = 1; k < slices; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      t[k][byte] = (t[k - 1][byte] >> 8) ^ t[0][t[k - 1][byte] & 0xffU];
    }
  }
  return t;
}

constexpr table lut = make_table();

constexpr std::uint32_t load_le(const unsigned char* p) noexcept {
  return std::uint32_t{p[0]} | std::uint32_t{p[1]} << 8 | std::uint32_t{p[2]} << 16 | std::uint32_t{p[3]} << 24;
}

}  // namespace

std::uint32_t crc32c(std::string_view data, std::uint32_t before) noexcept {
  const auto* p = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t left = data.size();
  std::uint32_t crc = ~before;
  for (; left >= slices; left -= slices, p += slices) {
    const std::uint32_t low = load_le(p) ^ crc;
    const std::uint32_t high = load_le(p + 4);
    crc = lut[7][low & 0xffU] ^ lut[6][(low >> 8) & 0xffU] ^ lut[5][(low >> 16) & 0xffU] ^ lut[4][low >> 24] ^
          lut[3][high & 0xffU] ^ lut[2][(high >> 8) & 0xffU] ^ lut[1][(high >> 16) & 0xffU] ^ lut[0][high >> 24];
  }
  for (; left > 0; --left, ++p) crc = (crc >> 8) ^ lut[0][(crc ^ *p) & 0xffU];
  return ~crc;
}

crc32c_fields& crc32c_fields::add(std::uint64_t number) noexcept {
  std::array<char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  crc_ = crc32c({bytes.data(), bytes.size()}, crc_);
  return *this;
}

crc32c_fields& crc32c_fields::add(std::string_view text) noexcept {
  add(std::uint64_t{text.size()});
  crc_ = crc32c(text, crc_);
  return *this;
}

}  // namespace bulkhead
