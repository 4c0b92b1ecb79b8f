#include "tools/kite_sim/core/tick_packets.hpp"

#include "tools/kite_sim/core/kite_text.hpp"

namespace bulkhead::kite_sim {
namespace {

void put16(std::string& out, std::uint64_t value) {
  out += static_cast<char>((value >> 8U) & 0xffU);
  out += static_cast<char>(value & 0xffU);
}

/// Quantities above what 32 bits hold are cut off at their largest value.
void put32(std::string& out, std::int64_t value) {
  const std::int64_t held = value > INT64_C(0xffffffff) ? INT64_C(0xffffffff) : value;
  const auto bits = static_cast<std::uint32_t>(held);
  put16(out, bits >> 16U);
  put16(out, bits & 0xffffU);
}

/// Prices of one instrument.
class price_writer {
 public:
  price_writer(std::string& out, std::uint32_t token) : out_(out), divisor_(price_divisor(token)) {}
  void operator()(std::int64_t raw) { put32(out_, mul_div_round(raw, divisor_, money_scale)); }
  void operator()(price p) { (*this)(p.raw); }

 private:
  std::string& out_;
  std::int64_t divisor_;
};

void put_depth(std::string& out, price_writer& put_price, const ladder& levels) {
  std::size_t shown = 0;
  for (const level& one : levels) {
    if (one.units == 0) continue;
    put32(out, one.units);
    put_price(one.at);
    put16(out, ++shown);
    put16(out, 0);
  }
  for (; shown < levels.size(); ++shown) out.append(12, '\0');
}

std::string index_packet(std::uint32_t token, const market_row& row, tick_mode mode) {
  std::string out;
  price_writer put_price{out, token};
  put32(out, token);
  put_price(row.last);
  put_price(row.high);
  put_price(row.low);
  put_price(row.open);
  put_price(row.previous_close);
  put_price(row.last.raw - row.previous_close.raw);
  if (mode == tick_mode::full) put32(out, unix_seconds(row.exchange_time));
  return out;
}

}  // namespace

std::int64_t price_divisor(std::uint32_t token) {
  switch (token & 0xffU) {
    case 3:
      return 10'000'000;
    case 6:
    case 12:
      return 10'000;
    default:
      return 100;
  }
}

std::string tick_packet(std::uint32_t token, const market_row& row, tick_mode mode) {
  std::string out;
  price_writer put_price{out, token};
  if (mode == tick_mode::ltp) {
    put32(out, token);
    put_price(row.last);
    return out;
  }
  if (is_index_token(token)) return index_packet(token, row, mode);
  put32(out, token);
  put_price(row.last);
  put32(out, row.last_quantity);
  put_price(average_price(row));
  put32(out, row.volume);
  put32(out, total_units(row.bids));
  put32(out, total_units(row.asks));
  put_price(row.open);
  put_price(row.high);
  put_price(row.low);
  put_price(row.previous_close);
  if (mode == tick_mode::quote) return out;
  put32(out, unix_seconds(row.last_trade));
  put32(out, 0);  // open interest, its high, its low: not modelled
  put32(out, 0);
  put32(out, 0);
  put32(out, unix_seconds(row.exchange_time));
  put_depth(out, put_price, row.bids);
  put_depth(out, put_price, row.asks);
  return out;
}

std::string tick_frame(const std::vector<std::string>& packets) {
  std::string out;
  put16(out, packets.size());
  for (const std::string& packet : packets) {
    put16(out, packet.size());
    out += packet;
  }
  return out;
}

}  // namespace bulkhead::kite_sim
