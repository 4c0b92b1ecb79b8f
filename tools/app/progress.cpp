#include "tools/app/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/core.h>
#include <unistd.h>

namespace bulkhead::app {

progress::progress(std::string what) : what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) != 0) {}

void progress::update(std::uint64_t done, std::uint64_t total, const std::string& note) {
  if (total == 0) return;
  if (terminal_) {
    const auto now = std::chrono::steady_clock::now();
    if (done < total && now - last_drawn_ < std::chrono::milliseconds{50}) return;
    last_drawn_ = now;
    draw(done, total, note);
    drawn_ = true;
    return;
  }
  const std::uint64_t tenth = std::min(done, total) * 10 / total;
  if (tenth <= last_tenth_) return;
  last_tenth_ = tenth;
  fmt::print(stderr, "{}: {} % ({} of {} frames) {}\n", what_, tenth * 10, done, total, note);
}

void progress::draw(std::uint64_t done, std::uint64_t total, const std::string& note) const {
  constexpr std::size_t width = 40;
  const auto filled = static_cast<std::size_t>(std::min(done, total) * width / total);
  fmt::print(stderr, "\r{} [{}{}] {:3} % {}\033[K", what_, std::string(filled, '#'), std::string(width - filled, ' '),
             std::min(done, total) * 100 / total, note);
  std::fflush(stderr);
}

void progress::say(const std::string& line) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_drawn_ < std::chrono::milliseconds{200}) return;
  last_drawn_ = now;
  fmt::print(stderr, "\r{}: {}\033[K", what_, line);
  std::fflush(stderr);
  drawn_ = true;
}

void progress::finish() {
  if (std::exchange(drawn_, false)) fmt::print(stderr, "\n");
}

}  // namespace bulkhead::app
