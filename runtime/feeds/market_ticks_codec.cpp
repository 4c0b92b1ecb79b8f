#include "runtime/feeds/market_ticks_codec.hpp"

#include "runtime/domain/json_fields.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using nlohmann::json;

constexpr std::int64_t version = 1;
constexpr std::string_view source = "bulkhead";
constexpr std::string_view broker = "shared";
constexpr std::string_view type = "market.ticks";
constexpr std::array kinds{frame_kind::ticks, frame_kind::session_close, frame_kind::clock};

void expect(const json_fields& in, const char* key, std::string_view allowed) {
  if (in.text(key) != allowed) in.refuse(key, fmt::format("\"{}\"", allowed));
}

void expect_envelope(const json_fields& in, feed_seq seq) {
  expect(in, "type", type);
  if (in.integer("version") != version) in.refuse("version", fmt::format("{}", version));
  expect(in, "broker", broker);
  expect(in, "source", source);
  expect(in, "key", broker);
  expect(in, "id", fmt::format("{}:{}", broker, seq));
  expect(in, "trace_id", fmt::format("f{}", seq));
  expect(in, "correlation_id", "");
  expect(in, "causation_id", "");
}

tick read_tick(const json_fields& in, const instrument_table& instruments) {
  tick t;
  t.instrument = in.instrument("instrument", instruments);
  t.last = in.positive_price("last");
  t.bid = in.price_or_zero("bid");
  t.ask = in.price_or_zero("ask");
  t.volume = in.integer("volume", 0);
  return t;
}

}  // namespace

std::string_view to_string(frame_kind kind) {
  switch (kind) {
    case frame_kind::ticks:
      return "ticks";
    case frame_kind::session_close:
      return "session_close";
    case frame_kind::clock:
      break;
  }
  return "clock";
}

std::string market_ticks_codec::encode(const frame_view& frame) const {
  json ticks = json::array();
  for (const tick& t : frame.ticks) {
    ticks.push_back({{"ask", to_string(t.ask)},
                     {"bid", to_string(t.bid)},
                     {"instrument", instruments_->key(t.instrument)},
                     {"last", to_string(t.last)},
                     {"volume", t.volume}});
  }
  const json envelope{{"broker", broker},
                      {"causation_id", ""},
                      {"correlation_id", ""},
                      {"data", {{"kind", to_string(frame.kind)}, {"ticks", std::move(ticks)}}},
                      {"id", fmt::format("{}:{}", broker, frame.seq)},
                      {"key", broker},
                      {"seq", frame.seq},
                      {"source", source},
                      {"trace_id", fmt::format("f{}", frame.seq)},
                      {"ts", to_iso_ist(frame.ts)},
                      {"type", type},
                      {"version", version}};
  return envelope.dump();
}

market_frame market_ticks_codec::decode(std::string_view text) const {
  const json whole = parse_strict(text);
  const json_fields in{whole, ""};
  market_frame frame;
  frame.seq = in.natural("seq");
  if (frame.seq == 0) in.refuse("seq", "an integer, 1 or more");
  expect_envelope(in, frame.seq);
  frame.ts = in.time("ts");
  const json_fields data = in.object("data");
  frame.kind = data.one_of<frame_kind>("kind", kinds);
  std::unordered_set<std::uint32_t> seen;
  for (const json_fields& one : data.objects("ticks")) {
    const tick t = read_tick(one, *instruments_);
    if (!seen.insert(t.instrument.index).second) one.refuse("instrument", "each instrument once in a frame");
    frame.ticks.push_back(t);
  }
  if ((frame.kind == frame_kind::ticks) == frame.ticks.empty()) {
    data.refuse("ticks", "one tick or more in a frame of kind ticks, none in any other");
  }
  return frame;
}

}  // namespace bulkhead
