#pragma once
// A secret that the environment gave, or that stands in a file of its owner's.
#include "runtime/secrets/secret.hpp"

#include <filesystem>
#include <memory>

namespace bulkhead {

/// Reads the file at each call, so that a corrected or replaced one counts at once, and keeps nothing of it.
/// Thread-safe.
class secret_source {
 public:
  /// `given` goes before the file; it may be nullptr or empty, and the file's name empty.
  secret_source(std::shared_ptr<const secret_text> given, std::filesystem::path file);

  /// Throws secret_file_error.
  [[nodiscard]] secret_text get() const;
  /// One of the two was named.
  [[nodiscard]] bool is_named() const;

 private:
  std::shared_ptr<const secret_text> given_;
  std::filesystem::path file_;
};

}  // namespace bulkhead
