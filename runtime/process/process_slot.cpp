#include "runtime/process/process_slot.hpp"

#include "runtime/process/exit_text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bulkhead::process {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds close_patience{5'000};
/// A process that closed its link has so long to end by itself.
constexpr milliseconds farewell{1'000};

struct wanted_start {
  std::uint64_t ticket = 0;
  launch how;
  slot_listener listener;
};

}  // namespace

struct process_slot::impl {
  impl(slot_settings s, slot_hooks h)
      : settings(s), hooks(std::move(h)), wake_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (wake_fd < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;
  ~impl() { ::close(wake_fd); }

  // Any thread.
  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_fd, &one, sizeof one);
  }

  // The slot's thread.
  void loop();
  void take_orders();
  void launch_wanted();
  void wait_for_news();
  /// `last_words`: it has ended, and there is no more than a socket holds: read whoever is ready or not.
  void read_link(bool last_words = false);
  void write_link();
  void watch();
  void kill_now(const std::string& why);
  void finished(const std::string& how);

  const slot_settings settings;
  const slot_hooks hooks;
  const int wake_fd;

  mutable std::mutex guard;  ///< of what follows
  std::condition_variable over;
  std::uint64_t newest = 0;
  std::optional<wanted_start> wanted;
  std::deque<wanted_start> overtaken;
  std::optional<std::string> end_reason;  ///< of the newest
  std::deque<std::string> outbox;         ///< for the newest
  std::size_t queued = 0;
  std::size_t peak = 0;
  pid_t pid = 0;
  int drill = 0;  ///< signal to send; 0: none
  bool closing = false;
  bool done = false;

  // The slot's thread alone.
  std::unique_ptr<child> process;
  wanted_start running;
  std::deque<std::string> sending;
  std::size_t sent = 0;  ///< of the first of `sending`
  bool link_open = false;
  std::string why;  ///< it was killed; empty: it was not
  std::uint64_t beat = 0;
  milliseconds silent{0};
  clock::time_point looked{};
  clock::time_point started{};
  clock::time_point left{};  ///< when it closed the link
};

void process_slot::impl::loop() {
  for (;;) {
    take_orders();
    {
      const std::scoped_lock lock{guard};
      if (closing && !process) break;
    }
    if (!process) launch_wanted();
    wait_for_news();
    if (!process) continue;
    read_link();
    write_link();
    watch();
  }
  const std::scoped_lock lock{guard};
  done = true;
  over.notify_all();
}

void process_slot::impl::take_orders() {
  std::deque<wanted_start> late;
  std::string kill_for;
  int signal = 0;
  {
    const std::scoped_lock lock{guard};
    late.swap(overtaken);
    signal = std::exchange(drill, 0);
    if (closing && wanted) {
      late.push_back(std::move(*wanted));
      wanted.reset();
    }
    if (process && closing) kill_for = "ended with the node";
    if (process && running.ticket != newest) kill_for = "replaced";
    if (process && running.ticket == newest && end_reason) kill_for = *end_reason;
    if (process && running.ticket == newest) {
      std::ranges::move(outbox, std::back_inserter(sending));
      outbox.clear();
    }
  }
  if (signal != 0 && process) process->signal(signal);
  for (const wanted_start& one : late) one.listener.ended("never started: a newer start, or the end, came first");
  if (!kill_for.empty() && why.empty()) kill_now(kill_for);
}

void process_slot::impl::launch_wanted() {
  {
    const std::scoped_lock lock{guard};
    if (!wanted) return;
    running = std::move(*wanted);
    wanted.reset();
    if (end_reason) {
      why = *end_reason;
    }
  }
  if (!why.empty()) {
    finished("never started");
    return;
  }
  hooks.before_start();
  try {
    process = std::make_unique<child>(running.how);
  } catch (const std::exception& e) {
    finished(fmt::format("cannot be started: {}", e.what()));
    return;
  }
  link_open = true;
  beat = 0;
  silent = milliseconds{0};
  started = looked = clock::now();
  const std::scoped_lock lock{guard};
  pid = process->pid();
}

void process_slot::impl::wait_for_news() {
  std::array<pollfd, 3> fds{{{wake_fd, POLLIN, 0}, {-1, 0, 0}, {-1, POLLIN, 0}}};
  if (process) {
    if (link_open) {
      fds[1].fd = process->link();
      fds[1].events = static_cast<short>((running.listener.ready() ? POLLIN : 0) | (sending.empty() ? 0 : POLLOUT));
    }
    fds[2].fd = process->end_fd();
  }
  ::poll(fds.data(), fds.size(), process ? static_cast<int>(settings.tick.count()) : -1);
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(wake_fd, &count, sizeof count);
}

void process_slot::impl::read_link(bool last_words) {
  constexpr int most_reads = 16;  // then the rest of the loop has its turn
  std::array<char, 64UL * 1024> buffer;
  for (int i = 0; i < most_reads && link_open && (last_words || running.listener.ready()); ++i) {
    const ssize_t got = ::recv(process->link(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      link_open = false;
      left = clock::now();
      return;
    }
    try {
      if (why.empty()) running.listener.received({buffer.data(), static_cast<std::size_t>(got)});
    } catch (const std::exception& e) {
      kill_now(e.what());
    }
  }
}

void process_slot::impl::write_link() {
  while (link_open && !sending.empty()) {
    const std::string& first = sending.front();
    const ssize_t put = ::send(process->link(), first.data() + sent, first.size() - sent, MSG_NOSIGNAL);
    if (put < 0) return;  // full, or closed: then reading sees it too
    sent += static_cast<std::size_t>(put);
    if (sent < first.size()) return;
    const std::scoped_lock lock{guard};
    if (running.ticket == newest) queued -= first.size();
    sending.pop_front();
    sent = 0;
  }
}

void process_slot::impl::watch() {
  if (const auto how = process->ended()) {
    for (int i = 0; i < 64 && link_open; ++i) read_link(true);
    finished(*how);
    return;
  }
  if (!why.empty()) {
    process->kill();
    return;
  }
  const auto now = clock::now();
  // A node that was itself held up must not hold that against the process: no step counts more than two ticks.
  silent += std::min(std::chrono::duration_cast<milliseconds>(now - looked), 2 * settings.tick);
  if (now - looked < milliseconds{1}) return;  // no whole millisecond: it counts with the next look
  looked = now;
  const std::uint64_t seen = hooks.heartbeat();
  if (seen != beat) {
    beat = seen;
    silent = milliseconds{0};
  }
  const bool begun = beat != 0;
  if (!link_open && now - left > farewell) {
    kill_now("it closed its link and did not end: killed");
  } else if (begun ? silent >= settings.silence : now - started >= settings.start_timeout) {
    const double seconds = static_cast<double>(begun ? silent.count() : settings.start_timeout.count()) / 1000.0;
    if (process->stopped_by() != 0) {
      kill_now(fmt::format("stopped for {:.1f} s by {}: killed", seconds, signal_text(process->stopped_by())));
    } else {
      kill_now(fmt::format("silent for {:.1f} s ({}): killed", seconds, begun ? "it hangs" : "it did not begin"));
    }
  }
}

void process_slot::impl::kill_now(const std::string& reason) {
  why = reason;
  hooks.before_kill();
  process->kill();
}

/// Reaped, or never there: only now may another one start.
void process_slot::impl::finished(const std::string& how) {
  const std::string reason = why.empty() ? how : why;
  process.reset();
  hooks.before_kill();  // also after an end of its own: until the next start nobody acts for it
  slot_listener listener = std::move(running.listener);
  {
    const std::scoped_lock lock{guard};
    pid = 0;
    if (running.ticket == newest) {
      queued = 0;
      outbox.clear();
      newest += 1;  // whoever speaks to it from now on speaks to nobody
      end_reason.reset();
    }
  }
  running = {};
  sending.clear();
  sent = 0;
  link_open = false;
  why.clear();
  listener.ended(reason);
}

process_slot::process_slot(slot_settings settings, slot_hooks hooks)
    : impl_(std::make_shared<impl>(settings, std::move(hooks))) {
  std::thread{[state = impl_] { state->loop(); }}.detach();
}

process_slot::~process_slot() {
  const std::scoped_lock lock{impl_->guard};
  impl_->closing = true;
  impl_->wake();
}

std::uint64_t process_slot::start(launch how, slot_listener listener) {
  const std::scoped_lock lock{impl_->guard};
  if (impl_->wanted) impl_->overtaken.push_back(std::move(*impl_->wanted));
  impl_->newest += 1;
  impl_->wanted = wanted_start{impl_->newest, std::move(how), std::move(listener)};
  impl_->end_reason.reset();
  impl_->outbox.clear();
  impl_->queued = 0;
  impl_->wake();
  return impl_->newest;
}

bool process_slot::send(std::uint64_t ticket, std::string bytes) {
  const std::scoped_lock lock{impl_->guard};
  if (ticket != impl_->newest || impl_->end_reason) return false;
  if (impl_->queued + bytes.size() > impl_->settings.most_queued) {
    impl_->end_reason = fmt::format("it does not read: {} bytes wait for it, allowed: {}; killed",
                                    impl_->queued + bytes.size(), impl_->settings.most_queued);
    impl_->wake();
    return false;
  }
  impl_->queued += bytes.size();
  impl_->peak = std::max(impl_->peak, impl_->queued);
  const bool idle = impl_->outbox.empty();
  impl_->outbox.push_back(std::move(bytes));
  if (idle) impl_->wake();
  return true;
}

void process_slot::end(std::uint64_t ticket, std::string reason) {
  const std::scoped_lock lock{impl_->guard};
  if (ticket != impl_->newest || impl_->end_reason) return;
  impl_->end_reason = std::move(reason);
  impl_->wake();
}

std::size_t process_slot::most_queued() const {
  const std::scoped_lock lock{impl_->guard};
  return impl_->peak;
}

bool process_slot::signal(int number) const {
  const std::scoped_lock lock{impl_->guard};
  if (impl_->pid == 0) return false;
  impl_->drill = number;  // sent by the thread that reaps: the number is its process's then
  impl_->wake();
  return true;
}

pid_t process_slot::pid() const {
  const std::scoped_lock lock{impl_->guard};
  return impl_->pid;
}

bool process_slot::close() {
  std::unique_lock lock{impl_->guard};
  impl_->closing = true;
  impl_->wake();
  return impl_->over.wait_for(lock, close_patience, [&] { return impl_->done; });
}

}  // namespace bulkhead::process
