#include "runtime/secrets/secret_file.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium/utils.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulkhead {
namespace {

std::string text_of(int error) { return std::error_code{error, std::generic_category()}.message(); }

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what) {
  throw secret_file_error(fmt::format("{}: {}", file.string(), what));
}

/// Closes at the end of its scope.
class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

void check_mode(const std::filesystem::path& file, int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) fail(file, text_of(errno));
  if (!S_ISREG(info.st_mode)) fail(file, "not a regular file");
  if ((info.st_mode & 077U) != 0) {
    fail(file, fmt::format("mode {:04o} lets others at a secret, allowed: 0600; run: chmod 600 {}",
                           info.st_mode & 07777U, file.string()));
  }
}

void write_all(const std::filesystem::path& file, int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(file, text_of(errno));
    content.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

secret_text read_secret_file(const std::filesystem::path& file) {
  // Not blocking: a pipe in the file's place must not hang the reader before its kind is known.
  const descriptor in{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (in.get() < 0) fail(file, text_of(errno));
  check_mode(file, in.get());
  std::string content(max_secret_file + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t n = ::read(in.get(), content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      sodium_memzero(content.data(), content.size());
      fail(file, text_of(error));
    }
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  secret_text whole{std::move(content)};
  if (size > max_secret_file) fail(file, fmt::format("longer than {} bytes", max_secret_file));
  return secret_text{std::string{whole.reveal().substr(0, size)}};
}

secret_text read_secret_line(const std::filesystem::path& file) {
  const secret_text whole = read_secret_file(file);
  std::string_view line = whole.reveal();
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) fail(file, "its first line is empty; write the secret there");
  return secret_text{std::string{line}};
}

void write_secret_file(const std::filesystem::path& file, std::string_view content) {
  if (content.size() > max_secret_file) fail(file, fmt::format("not written: longer than {} bytes", max_secret_file));
  std::string temporary = file.string() + ".XXXXXX";
  // mkostemp makes it with mode 0600.
  const descriptor out{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (out.get() < 0) fail(file, "not written: no new file beside it: " + text_of(errno));
  try {
    write_all(file, out.get(), content);
    if (::fsync(out.get()) != 0) fail(file, text_of(errno));
    if (::rename(temporary.c_str(), file.c_str()) != 0) fail(file, text_of(errno));
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const descriptor directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) fail(folder, text_of(errno));
}

}  // namespace bulkhead
