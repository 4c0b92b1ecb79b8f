#pragma once
// Secrets in files of their own, which only their owner may read.
#include "runtime/secrets/secret.hpp"

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace bulkhead {

/// Names the file, what was found, and what to do; never what the file holds.
class secret_file_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t max_secret_file = 64UL * 1024;

/// The whole content. Throws secret_file_error where the file is missing, is no regular file, is longer than
/// max_secret_file, or where anybody but its owner may read or write it.
[[nodiscard]] secret_text read_secret_file(const std::filesystem::path& file);
/// Its first line without the line end; an empty one is refused.
[[nodiscard]] secret_text read_secret_line(const std::filesystem::path& file);

/// Replaces the file whole: a reader sees the old content or the new, also after a power cut; mode 0600 from the first
/// byte on. Throws secret_file_error; the old file is then as it was.
void write_secret_file(const std::filesystem::path& file, std::string_view content);

}  // namespace bulkhead
