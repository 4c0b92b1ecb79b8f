#pragma once
// One child process: started with nothing but its end of a socket pair and a shared page, watched, ended and reaped.
// The caller's thread is its parent for the kernel: a child that asked for it dies with that thread. One owner, one
// thread; wait() and the destructor block.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/types.h>

namespace bulkhead::process {

struct launch {
  std::string executable = "/proc/self/exe";
  std::vector<std::string> arguments;    ///< without argv[0]
  std::vector<std::string> environment;  ///< "NAME=value", all of it
  int page = -1;                         ///< descriptor that the child gets as page_fd
};

class child {
 public:
  /// Where the child finds its end of the link and the page.
  static constexpr int link_fd = 3;
  static constexpr int page_fd = 4;

  /// In a process group of its own, standard input empty, standard output going to standard error, default signal
  /// handling, no other descriptor. Throws std::system_error that names the executable.
  explicit child(const launch& how);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  /// Kills and reaps what still runs.
  ~child();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Our end: non-blocking.
  [[nodiscard]] int link() const noexcept { return link_; }
  /// Readable once the process has ended.
  [[nodiscard]] int end_fd() const noexcept { return pidfd_; }
  /// How it ended, once it has; reaps it then. Notes stops and continues on the way. Does not block.
  [[nodiscard]] std::optional<std::string> ended();
  /// The signal that stopped it; 0: it is not stopped.
  [[nodiscard]] int stopped_by() const noexcept { return stopped_by_; }
  /// SIGKILL to its whole group; not yet reaped.
  void kill() const noexcept;
  void signal(int number) const noexcept;
  /// Waits for the end. False: not within `patience`.
  bool wait(std::chrono::milliseconds patience);

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int link_ = -1;
  int stopped_by_ = 0;
  std::optional<std::string> end_;
};

}  // namespace bulkhead::process
