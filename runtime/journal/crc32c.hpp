#pragma once
// CRC-32C (Castagnoli, RFC 3720 appendix B.4), reflected polynomial 0x82F63B78.
#include <cstdint>
#include <string_view>

namespace bulkhead {

/// Of `data`, continuing from the CRC of what came before it (0: nothing did).
[[nodiscard]] std::uint32_t crc32c(std::string_view data, std::uint32_t before = 0) noexcept;

/// CRC over a row of fields. Numbers go in as eight little-endian bytes, text with its length ahead of it, so that no
/// two different rows feed it the same bytes.
class crc32c_fields {
 public:
  crc32c_fields& add(std::uint64_t number) noexcept;
  crc32c_fields& add(std::string_view text) noexcept;
  [[nodiscard]] std::uint32_t value() const noexcept { return crc_; }

 private:
  std::uint32_t crc_ = 0;
};

}  // namespace bulkhead
