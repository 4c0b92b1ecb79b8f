#include "runtime/process/shared_page.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulkhead::process {
namespace {

constexpr std::size_t both = 2 * shared_page::area_bytes;

[[noreturn]] void failed(const char* what) {
  throw std::system_error(errno, std::system_category(), std::string{"shared page: "} + what);
}

}  // namespace

std::shared_ptr<shared_page> shared_page::make() {
  std::shared_ptr<shared_page> page{new shared_page};
  page->fd_ = ::memfd_create("bulkhead-page", MFD_CLOEXEC);
  if (page->fd_ < 0) failed("memfd_create");
  if (::ftruncate(page->fd_, both) != 0) failed("ftruncate");
  void* memory = ::mmap(nullptr, both, PROT_READ | PROT_WRITE, MAP_SHARED, page->fd_, 0);
  if (memory == MAP_FAILED) failed("mmap");
  page->memory_ = static_cast<std::byte*>(memory);
  return page;
}

std::shared_ptr<shared_page> shared_page::attach(int fd) {
  std::shared_ptr<shared_page> page{new shared_page};
  page->fd_ = fd;
  struct stat found {};
  if (::fstat(fd, &found) != 0) failed("the descriptor that the node gave");
  if (static_cast<std::size_t>(found.st_size) != both) throw std::runtime_error("shared page: of another size");
  void* memory = ::mmap(nullptr, both, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) failed("mmap");
  page->memory_ = static_cast<std::byte*>(memory);
  if (::mprotect(memory, area_bytes, PROT_READ) != 0) failed("mprotect");
  ::close(page->fd_);
  page->fd_ = -1;
  return page;
}

shared_page::~shared_page() {
  if (memory_ != nullptr) ::munmap(memory_, both);
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace bulkhead::process
