#pragma once
// An entry of a journal's log as a Kafka record: the event's payload is the value, everything else lies in headers.
#include "runtime/journal/log_fold.hpp"
#include "runtime/kafka/record.hpp"

#include <optional>

namespace bulkhead {

/// Topic and partition are the caller's.
[[nodiscard]] kafka::record record_of(log_entry e);
/// nullopt: no record of a journal, or one of a kind that this version does not know.
[[nodiscard]] std::optional<log_entry> entry_of(kafka::record&& r);

/// The whole of `text` as a number.
[[nodiscard]] std::optional<std::uint64_t> number_of(const std::string* text);

}  // namespace bulkhead
