#include "runtime/journal/crc32c.hpp"

#include <string>

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace bulkhead {

TEST_CASE("CRC-32C gives the published check values") {
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xE3069283U);
  // RFC 3720, appendix B.4
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43U);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising.push_back(c);
  CHECK(crc32c(rising) == 0x46DD794EU);
}

TEST_CASE("CRC-32C of a text in pieces is that of the whole") {
  CHECK(
      rc::check([](const std::string& a, const std::string& b) { RC_ASSERT(crc32c(b, crc32c(a)) == crc32c(a + b)); }));
}

TEST_CASE("fields that were cut elsewhere have another checksum") {
  const auto of = [](std::string_view a, std::string_view b) { return crc32c_fields{}.add(a).add(b).value(); };
  CHECK(of("ab", "c") != of("a", "bc"));
  CHECK(of("", "abc") != of("abc", ""));
  CHECK(crc32c_fields{}.add(1).value() != crc32c_fields{}.add(256).value());
}

}  // namespace bulkhead
