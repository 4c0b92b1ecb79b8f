#include "runtime/secrets/secret.hpp"

#include <algorithm>
#include <utility>

#include <sodium/utils.h>

namespace bulkhead {

secret_text::secret_text(std::string&& text) : size_(text.size()) {
  if (size_ > 0) {
    bytes_ = std::make_unique<char[]>(size_);
    std::ranges::copy(text, bytes_.get());
  }
  sodium_memzero(text.data(), text.size());
  text.clear();
}

secret_text::~secret_text() { wipe(); }

secret_text::secret_text(secret_text&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

secret_text& secret_text::operator=(secret_text&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

secret_text secret_text::copy() const { return secret_text{std::string{reveal()}}; }

bool secret_text::equals(std::string_view other) const noexcept {
  return size_ == other.size() && (size_ == 0 || sodium_memcmp(bytes_.get(), other.data(), size_) == 0);
}

void secret_text::wipe() noexcept {
  if (bytes_) sodium_memzero(bytes_.get(), size_);
  bytes_.reset();
  size_ = 0;
}

}  // namespace bulkhead
