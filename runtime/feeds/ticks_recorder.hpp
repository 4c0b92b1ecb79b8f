#pragma once
// Writes the frames of a feed to a file as market.ticks lines, to be replayed frame for frame (feed.kind: ticks).
#include "runtime/feeds/market_ticks_codec.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace bulkhead {

/// Blocking file access; one owner, one thread. Nothing is synced to disk: a recording is a copy, no journal.
class ticks_recorder {
 public:
  /// Goes on after the last whole line of the file, or begins a new one. A line that a crash cut off is cut away.
  /// Throws std::runtime_error when the file cannot be written or its last line is no record of these instruments.
  /// Keeps a reference to `instruments`.
  ticks_recorder(std::filesystem::path file, const instrument_table& instruments);

  /// Appends the frames and hands them to the operating system; ones that are in the file already (seq) are left out,
  /// so a feed that was restarted may send them again. Throws std::runtime_error when the file cannot be written.
  void append(const frame_batch& frames);

  /// Of the newest frame in the file; 0: none.
  [[nodiscard]] feed_seq last_seq() const noexcept { return last_seq_; }

 private:
  void take_up();

  std::filesystem::path file_;
  market_ticks_codec codec_;
  std::ofstream out_;
  feed_seq last_seq_ = 0;
};

}  // namespace bulkhead
