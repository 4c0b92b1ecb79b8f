#pragma once
// One Kafka record, in and out.
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::kafka {

struct header {
  std::string name;
  std::string value;
};

struct record {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = -1;          ///< given by the server
  std::int64_t timestamp_ms = 0;     ///< 0 when sending: now
  std::optional<std::string> key;    ///< any bytes
  std::optional<std::string> value;  ///< any bytes; nullopt: a tombstone
  std::vector<header> headers;

  /// Of the last header of that name; nullptr: none.
  [[nodiscard]] const std::string* find(std::string_view name) const {
    for (const header& h : std::views::reverse(headers)) {
      if (h.name == name) return &h.value;
    }
    return nullptr;
  }
};

}  // namespace bulkhead::kafka
