#pragma once
// What a fuzz target says about its input; the fuzzer keeps the input that made a claim false.
#include <cstdio>
#include <cstdlib>

namespace bulkhead::test {

inline void claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "claim does not hold: %s\n", what);
  std::abort();
}

}  // namespace bulkhead::test
