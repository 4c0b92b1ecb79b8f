#include "runtime/fault/effect_note.hpp"

#include <chrono>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace bulkhead::fault {
namespace {

int effects_file() {
  static const int file = [] {
    const char* name = std::getenv("BULKHEAD_EFFECTS_FILE");
    return name == nullptr ? -1 : ::open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }();
  return file;
}

}  // namespace

void note_effect(std::string_view what) {
  const int file = effects_file();
  if (file < 0) return;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::string line =
      fmt::format("{} {}\n", std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(), what);
  // One write: lines of several threads do not mix.
  [[maybe_unused]] const auto written = ::write(file, line.data(), line.size());
}

}  // namespace bulkhead::fault
