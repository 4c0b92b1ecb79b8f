#pragma once
// A process's end of its link to the node: reads and writes on a thread of its own, so that no other thread ever waits
// for the node. Thread-safe.
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace bulkhead::process {

class link_port {
 public:
  /// Both are called on the port's thread. A throw in `received`, the end of the link and more than `most_queued` bytes
  /// that the node does not read all end in `closed`, once, with the reason.
  link_port(int fd, std::function<void(std::string_view)> received, std::function<void(const std::string&)> closed,
            std::size_t most_queued = 64UL * 1024 * 1024);
  link_port(const link_port&) = delete;
  link_port& operator=(const link_port&) = delete;
  ~link_port();

  /// Queues; what is sent after the end of the link goes nowhere.
  void send(std::string bytes);
  /// Waits until all that was queued is with the kernel. False: not within `patience`.
  bool flush(std::chrono::milliseconds patience);

 private:
  void loop();
  void read() const;
  bool write();
  void wake() const;

  const int fd_;
  const int wake_fd_;
  const std::size_t most_queued_;
  std::function<void(std::string_view)> received_;
  std::function<void(const std::string&)> closed_;
  std::mutex guard_;
  std::condition_variable empty_;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0;
  std::size_t sent_ = 0;  ///< of the first
  bool stopping_ = false;
  bool overflow_ = false;
  std::thread thread_;
};

}  // namespace bulkhead::process
