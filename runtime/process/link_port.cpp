#include "runtime/process/link_port.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bulkhead::process {

link_port::link_port(int fd, std::function<void(std::string_view)> received,
                     std::function<void(const std::string&)> closed, std::size_t most_queued)
    : fd_(fd),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      most_queued_(most_queued),
      received_(std::move(received)),
      closed_(std::move(closed)) {
  if (wake_fd_ < 0 || ::fcntl(fd_, F_SETFL, O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::system_category(), "the link that the node gave");
  }
  ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
  thread_ = std::thread{[this] { loop(); }};
}

link_port::~link_port() {
  {
    const std::scoped_lock lock{guard_};
    stopping_ = true;
  }
  wake();
  thread_.join();
  ::close(wake_fd_);
}

void link_port::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

void link_port::send(std::string bytes) {
  {
    const std::scoped_lock lock{guard_};
    if (queued_ + bytes.size() > most_queued_) {
      overflow_ = true;
    } else {
      queued_ += bytes.size();
      queue_.push_back(std::move(bytes));
    }
  }
  wake();
}

bool link_port::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock{guard_};
  return empty_.wait_for(lock, patience, [this] { return queue_.empty(); });
}

void link_port::read() const {
  std::array<char, 64UL * 1024> buffer;
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) throw std::runtime_error("the node is gone");
  received_({buffer.data(), static_cast<std::size_t>(got)});
}

/// True: more waits for room.
bool link_port::write() {
  const std::scoped_lock lock{guard_};
  if (overflow_) throw std::runtime_error(fmt::format("the node does not read: {} bytes wait for it", queued_));
  while (!queue_.empty()) {
    const std::string& first = queue_.front();
    const ssize_t put = ::send(fd_, first.data() + sent_, first.size() - sent_, MSG_NOSIGNAL);
    if (put < 0) {
      if (errno == EAGAIN || errno == EINTR) return true;
      throw std::runtime_error("the node is gone");
    }
    sent_ += static_cast<std::size_t>(put);
    if (sent_ < first.size()) return true;
    queued_ -= first.size();
    queue_.pop_front();
    sent_ = 0;
  }
  empty_.notify_all();
  return false;
}

void link_port::loop() {
  try {
    for (;;) {
      const bool more = write();
      {
        const std::scoped_lock lock{guard_};
        if (stopping_) return;
      }
      std::array<pollfd, 2> fds{{{wake_fd_, POLLIN, 0}, {fd_, static_cast<short>(POLLIN | (more ? POLLOUT : 0)), 0}}};
      ::poll(fds.data(), fds.size(), -1);
      std::uint64_t count = 0;
      [[maybe_unused]] const auto taken = ::read(wake_fd_, &count, sizeof count);
      if ((fds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) read();
    }
  } catch (const std::exception& e) {
    closed_(e.what());
  }
}

}  // namespace bulkhead::process
