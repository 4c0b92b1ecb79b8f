#pragma once
// Tick frames as literals, and built by hand.
#include "runtime/brokers/zerodha/kite_ticks.hpp"

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace bulkhead::test {

using bytes = std::vector<std::uint8_t>;

/// "000ded2d 0001" with or without spaces.
inline bytes from_hex(std::string_view text) {
  bytes out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return out;
}

inline void put16(bytes& to, std::uint32_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8U));
  to.push_back(static_cast<std::uint8_t>(value));
}
inline void put32(bytes& to, std::uint32_t value) {
  put16(to, value >> 16U);
  put16(to, value & 0xffffU);
}

inline bytes packet(std::initializer_list<std::uint32_t> words) {
  bytes out;
  for (const std::uint32_t w : words) put32(out, w);
  return out;
}

inline bytes frame(std::initializer_list<bytes> packets) {
  bytes out;
  put16(out, static_cast<std::uint32_t>(packets.size()));
  for (const bytes& p : packets) {
    put16(out, static_cast<std::uint32_t>(p.size()));
    out.insert(out.end(), p.begin(), p.end());
  }
  return out;
}

struct raw_level {
  std::uint32_t qty, price, orders;
};

inline bytes with_depth(bytes head, std::initializer_list<raw_level> ten) {
  for (const raw_level& l : ten) {
    put32(head, l.qty);
    put32(head, l.price);
    put16(head, l.orders);
    put16(head, 0);
  }
  return head;
}

/// 408065 (INFY) at 1573.70 on 2021-07-05, 184 bytes: the values of Kite's published example.
inline bytes infy_full() {
  return with_depth(packet({408065, 157370, 7, 157037, 1192471, 256443, 363009, 156915, 157500, 156105, 156780,
                            1625461887, 0, 0, 0, 1625461887}),
                    {{5, 157340, 1},
                     {140, 157300, 2},
                     {2, 157295, 1},
                     {219, 157290, 7},
                     {50, 157285, 1},
                     {172, 157370, 3},
                     {44, 157375, 3},
                     {302, 157385, 3},
                     {141, 157390, 2},
                     {724, 157395, 5}});
}

/// The same instrument's quote, 44 bytes.
inline bytes infy_quote() {
  return packet({408065, 157315, 1, 157033, 1175986, 256511, 360503, 156915, 157500, 156105, 156780});
}

/// An index, 28 bytes.
inline bytes nifty_quote() { return from_hex("0003e909 000ded2d 000dfd18 000de90e 000dfcd7 000ded2d ffffffdc"); }

}  // namespace bulkhead::test
