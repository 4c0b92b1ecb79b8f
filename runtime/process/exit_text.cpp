#include "runtime/process/exit_text.hpp"

#include <fmt/format.h>
#include <string.h>

namespace bulkhead::process {

std::string signal_text(int number) {
  const char* name = ::sigabbrev_np(number);
  std::string text = fmt::format("signal {} (SIG{})", number, name == nullptr ? "?" : name);
  if (number == SIGKILL) text += ", as by kill -9 or when memory runs out";
  return text;
}

std::string exit_text(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return fmt::format("exit status {}", info.si_status);
  return "ended by " + signal_text(info.si_status);
}

}  // namespace bulkhead::process
