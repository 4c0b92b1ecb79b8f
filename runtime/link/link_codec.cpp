#include "runtime/link/link_codec.hpp"

#include "runtime/journal/crc32c.hpp"

#include <fmt/format.h>

namespace bulkhead::link {
namespace {

constexpr std::string_view magic = "BHLK";
constexpr std::size_t head_bytes = 16;
constexpr std::size_t checked_head_bytes = 12;
/// Types of messages to the node begin here.
constexpr std::uint8_t first_to_node = 64;

/// Wraps a writer or a reader; with a reader it also checks what both sides must agree on.
template <class Wire>
struct fields_of {
  Wire& io;
  std::size_t instruments;

  void operator()(instrument_id& id) {
    io(id.index);
    if constexpr (std::is_same_v<Wire, wire_reader>) {
      if (id.index >= instruments) io.refuse(fmt::format("an instrument below {}", instruments));
    }
  }
  template <class Tag>
  void operator()(strong_string<Tag>& id) {
    if constexpr (std::is_same_v<Wire, wire_reader>) {
      std::string text;
      io(text);
      id = strong_string<Tag>{std::move(text)};
    } else {
      io(id.str());
    }
  }
  void operator()(price& p) { io(p.raw); }
  void operator()(timestamp& t) { io(t.ns); }
  void operator()(std::string& text) { io(text); }
  template <class T>
  requires std::is_integral_v<T>
  void operator()(T& value) { io(value); }
  void operator()(feed_noticed& n) { all(n.instrument, n.what, n.count); }
  void operator()(tick& t) { all(t.instrument, t.last, t.bid, t.ask, t.volume); }
  void operator()(strategy_notice& n) { all(n.what.strategy, n.what.change, n.what.reason, n.feed, n.ordinal); }
  void operator()(signal& s) {
    all(s.id, s.strategy, s.instrument);
    io.choice(s.action, signal_action::modify);
    io.choice(s.side, side::sell);
    (*this)(s.qty);
    io.choice(s.type, order_type::stop_market);
    io.choice(s.validity, validity::ioc);
    io.choice(s.product, product::nrml);
    all(s.limit_price, s.trigger_price, s.stop_loss_offset, s.target_offset, s.ts, s.feed, s.ordinal, s.reason);
  }
  void operator()(operator_command& c) {
    io.choice(c.what, operator_command::kind::resolve_order);
    io.choice(c.mode, kill_mode::halt);
    all(c.strategy, c.order, c.reason, c.filled, c.at);
  }
  template <class T>
  void operator()(std::vector<T>& items) {
    io.list(items, [this](auto& item) { (*this)(const_cast<T&>(item)); });
  }
  template <class... Fields>
  void all(Fields&... fields) {
    ((*this)(fields), ...);
  }

  void operator()(peer_up& m) {
    io.choice(m.from, source::runner);
    (*this)(m.number);
  }
  void operator()(frame_part& m) {
    (*this)(m.subscription);
    frames(m.batch);
    all(m.end, m.notices);
  }
  void operator()(signal_part& m) { all(m.subscription, m.through, m.signals, m.notices, m.refuse_entries_through); }
  void operator()(command& m) { all(m.ticket, m.what); }
  void operator()(status_question& m) { (*this)(m.ticket); }
  void operator()(query& m) { all(m.number, m.text); }
  void operator()(stop&) {}
  void operator()(hello& m) { all(m.pid, m.version, m.build, m.broker, m.schema, m.settings); }
  void operator()(subscribed& m) {
    io.choice(m.to, source::runner);
    all(m.subscription, m.from, m.seen);
  }
  void operator()(progress& m) { all(m.processed, m.resume); }
  void operator()(command_answer& m) { all(m.ticket, m.error, m.events, m.at_gate); }
  void operator()(status_answer& m) {
    all(m.ticket, m.down, m.is_open, m.outage, m.last_seq, m.durable_seq, m.processed, m.event_time);
    io.choice(m.kill, kill_mode::halt);
    for (std::uint64_t& number : m.incarnations) (*this)(number);
  }
  void operator()(drained& m) { (*this)(m.last_seq); }
  void operator()(views& m) { (*this)(m.seq); }
  void operator()(supervised& m) { all(m.path, m.number, m.what, m.reason); }
  void operator()(query_answer& m) { all(m.number, m.text); }
  void operator()(gave_up& m) { (*this)(m.reason); }

  void frames(std::shared_ptr<const frame_batch>& batch) {
    std::uint32_t count = batch ? static_cast<std::uint32_t>(batch->size()) : 0;
    (*this)(count);
    auto read = std::make_shared<frame_batch>();
    feed_seq before = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      frame_view frame;
      if constexpr (std::is_same_v<Wire, wire_writer>) frame = (*batch)[i];
      all(frame.seq, frame.ts);
      io.choice(frame.kind, frame_kind::clock);
      std::vector<tick> ticks{frame.ticks.begin(), frame.ticks.end()};
      (*this)(ticks);
      if constexpr (std::is_same_v<Wire, wire_reader>) {
        if (i > 0 && frame.seq != before + 1) io.refuse(fmt::format("frame {} after {}", before + 1, before));
        before = frame.seq;
        read->add(frame.seq, frame.ts, frame.kind, ticks);
      }
    }
    if constexpr (std::is_same_v<Wire, wire_reader>) batch = std::move(read);
  }
};

constexpr std::string_view name_of(std::size_t index, const to_process*) {
  constexpr std::string_view names[] = {"peer_up", "frames", "signals", "command", "status_question", "query", "stop"};
  return names[index];
}
constexpr std::string_view name_of(std::size_t index, const to_node*) {
  constexpr std::string_view names[] = {"hello",   "subscribed", "progress",   "command_answer", "status_answer",
                                        "drained", "views",      "supervised", "query_answer",   "gave_up"};
  return names[index];
}

template <class Message>
constexpr std::uint8_t first_type() {
  return std::is_same_v<Message, to_node> ? first_to_node : 1;
}

template <class Message>
std::string encode_any(const Message& m) {
  wire_writer body_writer;
  fields_of<wire_writer> fields{body_writer, 0};
  // The fields are named once for both directions; a writer only reads them.
  std::visit([&](const auto& one) { fields(const_cast<std::remove_cvref_t<decltype(one)>&>(one)); }, m);
  const std::string body = body_writer.take();
  if (body.size() > longest_body) {
    throw link_error(fmt::format("{}: {} bytes, allowed: {}", name_of(m.index(), &m), body.size(), longest_body));
  }
  wire_writer head;
  head(static_cast<std::uint8_t>(protocol_version));
  head(static_cast<std::uint8_t>(first_type<Message>() + m.index()));
  head(std::uint16_t{0});
  head(static_cast<std::uint32_t>(body.size()));
  std::string out = std::string{magic} + head.take();
  wire_writer crc;
  crc(crc32c(body, crc32c(out)));
  return out + crc.take() + body;
}

template <class Message, std::size_t Index = 0>
Message decode_body(std::size_t type, wire_reader& reader, std::size_t instruments) {
  if constexpr (Index + 1 < std::variant_size_v<Message>) {
    if (type != Index) return decode_body<Message, Index + 1>(type, reader, instruments);
  }
  std::variant_alternative_t<Index, Message> out;
  fields_of<wire_reader>{reader, instruments}(out);
  return out;
}

}  // namespace

std::string encode(const to_process& m) { return encode_any(m); }
std::string encode(const to_node& m) { return encode_any(m); }

template <class Message>
std::optional<Message> link_stream<Message>::next() {
  if (waiting_.size() < head_bytes) return std::nullopt;
  const std::string_view head = std::string_view{waiting_}.substr(0, head_bytes);
  const auto where = [&] { return fmt::format("message at byte {} of the link", offset_); };
  if (!head.starts_with(magic)) throw link_error(fmt::format("{}: does not begin with {}", where(), magic));
  std::uint8_t version = 0;
  std::uint8_t type = 0;
  std::uint16_t zero = 0;
  std::uint32_t length = 0;
  std::uint32_t crc = 0;
  wire_reader reader{"head", head.substr(magic.size())};
  reader(version);
  reader(type);
  reader(zero);
  reader(length);
  reader(crc);
  if (version != protocol_version) {
    throw link_error(fmt::format("{}: version {}, allowed: {}", where(), version, protocol_version));
  }
  if (length > longest_body) {
    throw link_error(fmt::format("{}: {} bytes, allowed: {}", where(), length, longest_body));
  }
  const std::size_t index = static_cast<std::size_t>(type) - first_type<Message>();
  if (type < first_type<Message>() || index >= std::variant_size_v<Message>) {
    throw link_error(fmt::format("{}: type {} is not one of this direction", where(), type));
  }
  if (waiting_.size() < head_bytes + length) return std::nullopt;
  const std::string_view body = std::string_view{waiting_}.substr(head_bytes, length);
  if (crc32c(body, crc32c(head.substr(0, checked_head_bytes))) != crc) {
    throw link_error(fmt::format("{}: its checksum differs", where()));
  }
  const std::string what =
      fmt::format("{} at byte {} of the link", name_of(index, static_cast<Message*>(nullptr)), offset_);
  wire_reader fields{what, body};
  Message out = decode_body<Message>(index, fields, instruments_);
  fields.end();
  waiting_.erase(0, head_bytes + length);
  offset_ += head_bytes + length;
  return out;
}

template class link_stream<to_process>;
template class link_stream<to_node>;

std::vector<signal_part> split(const signal_part& whole, std::size_t most) {
  std::vector<signal_part> parts;
  auto next = whole.signals.begin();
  auto notice = whole.notices.begin();
  do {
    signal_part part{whole.subscription, whole.through, {}, {}, whole.refuse_entries_through};
    while (next != whole.signals.end()) {
      if (part.signals.size() >= most && next->feed != part.signals.back().feed) {
        part.through = part.signals.back().feed;
        break;
      }
      part.signals.push_back(*next++);
    }
    for (; notice != whole.notices.end() && notice->feed <= part.through; ++notice) part.notices.push_back(*notice);
    parts.push_back(std::move(part));
  } while (next != whole.signals.end());
  parts.back().notices.insert(parts.back().notices.end(), notice, whole.notices.end());
  return parts;
}

std::vector<frame_part> split(const frame_part& whole, std::size_t bytes) {
  constexpr std::size_t frame_bytes = 24;
  constexpr std::size_t tick_bytes = 40;
  std::vector<frame_part> parts;
  auto batch = std::make_shared<frame_batch>();
  std::size_t size = 0;
  const auto close = [&] {
    parts.push_back({whole.subscription, std::move(batch), false, {}});
    batch = std::make_shared<frame_batch>();
    size = 0;
  };
  for (std::size_t i = 0; whole.batch && i < whole.batch->size(); ++i) {
    const frame_view frame = (*whole.batch)[i];
    const std::size_t more = frame_bytes + frame.ticks.size() * tick_bytes;
    if (size > 0 && size + more > bytes) close();
    batch->add(frame.seq, frame.ts, frame.kind, frame.ticks);
    size += more;
  }
  if (size > 0 || parts.empty()) close();
  parts.front().notices = whole.notices;
  parts.back().end = whole.end;
  return parts;
}

}  // namespace bulkhead::link
