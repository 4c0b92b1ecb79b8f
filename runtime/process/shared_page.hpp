#pragma once
// Memory that a node shares with one of its processes: two pages of an anonymous file. The first is the node's to
// write and read-only in the process, so that a stray write there cannot open what the node holds closed; the second
// is the process's. Holds only lock-free atomics: no side ever waits for the other. Thread-safe once it is made.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

namespace bulkhead::process {

class shared_page {
 public:
  static constexpr std::size_t area_bytes = 65'536;  ///< whole pages, whatever their size

  /// The node's side. Throws std::system_error.
  static std::shared_ptr<shared_page> make();
  /// The process's side, from the descriptor that it inherited; closes it. Throws std::system_error or
  /// std::runtime_error for a descriptor that is no such file.
  static std::shared_ptr<shared_page> attach(int fd);
  shared_page(const shared_page&) = delete;
  shared_page& operator=(const shared_page&) = delete;
  ~shared_page();

  /// For a process to inherit; the page's own.
  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Begins the lifetime of a T at the area's start; on the node's side only, once.
  template <class T>
  static std::shared_ptr<T> make_in(const std::shared_ptr<shared_page>& page, bool nodes_area) {
    static_assert(sizeof(T) <= area_bytes && std::is_trivially_destructible_v<T>);
    return {page, new (page->area(nodes_area)) T{}};
  }
  /// The T that the other side made there.
  template <class T>
  static std::shared_ptr<T> at(const std::shared_ptr<shared_page>& page, bool nodes_area) {
    static_assert(sizeof(T) <= area_bytes && std::is_trivially_destructible_v<T>);
    return {page, std::launder(reinterpret_cast<T*>(page->area(nodes_area)))};
  }

 private:
  shared_page() = default;
  [[nodiscard]] std::byte* area(bool nodes_area) const noexcept { return memory_ + (nodes_area ? 0 : area_bytes); }

  int fd_ = -1;
  std::byte* memory_ = nullptr;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace bulkhead::process
