#pragma once
// Progress of long work on standard error: a bar on a terminal, a plain line every tenth in a pipe.
#include <chrono>
#include <cstdint>
#include <string>

namespace bulkhead::app {

class progress {
 public:
  explicit progress(std::string what);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress() { finish(); }

  /// Frames done of `total` (0: not known yet, nothing is shown). `note` stands behind the bar, e.g. the event time.
  void update(std::uint64_t done, std::uint64_t total, const std::string& note = {});
  /// One line in place of the last, of a run that has no known end. Not on a terminal: nothing.
  void say(const std::string& line);
  void finish();

 private:
  void draw(std::uint64_t done, std::uint64_t total, const std::string& note) const;

  std::string what_;
  bool terminal_;
  bool drawn_ = false;
  std::uint64_t last_tenth_ = 0;
  std::chrono::steady_clock::time_point last_drawn_{};
};

}  // namespace bulkhead::app
