#include "runtime/roles/kill_file.hpp"

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace bulkhead {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
  throw std::system_error(errno, std::generic_category(), file.string() + ": " + what);
}

void sync_path(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) fail(path, "open");
  const bool synced = ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  if (!synced) fail(path, "fsync");
}

void write_synced(const std::filesystem::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) fail(file, "open");
  const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  if (!done) fail(file, "write");
}

}  // namespace

kill_mode kill_file::read() const {
  std::error_code error;
  if (!std::filesystem::exists(file_, error)) return error ? kill_mode::halt : kill_mode::off;
  std::ifstream in{file_};
  std::string text;
  std::getline(in, text);
  return kill_mode_of(text);
}

void kill_file::write(kill_mode mode) const {
  const std::filesystem::path folder = file_.has_parent_path() ? file_.parent_path() : ".";
  if (mode == kill_mode::off) {
    std::error_code error;
    std::filesystem::remove(file_, error);
    if (error) throw std::system_error(error, file_.string() + ": remove");
  } else {
    std::filesystem::path fresh = file_;
    fresh += ".new";
    write_synced(fresh, std::string{to_string(mode)} + "\n");
    std::filesystem::rename(fresh, file_);
  }
  sync_path(folder, O_RDONLY | O_DIRECTORY);
}

}  // namespace bulkhead
