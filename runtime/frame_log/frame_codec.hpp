#pragma once
// The records of a frame log as bytes. Pure.
//
// A record is u32 length, u32 CRC-32C of the payload, payload; both little-endian. A payload begins with its type: a
// key (the next instrument's, numbered from 0 in order), a promise (of seq that are used up from now on), or a frame.
// Numbers are LEB128, signed ones zigzag.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bulkhead {

struct key_record {
  std::string key;
};
struct promise_record {
  feed_seq through = 0;  ///< no other frame than this log's may ever have a seq up to here
  std::string boot;      ///< of the machine's run that wrote it: what it wrote is there while that lasts
};
/// Its ticks name instruments by the number of their key.
struct frame_record {
  feed_seq seq = 0;
  timestamp ts;
  frame_kind kind = frame_kind::ticks;
  std::vector<tick> ticks;
};
using log_record = std::variant<key_record, promise_record, frame_record>;

constexpr std::size_t record_head_bytes = 8;
constexpr std::size_t max_record_bytes = 16UL * 1024 * 1024;

void append_record(std::string& out, const key_record& r);
void append_record(std::string& out, const promise_record& r);
void append_record(std::string& out, const frame_record& r);

/// Whole length, head included, of the record that these bytes begin with; 0: no whole one, or none at all.
[[nodiscard]] std::size_t whole_record(std::string_view bytes);
/// nullopt: not as it was written.
[[nodiscard]] std::optional<log_record> read_record(std::string_view record);

}  // namespace bulkhead
