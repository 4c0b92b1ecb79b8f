#pragma once
// Dead letters as records of "<topic>.dlq": the original's bytes and key as they were, what is known about it in
// headers: topic, partition, offset, reason, error, attempts, time (ISO 8601, wall time), and the original's own
// headers under "original-". The same for every topic.
#include "runtime/domain/time.hpp"
#include "runtime/kafka/record.hpp"
#include "runtime/ports/inbox.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::topics {

/// Of a record that was put back: "<topic>-<partition>-<offset>" of the original.
inline constexpr std::string_view replayed_from_header = "replayed-from";
/// Of a letter whose original no record has room for: its size in bytes; the letter has only its beginning.
inline constexpr std::string_view truncated_header = "truncated";

[[nodiscard]] kafka::record to_dlq_record(const dead_letter& letter, timestamp now);
/// The same letter with only so many of the original's first bytes, and without a key and headers larger than that.
[[nodiscard]] kafka::record truncated_to(kafka::record letter, std::size_t bytes);

/// A letter as it is found in a topic.
struct found_letter {
  dead_letter letter;
  std::string time;  ///< ISO 8601
  std::optional<std::string> truncated;
  std::int32_t partition = 0;  ///< where the letter itself is
  std::int64_t offset = 0;

  /// "<topic>-<partition>-<offset>" of the original: what a letter that was written twice has in common.
  [[nodiscard]] std::string id() const;
};

/// nullopt: not written by to_dlq_record.
[[nodiscard]] std::optional<found_letter> read_dlq_record(const kafka::record& r);

/// The original, to be put back where it came from, with its own key and headers.
[[nodiscard]] kafka::record original_of(const found_letter& found);

}  // namespace bulkhead::topics
