#include "runtime/brokers/zerodha/kite_ticks.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::size_t ltp_bytes = 8;
constexpr std::size_t index_quote_bytes = 28;
constexpr std::size_t index_full_bytes = 32;
constexpr std::size_t quote_bytes = 44;
constexpr std::size_t full_bytes = 184;
constexpr std::size_t level_bytes = 12;

constexpr std::uint32_t segment_cds = 3;
constexpr std::uint32_t segment_bcd = 6;
constexpr std::uint32_t segment_nco = 12;

using bytes_view = std::span<const std::uint8_t>;

std::uint16_t u16_at(const std::uint8_t* p) { return static_cast<std::uint16_t>(p[0] << 8U | p[1]); }

std::uint32_t u32_at(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24U | std::uint32_t{p[1]} << 16U | std::uint32_t{p[2]} << 8U | std::uint32_t{p[3]};
}

/// Reads the fields of one packet and brings its prices to the domain's scale.
class packet_reader {
 public:
  packet_reader(const std::uint8_t* packet, std::uint32_t token) : packet_(packet) {
    const std::uint32_t divisor = kite_price_divisor(token);
    // Both are powers of ten: one of the two is 1.
    multiply_ = divisor < money_scale ? money_scale / divisor : 1;
    divide_ = divisor > money_scale ? divisor / money_scale : 1;
  }

  [[nodiscard]] std::uint32_t count(std::size_t offset) const { return u32_at(packet_ + offset); }

  /// As sent: Kite's prices are signed.
  price any(std::size_t offset) { return scaled(static_cast<std::int32_t>(u32_at(packet_ + offset))); }
  /// One that orders may follow.
  price sound(std::size_t offset) {
    const price p = any(offset);
    is_odd_ = is_odd_ || p.raw < 0 || p > price::max();
    return p;
  }

  kite_level level(std::size_t offset, bool is_best) {
    return {.price = is_best ? sound(offset + 4) : any(offset + 4),
            .qty = count(offset),
            .orders = u16_at(packet_ + offset + 8)};
  }

  [[nodiscard]] bool is_odd() const { return is_odd_; }
  [[nodiscard]] std::uint32_t rounded() const { return rounded_; }

 private:
  price scaled(std::int64_t value) {
    if (divide_ == 1) return {value * multiply_};
    if (value % divide_ != 0) ++rounded_;
    return {mul_div_round(value, 1, divide_)};
  }

  const std::uint8_t* packet_;
  std::int64_t multiply_ = 1;
  std::int64_t divide_ = 1;
  std::uint32_t rounded_ = 0;
  bool is_odd_ = false;
};

bool is_known(std::size_t length) {
  return length == ltp_bytes || length == quote_bytes || length == full_bytes || length == index_quote_bytes ||
         length == index_full_bytes;
}

void read_index(packet_reader& in, std::size_t length, kite_tick& t) {
  t.is_index = true;
  t.mode = length == index_full_bytes ? kite_mode::full : kite_mode::quote;
  t.high = in.any(8);
  t.low = in.any(12);
  t.open = in.any(16);
  t.close = in.any(20);
  t.change = in.any(24);
  if (length == index_full_bytes) t.exchange_time = in.count(28);
}

void read_quote(packet_reader& in, kite_tick& t) {
  t.mode = kite_mode::quote;
  t.last_quantity = in.count(8);
  t.average = in.any(12);
  t.volume = in.count(16);
  t.buy_quantity = in.count(20);
  t.sell_quantity = in.count(24);
  t.open = in.any(28);
  t.high = in.any(32);
  t.low = in.any(36);
  t.close = in.any(40);
}

void read_full(packet_reader& in, kite_tick& t) {
  read_quote(in, t);
  t.mode = kite_mode::full;
  t.last_trade_time = in.count(44);
  t.open_interest = in.count(48);
  t.open_interest_high = in.count(52);
  t.open_interest_low = in.count(56);
  t.exchange_time = in.count(60);
  for (std::size_t i = 0; i < kite_tick::levels; ++i) {
    t.bids[i] = in.level(64 + i * level_bytes, i == 0);
    t.offers[i] = in.level(124 + i * level_bytes, i == 0);
  }
}

/// Leaves the packet out where a price that counts is none: that instrument alone has no tick.
void read_packet(bytes_view packet, kite_frame& out) {
  kite_tick& t = out.ticks.emplace_back();
  t.token = u32_at(packet.data());
  packet_reader in{packet.data(), t.token};
  t.last = in.sound(4);
  if (packet.size() == full_bytes) {
    read_full(in, t);
  } else if (packet.size() == quote_bytes) {
    read_quote(in, t);
  } else if (packet.size() != ltp_bytes) {
    read_index(in, packet.size(), t);
  }
  if (in.is_odd()) {
    ++out.skipped;
    if (out.odd_token == 0) out.odd_token = t.token;
    out.ticks.pop_back();
    return;
  }
  out.rounded += in.rounded();
}

std::optional<std::string> read_packets(bytes_view bytes, kite_frame& out) {
  const std::size_t count = u16_at(bytes.data());
  std::size_t at = 2;
  for (std::size_t i = 1; i <= count; ++i) {
    if (bytes.size() - at < 2) return fmt::format("ends before packet {} of {}", i, count);
    const std::size_t length = u16_at(bytes.data() + at);
    at += 2;
    if (bytes.size() - at < length) {
      return fmt::format("packet {} of {}: {} bytes announced, {} there", i, count, length, bytes.size() - at);
    }
    const bytes_view packet = bytes.subspan(at, length);
    at += length;
    if (is_known(length)) {
      read_packet(packet, out);
    } else {
      ++out.skipped;
    }
  }
  if (at != bytes.size()) return fmt::format("{} bytes follow its {} packets", bytes.size() - at, count);
  return std::nullopt;
}

}  // namespace

std::uint32_t kite_price_divisor(std::uint32_t token) noexcept {
  const std::uint32_t segment = token & 0xffU;
  if (segment == segment_cds) return 10'000'000;
  if (segment == segment_bcd || segment == segment_nco) return 10'000;
  return 100;
}

std::optional<std::string> decode_frame(std::span<const std::uint8_t> bytes, kite_frame& out) {
  const auto empty = [&out] {
    out.ticks.clear();
    out.skipped = out.odd_token = out.rounded = 0;
  };
  empty();
  out.is_heartbeat = bytes.size() == 1;
  if (out.is_heartbeat) return std::nullopt;
  std::optional<std::string> why =
      bytes.empty() ? std::optional<std::string>{"no byte in it"} : read_packets(bytes, out);
  if (why) {
    empty();
    why = fmt::format("tick frame of {} bytes refused: {}", bytes.size(), *why);
  }
  return why;
}

}  // namespace bulkhead
