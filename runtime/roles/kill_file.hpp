#pragma once
// The kill switch on disk: a broker's latch that an operator closed, synced before anybody is told that it is closed,
// so that it holds over a crash that comes before the journal has it. Blocking; never called from an actor.
#include "runtime/domain/risk/kill_latch.hpp"

#include <filesystem>
#include <string>

namespace bulkhead {

class kill_file {
 public:
  explicit kill_file(std::filesystem::path file) : file_(std::move(file)) {}

  /// Off where there is no file; `halt` for a file that cannot be read or understood: its safest meaning.
  [[nodiscard]] kill_mode read() const;
  /// Off removes the file. Returns after file and folder are synced; throws std::system_error that names the file.
  void write(kill_mode mode) const;

 private:
  std::filesystem::path file_;
};

}  // namespace bulkhead
