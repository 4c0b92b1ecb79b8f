#pragma once
// The folder of a node's journals and views: one node at a time, and one feed for all runs that resume each other.
#include "config/settings.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace bulkhead::app {

/// Holds the folder for this process. Freed on destruction, and by the system when the process dies.
class data_dir_lock {
 public:
  data_dir_lock() = default;
  data_dir_lock(const data_dir_lock&) = delete;
  data_dir_lock& operator=(const data_dir_lock&) = delete;
  ~data_dir_lock();

  /// Makes the folder if needed. Empty text, or why not: another node, no permission.
  [[nodiscard]] std::string take(const std::filesystem::path& dir);

 private:
  int fd_ = -1;
};

/// Holds one broker's files for this process, which alone writes them.
class broker_lock {
 public:
  broker_lock() = default;
  broker_lock(const broker_lock&) = delete;
  broker_lock& operator=(const broker_lock&) = delete;
  ~broker_lock();

  /// Waits up to `patience` for the owner before: a process whose node was killed needs a moment to end. Empty text, or
  /// why not.
  [[nodiscard]] std::string take(const std::filesystem::path& dir, const broker_id& broker,
                                 std::chrono::milliseconds patience);

 private:
  int fd_ = -1;
};

/// Names the run that this folder was begun with: drawn at its first start, gone with --fresh. Empty: not begun, or by
/// an older version.
[[nodiscard]] std::string run_id(const config::settings& s);
/// Names the journals of this run for what is kept beside them: views and positions of others are not theirs.
[[nodiscard]] std::string journals_name(const config::settings& s);

enum class start_mode { plain, resume, fresh };

/// Checks that this start fits what the folder holds and writes down the feed's fingerprint on the first start. `fresh`
/// moves journals and views of earlier runs into a numbered sub-folder. Empty text, or what is wrong and what to do.
[[nodiscard]] std::string prepare_data_dir(const config::settings& s, start_mode mode,
                                           const std::string& feed_fingerprint);

}  // namespace bulkhead::app
