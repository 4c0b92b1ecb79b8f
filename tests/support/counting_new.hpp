#pragma once
// Counts every allocation of a test program. Defines the global operator new: include it in one file of a program only.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace bulkhead::test {
inline std::atomic<std::uint64_t> allocations{0};
}  // namespace bulkhead::test

// Not inlined: the compiler would take free() in one place and new in another for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++bulkhead::test::allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++bulkhead::test::allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
