#pragma once
// Writes JSON text straight into a string: no tree in between. The caller names the keys of an object in sorted order;
// then the text is byte for byte what nlohmann::json dumps without spaces.
#include "runtime/domain/money.hpp"
#include "runtime/domain/time.hpp"

#include <charconv>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace bulkhead {

/// One object at a time, opened by the constructor and closed by take().
class json_text {
 public:
  json_text() { out_.reserve(512); }

  /// Bytes that are not UTF-8 become U+FFFD.
  void text(std::string_view key, std::string_view value);
  void flag(std::string_view key, bool value);
  void amount(std::string_view key, money value) { text(key, to_string(value)); }
  void amount(std::string_view key, price value) { text(key, to_string(value)); }
  void time(std::string_view key, timestamp value) { text(key, to_iso_ist(value)); }

  template <std::integral T>
  void number(std::string_view key, T value) {
    char digits[std::numeric_limits<T>::digits10 + 2];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
    name(key);
    out_.append(std::begin(digits), end);
  }

  /// `fill` writes the fields of the object under `key`.
  template <class Fill>
  void object(std::string_view key, const Fill& fill) {
    name(key);
    out_ += '{';
    fill();
    out_ += '}';
  }
  /// One object per row; `fill` is given the row.
  template <class Rows, class Fill>
  void objects(std::string_view key, const Rows& rows, const Fill& fill) {
    name(key);
    out_ += '[';
    for (const auto& row : rows) {
      separate();
      out_ += '{';
      fill(row);
      out_ += '}';
    }
    out_ += ']';
  }

  /// The whole text; the writer is spent.
  [[nodiscard]] std::string take() {
    out_ += '}';
    return std::move(out_);
  }

 private:
  void separate() {
    if (out_.back() != '{' && out_.back() != '[') out_ += ',';
  }
  void name(std::string_view key);

  std::string out_ = "{";
};

}  // namespace bulkhead
