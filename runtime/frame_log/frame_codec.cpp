#include "runtime/frame_log/frame_codec.hpp"

#include "runtime/journal/crc32c.hpp"

namespace bulkhead {
namespace {

constexpr char type_key = 'K';
constexpr char type_promise = 'P';
constexpr char type_frame = 'F';

void put32(char* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

std::uint32_t get32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

void put(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_signed(std::string& out, std::int64_t value) {
  put(out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

/// Reads numbers until one is not whole; `is_good` is false from then on.
struct reader {
  std::string_view rest;
  bool is_good = true;

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    is_good = false;
    return 0;
  }
  std::int64_t signed_number() {
    const std::uint64_t n = number();
    return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
  }
};

/// Puts the head before the payload that `write` appends.
template <class Write>
void append_framed(std::string& out, const Write& write) {
  const std::size_t start = out.size();
  out.resize(start + record_head_bytes);
  write();
  const std::string_view payload = std::string_view{out}.substr(start + record_head_bytes);
  const std::uint32_t crc = crc32c(payload);
  put32(out.data() + start, static_cast<std::uint32_t>(payload.size()));
  put32(out.data() + start + 4, crc);
}

std::optional<log_record> read_frame(std::string_view payload) {
  reader in{payload};
  frame_record r;
  const std::uint64_t kind = in.number();
  r.seq = in.number();
  r.ts = timestamp{in.signed_number()};
  const std::uint64_t count = in.number();
  constexpr std::size_t least_tick_bytes = 5;
  if (!in.is_good || kind > static_cast<std::uint64_t>(frame_kind::clock) ||
      count > in.rest.size() / least_tick_bytes) {
    return std::nullopt;
  }
  r.kind = static_cast<frame_kind>(kind);
  r.ticks.resize(count);
  for (tick& t : r.ticks) {
    t.instrument = {static_cast<std::uint32_t>(in.number())};
    t.last.raw = in.signed_number();
    t.bid.raw = in.signed_number();
    t.ask.raw = in.signed_number();
    t.volume = in.signed_number();
  }
  if (!in.is_good || !in.rest.empty()) return std::nullopt;
  return r;
}

}  // namespace

void append_record(std::string& out, const key_record& r) {
  append_framed(out, [&] { out.append(1, type_key).append(r.key); });
}

void append_record(std::string& out, const promise_record& r) {
  append_framed(out, [&] {
    out.push_back(type_promise);
    put(out, r.through);
    out.append(r.boot);
  });
}

void append_record(std::string& out, const frame_record& r) {
  append_framed(out, [&] {
    out.push_back(type_frame);
    put(out, static_cast<std::uint64_t>(r.kind));
    put(out, r.seq);
    put_signed(out, r.ts.ns);
    put(out, r.ticks.size());
    for (const tick& t : r.ticks) {
      put(out, t.instrument.index);
      put_signed(out, t.last.raw);
      put_signed(out, t.bid.raw);
      put_signed(out, t.ask.raw);
      put_signed(out, t.volume);
    }
  });
}

std::size_t whole_record(std::string_view bytes) {
  if (bytes.size() < record_head_bytes) return 0;
  const std::size_t length = get32(bytes);
  if (length == 0 || length > max_record_bytes || bytes.size() - record_head_bytes < length) return 0;
  return record_head_bytes + length;
}

std::optional<log_record> read_record(std::string_view record) {
  if (whole_record(record) != record.size() || record.empty()) return std::nullopt;
  const std::string_view payload = record.substr(record_head_bytes);
  if (crc32c(payload) != get32(record.substr(4))) return std::nullopt;
  const std::string_view rest = payload.substr(1);
  if (payload.front() == type_key) return key_record{std::string{rest}};
  if (payload.front() == type_frame) return read_frame(rest);
  if (payload.front() != type_promise) return std::nullopt;
  reader in{rest};
  promise_record r;
  r.through = in.number();
  r.boot = in.rest;
  if (!in.is_good) return std::nullopt;
  return r;
}

}  // namespace bulkhead
