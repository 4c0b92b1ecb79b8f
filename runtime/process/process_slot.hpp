#pragma once
// The place where one process of a kind runs: at most one at any time, whoever asks for how many. A replacement is
// started only after the one before it is killed and reaped. All that blocks (starting, waiting, reading, writing)
// happens on the slot's own thread, which is also the process's parent for the kernel; the calls here never wait, but
// for close(). Thread-safe.
#include "runtime/process/child.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bulkhead::process {

struct slot_settings {
  std::chrono::milliseconds start_timeout{10'000};  ///< from the start to the first heartbeat
  std::chrono::milliseconds tick{200};              ///< how often the heartbeat is looked at
  std::chrono::milliseconds silence{2'000};         ///< without a heartbeat: it is killed
  std::size_t most_queued = 256UL * 1024 * 1024;    ///< bytes that wait for the process to read them
};

/// Called on the slot's thread.
struct slot_hooks {
  std::function<void()> before_start = [] {};
  /// What the process may still do is over: before the signal is sent.
  std::function<void()> before_kill = [] {};
  /// Counts up while the process is well; 0: it has not begun.
  std::function<std::uint64_t()> heartbeat = [] { return std::uint64_t{0}; };
};

/// Of one started process; called on the slot's thread.
struct slot_listener {
  /// Whether more may be read from the process now.
  std::function<bool()> ready = [] { return true; };
  /// A throw ends the process, with the exception's text as the reason.
  std::function<void(std::string_view bytes)> received = [](std::string_view) {};
  /// Once: it has ended and is reaped, or could not be started.
  std::function<void(const std::string& reason)> ended = [](const std::string&) {};
};

class process_slot {
 public:
  process_slot(slot_settings settings, slot_hooks hooks);
  process_slot(const process_slot&) = delete;
  process_slot& operator=(const process_slot&) = delete;
  /// Does not wait: the thread kills and reaps what runs, then ends.
  ~process_slot();

  /// Starts a process once the slot is free; ends the one that is in it. The ticket names it in the other calls, which
  /// do nothing for any but the newest. A start that a newer one overtakes is ended with that reason.
  std::uint64_t start(launch how, slot_listener listener);
  /// Queues bytes for it. False: it is not the newest, or more than most_queued would wait; then it is ended.
  bool send(std::uint64_t ticket, std::string bytes);
  void end(std::uint64_t ticket, std::string reason);
  /// Bytes that wait to be read, at most so far.
  [[nodiscard]] std::size_t most_queued() const;
  /// Process id; 0: none runs.
  [[nodiscard]] pid_t pid() const;
  /// For drills. False: none runs.
  bool signal(int number) const;
  /// Kills, reaps and waits for the thread, five seconds at most. False: the process could not be ended in that time.
  bool close();

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace bulkhead::process
