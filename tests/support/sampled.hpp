#pragma once
// AddressSanitizer makes a test ten to twenty times slower. What it looks for, memory used wrongly, a sample of many
// like cases shows as well; that each of them comes out right is what the release build's run shows, which takes all.
#include <cstdlib>

namespace bulkhead::test {

/// Whether a test of many like cases takes a sample: under AddressSanitizer, unless BULKHEAD_LONG is set.
/// BULKHEAD_SAMPLED=1 asks for it in any build.
inline bool sampled() {
  if (std::getenv("BULKHEAD_LONG") != nullptr) return false;
#if defined(__SANITIZE_ADDRESS__)
  return true;
#else
  return std::getenv("BULKHEAD_SAMPLED") != nullptr;
#endif
}

}  // namespace bulkhead::test
