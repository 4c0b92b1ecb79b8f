#pragma once
// Reads one or more partitions by manual assignment: no group protocol, so no consumer's restart disturbs another.
// Not thread-safe: one owner. Offsets are kept by whoever acts on the records; what is committed only serves displays
// of lag, unless the caller says otherwise.
#include "runtime/kafka/connection.hpp"
#include "runtime/kafka/record.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::kafka {

struct position {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;  ///< of the next record to read
  std::string metadata;     ///< committed with it
};

/// First offset that is there, and the one after the last.
struct watermarks {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// One answer of poll().
struct polled {
  enum class what : std::uint8_t {
    nothing,  ///< the time is over
    record,
    end,      ///< the partition's end was reached; more may come
    trouble,  ///< servers are away; librdkafka tries again by itself
    failed,   ///< an offset that is not there (auto.offset.reset=error), no right, no such topic: `text` says it
  };
  what kind = what::nothing;
  kafka::record record;  ///< failed: only topic and partition
  std::string text;
  bool is_gone = false;  ///< failed: the next offset of that partition is not there (any more)
};

class consumer {
 public:
  /// `group`: whose offsets commit() and committed() speak of; empty: none.
  consumer(const connection& c, const std::string& group, const options& more = {});
  consumer(const consumer&) = delete;
  consumer& operator=(const consumer&) = delete;
  ~consumer();

  /// Reads these and nothing else from now on.
  void assign(const std::vector<position>& from);
  polled poll(std::chrono::milliseconds timeout);

  /// How many partitions the topic has, asked of the server. Throws `error`: also for a topic that does not exist.
  [[nodiscard]] std::int32_t partitions(const std::string& topic, std::chrono::milliseconds timeout);
  /// Asked of the server. Throws `error`.
  [[nodiscard]] watermarks ends(const std::string& topic, std::int32_t partition, std::chrono::milliseconds timeout);
  /// Keeps positions for this consumer's group, at the server. Throws `error`.
  void commit(const std::vector<position>& positions);
  /// nullopt: none is kept. Throws `error`.
  [[nodiscard]] std::optional<position> committed(const std::string& topic, std::int32_t partition,
                                                  std::chrono::milliseconds timeout);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Every record of one partition from `from` up to the end that the server names at the call, in order, until `fn`
/// returns false. `timeout`: without a record, then it throws. Returns the offset after the last one given.
/// Throws `error`.
std::int64_t read_partition(const connection& c, const std::string& topic, std::int32_t partition, std::int64_t from,
                            std::chrono::milliseconds timeout, const std::function<bool(record&&)>& fn);

}  // namespace bulkhead::kafka
