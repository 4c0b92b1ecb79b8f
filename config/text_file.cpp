#include "config/text_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

constexpr std::uintmax_t max_bytes = 64u << 20;

bool continuation(std::string_view bytes, std::size_t at) {
  return at < bytes.size() && (static_cast<unsigned char>(bytes[at]) & 0xC0u) == 0x80u;
}

/// Length of the well-formed UTF-8 character at `at` (RFC 3629: no overlong forms, no surrogates), 0 if there is none.
std::size_t character_length(std::string_view bytes, std::size_t at) {
  const auto lead = static_cast<unsigned char>(bytes[at]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : (lead & 0xF0u) == 0xE0       ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continuation(bytes, at + i)) return 0;
  }
  if (length < 3) return length;
  const auto second = static_cast<unsigned char>(bytes[at + 1]);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : length;
}

bool forbidden_control(char c) { return (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 127; }

}  // namespace

bool check_text(std::string_view bytes, const std::string& file, finding_list& findings) {
  int line = 1;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = character_length(bytes, at);
    if (length == 0 || (length == 1 && forbidden_control(bytes[at]))) {
      findings.add({file, line, ""}, fmt::format("byte 0x{:02x}", static_cast<unsigned char>(bytes[at])),
                   "text in UTF-8 without control characters", "save the file as UTF-8");
      return false;
    }
    if (bytes[at] == '\n') ++line;
    at += length;
  }
  return true;
}

std::optional<std::string> read_text_file(const std::filesystem::path& path, const origin& where,
                                          finding_list& findings) {
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(path, error);
  std::ifstream in;
  if (regular) in.open(path, std::ios::binary);
  if (!regular || !in) {
    findings.add(where, path.string(), "a file that can be read", "create it, or correct the path");
    return std::nullopt;
  }
  if (const auto size = std::filesystem::file_size(path, error); error || size > max_bytes) {
    findings.add(where, path.string(), "a file of at most 64 MiB", "give a smaller file");
    return std::nullopt;
  }
  std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  if (!check_text(bytes, path.string(), findings)) return std::nullopt;
  return bytes;
}

}  // namespace bulkhead::config
