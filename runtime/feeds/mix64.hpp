#pragma once
// 64-bit mixing: the random numbers of the synthetic feed and the fingerprints of all feeds. Integer arithmetic alone,
// so every machine and compiler gives the same bits. No use in cryptography.
#include "runtime/domain/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead {

/// The output function of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014;
/// constants of Stafford's variant 13). A bijection: different inputs never give the same output.
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

/// SplitMix64: a sequence of 2^64 numbers from each seed.
class splitmix64 {
 public:
  explicit constexpr splitmix64(std::uint64_t seed) : state_(seed) {}
  constexpr std::uint64_t operator()() { return mix64(state_ += 0x9e3779b97f4a7c15U); }

 private:
  std::uint64_t state_;
};

/// A number in [0, n) from 32 random bits by multiply and shift; the bias is below n / 2^32.
[[nodiscard]] constexpr std::uint32_t scale32(std::uint32_t random, std::uint32_t n) {
  return static_cast<std::uint32_t>((std::uint64_t{random} * n) >> 32U);
}

/// Running digest of a feed's content. Each step is a bijection of the state for a given word and of the word for a
/// given state, so a change of one word always changes the digest.
class content_digest {
 public:
  constexpr void add(std::uint64_t word) { state_ = mix64((state_ ^ word) + 0x9e3779b97f4a7c15U); }
  constexpr void add(std::int64_t word) { add(static_cast<std::uint64_t>(word)); }
  constexpr void add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    for (const char c : text) add(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  /// `kind` sets feeds of different sorts apart.
  [[nodiscard]] std::string text(std::string_view kind) const {
    return derive_id("feed|" + std::string{kind} + "|" + std::to_string(state_));
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace bulkhead
