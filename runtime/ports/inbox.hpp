#pragma once
// A broker's inbox: records that anybody may have written to one topic, and where those go that nobody can act on.
// Asynchronous; every call returns at once and answers through its callback, on the backend's own thread.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

struct inbox_header {
  std::string name;
  std::string value;  ///< any bytes
};

struct inbox_record {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::optional<std::string> key;    ///< any bytes
  std::optional<std::string> value;  ///< any bytes; nullopt: a tombstone
  std::vector<inbox_header> headers;

  [[nodiscard]] bool has_header(std::string_view name) const {
    for (const inbox_header& h : headers) {
      if (h.name == name) return true;
    }
    return false;
  }
};

/// What a record takes of what allow() gave: 1, and 1 for each 64 KiB, so that the allowance bounds bytes as well.
[[nodiscard]] inline std::size_t weight_of(const inbox_record& r) {
  std::size_t bytes = (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0);
  for (const inbox_header& h : r.headers) bytes += h.name.size() + h.value.size();
  return 1 + bytes / 65'536;
}

/// On every record that a node publishes from a journal: the event's seq. Such a record is no input.
inline constexpr std::string_view own_record_header = "bulkhead-seq";

/// A record that is put aside: the original, whole, and why.
struct dead_letter {
  inbox_record original;
  std::string reason;  ///< undecodable, too_large, wrong_broker, unknown_type, unknown_version, handler_failed
  std::string error;   ///< for people
  std::uint32_t attempts = 1;
};

/// Where reading goes on although nobody asked for it: the record that comes next is gone, or a partition is new.
struct inbox_move {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string reason;
};

struct inbox_listener {
  std::function<void(std::vector<inbox_record>)> records;  ///< in order within a partition; at most as many as allowed
  std::function<void(inbox_move)> moved;                   ///< before the first record from there
  std::function<void(std::string)> noted;                  ///< for the operator: where reading begins
  std::function<void(std::string)> trouble;  ///< why nothing comes; empty: it works again. It goes on by itself.
};

class inbox {
 public:
  virtual ~inbox() = default;

  /// Reads from these positions on, by partition. Without any, reading begins where the end was as this journal's inbox
  /// was opened first: what was there before is not for us. Nothing comes before allow(). Replaces an earlier call: its
  /// listener hears nothing more.
  virtual void open(std::map<std::int32_t, std::int64_t> positions, inbox_listener listener) = 0;
  /// Records of so much more weight may come; the last one may pass it.
  virtual void allow(std::size_t weight) = 0;
  /// Keeps the letter. `done`: kept for good, or why not; then it may be there all the same.
  virtual void bury(dead_letter letter, std::function<void(std::string error)> done) = 0;
};

}  // namespace bulkhead
