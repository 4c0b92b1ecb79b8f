#pragma once
// Strict reading of one JSON object. Every accessor refuses what it does not find as it must be, with a codec_error
// that names the key, what was found and what is allowed. Unknown keys are ignored.
#include "runtime/domain/event_codec.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace bulkhead {

/// Parses text whole; refuses malformed JSON, a key given twice in one object, and nesting deeper than any record has.
[[nodiscard]] nlohmann::json parse_strict(std::string_view text);

/// A view: the object must outlive it.
class json_fields {
 public:
  /// `path` is the object's dotted key, for the errors; empty: the whole text.
  json_fields(const nlohmann::json& object, std::string path);

  [[nodiscard]] bool has(const char* key) const { return object_->contains(key); }
  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] std::string name(const char* key) const;  ///< text, not empty
  [[nodiscard]] bool flag(const char* key) const;
  [[nodiscard]] std::int64_t integer(const char* key, std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                                     std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] std::uint64_t natural(const char* key) const;  ///< 0 to 2^64 - 1
  [[nodiscard]] money amount(const char* key) const;
  [[nodiscard]] price positive_price(const char* key) const;
  [[nodiscard]] price price_or_zero(const char* key) const;  ///< 0: there was no price yet
  [[nodiscard]] timestamp time(const char* key) const;
  [[nodiscard]] instrument_id instrument(const char* key, const instrument_table& instruments) const;
  [[nodiscard]] json_fields object(const char* key) const;
  [[nodiscard]] std::vector<json_fields> objects(const char* key) const;
  [[nodiscard]] std::vector<std::string> names(const char* key) const;

  /// The one of `allowed` whose to_string is the text under `key`.
  template <class E>
  [[nodiscard]] E one_of(const char* key, std::span<const E> allowed) const {
    const std::string given = text(key);
    const auto it = std::ranges::find_if(allowed, [&given](E e) { return to_string(e) == given; });
    if (it != allowed.end()) return *it;
    std::string list;
    for (const E e : allowed) list.append(list.empty() ? "" : ", ").append(to_string(e));
    refuse(key, list);
  }

  [[noreturn]] void refuse(const char* key, std::string_view allowed) const;

 private:
  [[nodiscard]] const nlohmann::json& at(const char* key, std::string_view allowed) const;
  [[nodiscard]] std::string full(const char* key) const { return path_.empty() ? key : path_ + "." + key; }

  const nlohmann::json* object_;
  std::string path_;
};

}  // namespace bulkhead
