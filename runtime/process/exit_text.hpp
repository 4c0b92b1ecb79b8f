#pragma once
// How a process ended or stopped, for people.
#include <string>

#include <signal.h>

namespace bulkhead::process {

/// "signal 11 (SIGSEGV)"; a note where the cause is often another than it looks.
[[nodiscard]] std::string signal_text(int number);
/// From waitid: "exit status 3", "ended by signal 11 (SIGSEGV)".
[[nodiscard]] std::string exit_text(const siginfo_t& info);

}  // namespace bulkhead::process
