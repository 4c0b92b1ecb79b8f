#pragma once
// The frames of a live feed in a file, so that they can be read again: by a consumer that restarts, by a node that
// resumes, by a replay.
//
// A frame is in the operating system's hands before anybody sees it, and on the disk with the next sync(). Where the
// machine itself goes down, the frames since the last sync are lost; their seq are not given to other frames: the file
// says ahead of time how far seq may be in use, and what is missing up to there becomes clock frames without ticks.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bulkhead {

class frame_log_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct frame_log_settings {
  std::filesystem::path file;
  std::string boot;              ///< names the machine's run; another one than the file's: the machine went down
  std::uint64_t promise = 4096;  ///< frames whose seq are promised ahead; also the most that a crash turns into clocks
  timestamp now;                 ///< of those clock frames, at least
};

/// Of the machine's present run: Linux's boot id.
[[nodiscard]] std::string this_boot();

/// One thread appends; any thread reads, syncs and listens. Keeps a reference to `instruments`.
class frame_log {
 public:
  enum class access : std::uint8_t { append, read_only };

  /// Opens the file, or makes it (append). What a crash cut off at its end is cut away, or left out where it is only
  /// read. Throws frame_log_error: it cannot be opened, is none, is damaged before its end, or names an instrument that
  /// is not known.
  frame_log(frame_log_settings settings, const instrument_table& instruments, access how = access::append);
  ~frame_log();
  frame_log(const frame_log&) = delete;
  frame_log& operator=(const frame_log&) = delete;

  /// The next seq's frame; `ts` not before last_ts(). Throws frame_log_error where the file cannot take it: the log is
  /// then as before.
  feed_seq append(timestamp ts, frame_kind kind, std::span<const tick> ticks);
  /// What was appended reaches the disk. Blocks. Throws frame_log_error.
  void sync();

  [[nodiscard]] feed_seq size() const;
  [[nodiscard]] timestamp last_ts() const;
  /// Of an earlier run: lost with the machine, and now clock frames.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

  /// A place in the file, for reading on.
  struct place {
    feed_seq next = 1;
    std::uint64_t offset = 0;
    std::string bytes;             ///< read ahead
    std::uint64_t bytes_from = 0;  ///< offset of the first of them
  };
  [[nodiscard]] place find(feed_seq seq) const;
  /// Appends the frame at the place and moves on; false: it is not there yet. Throws frame_log_error.
  bool read(place& at, frame_batch& out) const;

  /// `told` is called after every append, on the appending thread; it must not block. The number is for forget().
  std::uint64_t listen(std::function<void()> told);
  void forget(std::uint64_t listener);

 private:
  void open();
  void load();
  void take(const std::string& record, std::uint64_t offset);
  void add_key(const std::string& key);
  void replace_lost();
  [[nodiscard]] std::uint32_t number_of(instrument_id id);
  void write_keys();
  [[nodiscard]] std::uint64_t end() const;
  void write(const std::string& bytes);
  void finish();
  void make_promise();
  [[nodiscard]] std::string_view bytes_at(place& at, std::size_t size, std::uint64_t end) const;
  [[noreturn]] void fail(const std::string& what) const;

  static constexpr feed_seq index_every = 64;

  const frame_log_settings settings_;
  const instrument_table* instruments_;
  const access access_;
  int fd_ = -1;
  std::uint64_t lost_ = 0;
  std::uint64_t promised_ = 0;                                ///< the appending thread's
  std::string promised_by_;                                   ///< boot
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;  ///< instrument index -> number; the appending thread's
  std::vector<instrument_id> unwritten_keys_;                 ///< likewise
  std::string buffer_;                                        ///< likewise
  mutable std::mutex guard_;                                  ///< of what follows
  std::uint64_t end_ = 0;                                     ///< offset after the last whole record
  feed_seq size_ = 0;
  timestamp last_ts_;
  std::vector<instrument_id> keys_;   ///< by number
  std::vector<std::uint64_t> index_;  ///< offsets of the frames 1, 65, 129, ...
  std::mutex listeners_guard_;
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t next_listener_ = 1;
};

}  // namespace bulkhead
