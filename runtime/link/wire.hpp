#pragma once
// Values to and from the bytes of the link between a node and a broker's process: little-endian integers of a fixed
// width, texts and lists with their length ahead of them. Both directions run the same list of fields: a struct names
// its fields once, in link_codec.cpp, and writer and reader take them in that order.
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bulkhead::link {

/// A message that is not what the protocol says: names the message, the byte and what is wrong.
class link_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class wire_writer {
 public:
  template <class T>
  requires std::is_integral_v<T>
  void operator()(const T& value) {
    const auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i) out_.push_back(static_cast<char>((bits >> (8 * i)) & 0xFFU));
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }
  /// `last`: the highest value that the enumeration has.
  template <class E>
  void choice(const E& value, E /*last*/) {
    (*this)(static_cast<std::uint8_t>(value));
  }
  template <class T, class Each>
  void list(const std::vector<T>& items, Each each) {
    (*this)(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) each(item);
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class wire_reader {
 public:
  /// `what` names the message in errors. Reads `bytes` from the start; both outlive the reader.
  wire_reader(std::string_view what, std::string_view bytes) : what_(what), bytes_(bytes) {}

  template <class T>
  requires std::is_integral_v<T>
  void operator()(T& value) {
    need(sizeof(T));
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[at_ + i])) << (8 * i);
    }
    if constexpr (std::is_same_v<T, bool>) {
      if (bits > 1) refuse("true or false");
    }
    value = static_cast<T>(bits);
    at_ += sizeof(T);
  }
  void operator()(std::string& text) {
    std::uint32_t length = 0;
    (*this)(length);
    need(length);
    text.assign(bytes_.substr(at_, length));
    at_ += length;
  }
  template <class E>
  void choice(E& value, E last) {
    std::uint8_t number = 0;
    (*this)(number);
    if (number > static_cast<std::uint8_t>(last)) refuse("a value that is known");
    value = static_cast<E>(number);
  }
  template <class T, class Each>
  void list(std::vector<T>& items, Each each) {
    std::uint32_t count = 0;
    (*this)(count);
    need(count);  // every item has a byte at least: a false count asks for no memory
    items.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      items.emplace_back();
      each(items.back());
    }
  }

  /// Throws unless every byte was read.
  void end() const;
  /// Throws with the place where the reader stands.
  [[noreturn]] void refuse(std::string_view allowed) const;

 private:
  void need(std::size_t count) const;

  std::string_view what_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace bulkhead::link
