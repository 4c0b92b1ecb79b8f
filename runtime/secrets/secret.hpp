#pragma once
// A text that no output shows: an API secret, an access token, a password. Only reveal() gives it out, so that a reader
// finds every place that uses it.
#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace bulkhead {

/// Owns its bytes on the heap and overwrites them when it ends, is moved from, or is assigned. Copies are explicit.
/// What reveal() was copied into (a header, a form) is the caller's to keep short-lived. Not thread-safe.
class secret_text {
 public:
  secret_text() = default;
  /// Takes the text over: overwrites the string it came from.
  explicit secret_text(std::string&& text);
  ~secret_text();
  secret_text(const secret_text&) = delete;
  secret_text& operator=(const secret_text&) = delete;
  secret_text(secret_text&& other) noexcept;
  secret_text& operator=(secret_text&& other) noexcept;

  [[nodiscard]] secret_text copy() const;
  [[nodiscard]] std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The time depends on the lengths only, not on where the texts differ.
  [[nodiscard]] bool equals(std::string_view other) const noexcept;

  static constexpr std::string_view shown = "***";

 private:
  void wipe() noexcept;
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

/// Not for streams; fmt and spdlog print "***", for an empty one too.
std::ostream& operator<<(std::ostream& out, const secret_text& value) = delete;

}  // namespace bulkhead

template <>
struct fmt::formatter<bulkhead::secret_text> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const bulkhead::secret_text& /*value*/, Context& context) const {
    return fmt::formatter<std::string_view>::format(bulkhead::secret_text::shown, context);
  }
};
