#pragma once
// What a Redis server answers, as a value; and the reader that makes it of bytes, whatever bytes come.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace bulkhead::redis {

struct reply {
  enum class kind : std::uint8_t { nil, text, status, error, integer, array };

  kind type = kind::nil;
  std::string text;  ///< of text, status and error
  std::int64_t integer = 0;
  std::vector<reply> elements;  ///< of array

  [[nodiscard]] bool is_error() const noexcept { return type == kind::error; }
  [[nodiscard]] bool is_nil() const noexcept { return type == kind::nil; }
};

/// The bytes are no answer of a Redis server.
class protocol_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// hiredis' parser. One thread.
class reply_reader {
 public:
  reply_reader();

  /// Throws protocol_error where one reply grows beyond `most_bytes`.
  void feed(std::string_view bytes);
  /// The next whole reply; none: more bytes are needed. Throws protocol_error.
  [[nodiscard]] std::optional<reply> next();
  /// Bytes that belong to no reply yet.
  [[nodiscard]] bool has_rest() const noexcept;

  static constexpr std::size_t most_bytes = 64U << 20U;  ///< of one reply: no view is near that
  static constexpr int most_elements = 1 << 20;          ///< of one array

 private:
  struct closer {
    void operator()(redisReader* r) const noexcept;
  };
  std::unique_ptr<redisReader, closer> reader_;
  std::size_t fed_ = 0;  ///< since the last whole reply
};

}  // namespace bulkhead::redis
