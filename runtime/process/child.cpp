#include "runtime/process/child.hpp"

#include "runtime/process/exit_text.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bulkhead::process {
namespace {

/// Above the numbers that the child finds its descriptors under, so that placing one overwrites no other.
constexpr int out_of_the_way = 10;

struct spawn_plan {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  spawn_plan() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;
  ~spawn_plan() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
};

void plan_files(spawn_plan& plan, int link, int page) {
  ::posix_spawn_file_actions_addopen(&plan.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&plan.files, STDERR_FILENO, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&plan.files, link, child::link_fd);
  if (page >= 0) ::posix_spawn_file_actions_adddup2(&plan.files, page, child::page_fd);
  ::posix_spawn_file_actions_addclosefrom_np(&plan.files, page >= 0 ? child::page_fd + 1 : child::page_fd);
}

void plan_signals(spawn_plan& plan) {
  sigset_t none{};
  sigset_t all{};
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&plan.attributes, &none);
  ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
  // A Ctrl-C on the terminal is the node's to hand on.
  ::posix_spawnattr_setpgroup(&plan.attributes, 0);
  ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

int moved_up(int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, out_of_the_way); }

}  // namespace

child::child(const launch& how) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::system_category(), "socketpair");
  }
  link_ = ends[0];
  ::fcntl(link_, F_SETFL, O_NONBLOCK);
  const int theirs = moved_up(ends[1]);
  const int page = how.page < 0 ? -1 : moved_up(how.page);
  ::close(ends[1]);
  spawn_plan plan;
  plan_files(plan, theirs, page);
  plan_signals(plan);
  std::vector<std::string> arguments{how.executable};
  arguments.insert(arguments.end(), how.arguments.begin(), how.arguments.end());
  std::vector<std::string> environment = how.environment;
  const int error = ::posix_spawn(&pid_, how.executable.c_str(), &plan.files, &plan.attributes,
                                  pointers(arguments).data(), pointers(environment).data());
  ::close(theirs);
  if (page >= 0) ::close(page);
  if (error != 0) {
    ::close(link_);
    throw std::system_error(error, std::system_category(), how.executable);
  }
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

child::~child() {
  if (!end_) {
    kill();
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
  }
  if (pidfd_ >= 0) ::close(pidfd_);
  if (link_ >= 0) ::close(link_);
}

std::optional<std::string> child::ended() {
  while (!end_) {
    siginfo_t info{};
    const int got = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG);
    if (got != 0) {
      if (errno == EINTR) continue;
      end_ = "reaped by somebody else";
    } else if (info.si_pid == 0) {
      return std::nullopt;
    } else if (info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED) {
      stopped_by_ = info.si_status;
    } else if (info.si_code == CLD_CONTINUED) {
      stopped_by_ = 0;
    } else {
      end_ = exit_text(info);
    }
  }
  return end_;
}

void child::signal(int number) const noexcept {
  if (!end_) ::kill(pid_, number);
}

void child::kill() const noexcept {
  if (end_) return;  // reaped: the number may be somebody else's by now
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
}

bool child::wait(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!ended()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd one{pidfd_, POLLIN, 0};
    // Without a pidfd (an old kernel) a short sleep does as well.
    ::poll(pidfd_ >= 0 ? &one : nullptr, pidfd_ >= 0 ? 1 : 0, static_cast<int>(std::min<long>(left.count(), 50)));
  }
  return true;
}

}  // namespace bulkhead::process
