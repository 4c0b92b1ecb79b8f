#include "runtime/link/link_codec.hpp"

#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::link;

namespace {

constexpr std::size_t instruments = 5;

signal some_signal(std::uint64_t n) {
  signal s;
  s.id = signal_id{"id" + std::to_string(n)};
  s.strategy = strategy_id{"ema"};
  s.instrument = {static_cast<std::uint32_t>(n % instruments)};
  s.action = static_cast<signal_action>(n % 4);
  s.side = n % 2 == 0 ? side::buy : side::sell;
  s.qty = static_cast<quantity>(n) - 7;
  s.type = static_cast<order_type>(n % 4);
  s.validity = static_cast<validity>(n % 2);
  s.product = static_cast<product>(n % 3);
  s.limit_price.raw = -1 - static_cast<std::int64_t>(n);
  s.trigger_price.raw = 11;
  s.stop_loss_offset.raw = 12;
  s.target_offset.raw = 13;
  s.ts.ns = 1'640'000'000'000'000'000 + static_cast<std::int64_t>(n);
  s.feed = n;
  s.ordinal = 3;
  s.reason = std::string(n % 9, 'r');
  return s;
}

frame_part some_frames(std::uint64_t n) {
  auto batch = std::make_shared<frame_batch>();
  for (std::uint64_t i = 0; i < n % 6; ++i) {
    std::vector<tick> ticks;
    for (std::uint64_t t = 0; t < (n + i) % 4; ++t) {
      ticks.push_back({{static_cast<std::uint32_t>(t)}, {static_cast<std::int64_t>(n)}, {2}, {-3}, 4});
    }
    batch->add(n + i, {static_cast<std::int64_t>(i)}, static_cast<frame_kind>(i % 3), ticks);
  }
  return {n, batch, n % 2 == 0, {{{1}, "conflated", n}}};
}

std::vector<to_process> messages_to_process(std::uint64_t n) {
  signal_part signals{n, n + 1, {some_signal(n), some_signal(n + 1)}, {}, n + 2};
  signals.notices.push_back({{strategy_id{"ema"}, "paused", "why"}, n, 2});
  command kill{n, {}};
  kill.what = {operator_command::kind::cancel_order, kill_mode::reduce_only, strategy_id{"s"}, client_order_id{"c"},
               "r"};
  return {peer_up{source::runner, n}, some_frames(n), signals, kill, status_question{n}, query{n, "{}"}, stop{}};
}

std::vector<to_node> messages_to_node(std::uint64_t n) {
  status_answer status;
  status.ticket = n;
  status.down = "why";
  status.is_open = true;
  status.last_seq = n + 1;
  status.durable_seq = n + 2;
  status.processed = n + 3;
  status.event_time.ns = -4;
  status.kill = kill_mode::reduce_only;
  status.incarnations = {1, 2, n};
  return {hello{n, "0.1", "build", "paper", 9, "print"},
          subscribed{source::feed, n, 2, 3},
          progress{n, n + 1},
          command_answer{n, "error", {"{}", std::string(n % 70, 'e')}, {"a", "b"}},
          status,
          drained{n},
          views{n},
          supervised{"paper/trader", n, "failed", "why"},
          query_answer{n, "[]"},
          gave_up{"enough"}};
}

/// Of every message of a direction, one after the other.
template <class Message>
std::vector<std::string> encoded(const std::vector<Message>& messages) {
  std::vector<std::string> out;
  for (const Message& m : messages) out.push_back(encode(m));
  return out;
}

template <class Message>
void check_round_trip(const std::vector<Message>& messages, std::size_t piece) {
  std::string wire;
  for (const std::string& bytes : encoded(messages)) wire += bytes;
  link_stream<Message> stream{instruments};
  std::vector<std::string> back;
  for (std::size_t at = 0; at < wire.size(); at += piece) {
    stream.add(std::string_view{wire}.substr(at, piece));
    while (auto m = stream.next()) back.push_back(encode(*m));
  }
  RC_ASSERT(back == encoded(messages));
  RC_ASSERT(stream.held() == 0U);
}

/// What a stream says of these bytes: messages, or the error.
template <class Message>
std::string fate_of(const std::string& bytes) {
  link_stream<Message> stream{instruments};
  stream.add(bytes);
  try {
    return stream.next() ? "message" : "waits";
  } catch (const link_error& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("link: what is encoded comes back, in whatever pieces it arrives") {
  CHECK(rc::check([] {
    const auto n = *rc::gen::inRange<std::uint64_t>(0, 1000);
    const auto piece = *rc::gen::inRange<std::size_t>(1, 300);
    check_round_trip(messages_to_process(n), piece);
    check_round_trip(messages_to_node(n), piece);
  }));
}

TEST_CASE("link: every field of a signal and of a status comes back") {
  link_stream<to_process> stream{instruments};
  stream.add(encode(messages_to_process(8)[2]));
  const auto part = std::get<signal_part>(*stream.next());
  const signal given = some_signal(8);
  const signal& s = part.signals.at(0);
  CHECK(s.id == given.id);
  CHECK(s.strategy == given.strategy);
  CHECK(s.instrument == given.instrument);
  CHECK(std::tuple{s.action, s.side, s.qty, s.type, s.validity, s.product} ==
        std::tuple{given.action, given.side, given.qty, given.type, given.validity, given.product});
  CHECK(std::tuple{s.limit_price.raw, s.trigger_price.raw, s.stop_loss_offset.raw, s.target_offset.raw} ==
        std::tuple{given.limit_price.raw, 11, 12, 13});
  CHECK(std::tuple{s.ts.ns, s.feed, s.ordinal, s.reason} ==
        std::tuple{given.ts.ns, given.feed, given.ordinal, given.reason});
  CHECK(std::tuple{part.subscription, part.through, part.refuse_entries_through} == std::tuple{8U, 9U, 10U});
  CHECK(part.notices.at(0).what.change == "paused");

  link_stream<to_node> answers{instruments};
  answers.add(encode(messages_to_node(8)[4]));
  const auto status = std::get<status_answer>(*answers.next());
  CHECK(std::tuple{status.ticket, status.down, status.is_open, status.last_seq, status.durable_seq} ==
        std::tuple{8U, "why", true, 9U, 10U});
  CHECK(std::tuple{status.processed, status.event_time.ns, status.kill} == std::tuple{11U, -4, kill_mode::reduce_only});
  CHECK(status.incarnations == std::array<std::uint64_t, role_count>{1, 2, 8});
}

TEST_CASE("link: a message that is cut short waits for the rest") {
  for (const std::string& bytes : encoded(messages_to_process(7))) {
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      CHECK(fate_of<to_process>(bytes.substr(0, length)) == "waits");
    }
  }
}

TEST_CASE("link: no changed byte passes") {
  for (const std::string& bytes : encoded(messages_to_process(7))) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const char flip : {1, 16, -128}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ flip);
        CHECK(fate_of<to_process>(changed) != "message");
      }
    }
  }
}

TEST_CASE("link: bytes of any kind end in a message, an error or a wait") {
  CHECK(rc::check([](const std::string& body) {
    // With a right head and checksum, so that the fields themselves are what is read.
    for (const std::string& real : encoded(messages_to_node(9))) {
      (void)fate_of<to_node>(body);
      (void)fate_of<to_node>(real + body);
    }
  }));
  CHECK(rc::check([](std::vector<std::uint8_t> noise) {
    const std::string bytes{noise.begin(), noise.end()};
    wire_reader reader{"noise", bytes};
    std::vector<std::string> texts;
    try {
      reader.list(texts, [&](std::string& text) { reader(text); });
      reader.end();
    } catch (const link_error&) {
      return;
    }
  }));
}

TEST_CASE("link: an error names the message, the place and what is allowed") {
  CHECK(fate_of<to_process>("nonsense, and more of it") == "message at byte 0 of the link: does not begin with BHLK");
  std::string other = encode(to_process{stop{}});
  other[4] = 9;
  CHECK(fate_of<to_process>(other) == "message at byte 0 of the link: version 9, allowed: 1");
  CHECK(fate_of<to_process>(encode(to_node{drained{1}})) ==
        "message at byte 0 of the link: type 69 is not one of this direction");
  CHECK(fate_of<to_node>(encode(to_process{stop{}})) ==
        "message at byte 0 of the link: type 7 is not one of this direction");
  std::string large = encode(to_process{stop{}});
  large[11] = 127;
  CHECK(fate_of<to_process>(large).find("allowed: 67108864") != std::string::npos);

  frame_part beyond = some_frames(3);
  beyond.notices[0].instrument = {instruments};
  CHECK(fate_of<to_process>(encode(to_process{beyond})).find("allowed: an instrument below 5") != std::string::npos);
  auto gap = std::make_shared<frame_batch>();
  gap->add(1, {}, frame_kind::clock, {});
  gap->add(3, {}, frame_kind::clock, {});
  CHECK(fate_of<to_process>(encode(to_process{frame_part{1, gap, false, {}}})).find("allowed: frame 2 after 1") !=
        std::string::npos);
}

TEST_CASE("link: a batch that is split is the same frames, notices first and the end last") {
  auto batch = std::make_shared<frame_batch>();
  const tick one{{1}, {2}, {3}, {4}, 5};
  for (feed_seq seq = 1; seq <= 100; ++seq) batch->add(seq, {7}, frame_kind::ticks, {&one, 1});
  const auto parts = split({3, batch, true, {{{1}, "conflated", 2}}}, 1000);
  REQUIRE(parts.size() > 3);
  feed_seq next = 1;
  for (const frame_part& part : parts) {
    CHECK(part.batch->first_seq() == next);
    CHECK(part.subscription == 3);
    next = part.batch->last_seq() + 1;
    CHECK(part.notices.size() == (&part == &parts.front() ? 1U : 0U));
    CHECK(part.end == (&part == &parts.back()));
  }
  CHECK(next == 101);
  const auto only_end = split({3, nullptr, true, {}}, 1000);
  REQUIRE(only_end.size() == 1);
  CHECK(only_end[0].end);
}

TEST_CASE("link: an answer that is split is the same signals, each part whole up to its frame") {
  signal_part whole{3, 50, {}, {}, 7};
  for (feed_seq feed = 1; feed <= 40; ++feed) {
    for (int i = 0; i < 3; ++i) {
      signal s;
      s.feed = feed;
      whole.signals.push_back(std::move(s));
    }
  }
  for (const feed_seq feed : {feed_seq{0}, feed_seq{20}, feed_seq{50}}) whole.notices.push_back({{}, feed, 1});
  const auto parts = split(whole, 10);
  REQUIRE(parts.size() == 10);
  std::size_t signals = 0;
  std::size_t notices = 0;
  feed_seq through = 0;
  for (const signal_part& part : parts) {
    CHECK(part.subscription == 3);
    CHECK(part.refuse_entries_through == 7);
    CHECK(part.through > through);
    for (const signal& s : part.signals) CHECK((s.feed > through && s.feed <= part.through));
    for (const strategy_notice& n : part.notices) CHECK(n.feed <= part.through);
    through = part.through;
    signals += part.signals.size();
    notices += part.notices.size();
  }
  CHECK(signals == whole.signals.size());
  CHECK(notices == 3);
  CHECK(through == 50);
  const auto empty = split({3, 9, {}, {}, 0}, 10);
  REQUIRE(empty.size() == 1);
  CHECK(empty[0].through == 9);
}
