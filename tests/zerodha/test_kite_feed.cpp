// Kite's market data as the node's ticks, and the feed over several sockets.
#include "runtime/brokers/zerodha/kite_feed.hpp"
#include "runtime/brokers/zerodha/kite_quotes.hpp"
#include "support/websocket_server.hpp"
#include "zerodha/kite_frames.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bulkhead;
using namespace bulkhead::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t monday_noon = 1'641'191'400;  // 2022-01-03 12:00:00 IST
constexpr trade_date monday = 20'220'103;

instrument_table table_of(std::vector<std::uint32_t> tokens) {
  instrument_table table;
  for (const std::uint32_t token : tokens) table.add({.key = "NSE:T" + std::to_string(table.size()), .token = token});
  return table;
}

kite_tick full(std::uint32_t token, std::int64_t last, std::int64_t volume, std::int64_t time = monday_noon) {
  kite_tick t;
  t.token = token;
  t.mode = kite_mode::full;
  t.last = price{last};
  t.volume = volume;
  t.exchange_time = time;
  t.bids[0].price = price{last - 5};
  t.offers[0].price = price{last + 5};
  return t;
}

kite_frame frame_of(std::vector<kite_tick> ticks) {
  kite_frame f;
  f.ticks = std::move(ticks);
  return f;
}

std::vector<std::uint8_t> big_endian_ltp(const std::vector<std::uint32_t>& tokens, std::uint32_t paise) {
  std::vector<std::uint8_t> out;
  const auto put = [&](std::uint32_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  put(static_cast<std::uint32_t>(tokens.size()), 2);
  for (const std::uint32_t token : tokens) {
    put(8, 2);
    put(token, 4);
    put(paise, 4);
  }
  return out;
}

/// What the feed said; waits for it.
struct told {
  std::mutex guard;
  std::condition_variable changed;
  std::multiset<std::uint32_t> tokens;
  std::vector<std::string> states;
  std::vector<std::string> notices;

  kite_feed_events events() {
    return {.frame =
                [this](std::optional<timestamp>, const kite_frame& f) {
                  const std::scoped_lock lock{guard};
                  for (const kite_tick& t : f.ticks) tokens.insert(t.token);
                  changed.notify_all();
                },
            .state =
                [this](bool is_live, const std::string& why) {
                  const std::scoped_lock lock{guard};
                  states.push_back(is_live ? "live" : "STALE " + why);
                  changed.notify_all();
                },
            .notice =
                [this](const std::string& text) {
                  const std::scoped_lock lock{guard};
                  notices.push_back(text);
                  changed.notify_all();
                }};
  }
  template <class Condition>
  void wait_until(const Condition& condition) {
    std::unique_lock lock{guard};
    CHECK(changed.wait_for(lock, 60s, condition));
  }
};

kite_feed_settings settings_for(const std::string& url, std::size_t connections) {
  kite_feed_settings s;
  s.connections = connections;
  s.socket.url = url;
  s.socket.mode = kite_mode::ltp;
  s.socket.silence = 30s;
  s.socket.connect_timeout = 30s;
  s.socket.first_delay = 2ms;
  s.socket.longest_delay = 20ms;
  return s;
}

kite_credentials some_login() { return {"key", secret_text{std::string{"token"}}}; }
std::string no_reason() { return {}; }

/// The tokens of the subscriptions that a connection sends, until it has all `wanted`.
std::vector<std::uint32_t> read_subscriptions(websocket_peer& peer, std::size_t wanted) {
  std::vector<std::uint32_t> out;
  while (out.size() < wanted) {
    const auto text = peer.read();
    if (!text) break;
    const auto said = nlohmann::json::parse(*text);
    if (said["a"] == "subscribe") {
      for (const auto& token : said["v"]) out.push_back(token.get<std::uint32_t>());
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a tick has the best level of the book, and what was traded since the one before") {
  const instrument_table table = table_of({11, 22});
  kite_quotes quotes{table, kite_mode::full};
  std::vector<tick> out;
  quotes.convert(frame_of({full(22, 1000, 500)}), monday, out);
  quotes.convert(frame_of({full(22, 1010, 520), full(11, 7, 3)}), monday, out);
  REQUIRE(out.size() == 3);
  CHECK(out[0] == tick{{1}, price{1000}, price{995}, price{1005}, 0});
  CHECK(out[1] == tick{{1}, price{1010}, price{1005}, price{1015}, 20});
  CHECK(out[2] == tick{{0}, price{7}, price{2}, price{12}, 0});
}

TEST_CASE("the day's total of volume begins again with the day; one that falls within it trades nothing") {
  const instrument_table table = table_of({22});
  kite_quotes quotes{table, kite_mode::full};
  std::vector<tick> out;
  for (const std::int64_t total : {1'000'030, 1'000'025, 1'000'030}) {
    quotes.convert(frame_of({full(22, 1000, total)}), monday, out);
  }
  constexpr std::int64_t day_s = 86'400;
  quotes.convert(frame_of({full(22, 1000, 20, monday_noon + day_s)}), monday + 1, out);
  quotes.convert(frame_of({full(22, 1000, 2'000'000, monday_noon + 2 * day_s)}), monday + 2, out);
  std::vector<std::int64_t> volumes;
  for (const tick& t : out) volumes.push_back(t.volume);
  CHECK(volumes == std::vector<std::int64_t>{0, 0, 5, 20, 2'000'000});
}

TEST_CASE("ticks of other days, without a price, or that nobody asked for are left out and counted") {
  const instrument_table table = table_of({11, 22});
  kite_quotes quotes{table, kite_mode::full};
  std::vector<tick> out;
  quotes.convert(frame_of({full(11, 1, 1, monday_noon - 86'400), full(11, 0, 0), full(33, 1, 1), full(22, 9, 1)}),
                 monday, out);
  CHECK(out.size() == 1);
  CHECK(quotes.counts().other_day == 1);
  CHECK(quotes.counts().not_traded == 1);
  CHECK(quotes.counts().unknown_token == 1);
  CHECK(kite_quotes::newest_stamp(frame_of({full(11, 1, 1, 5), full(22, 1, 1, 9)})) == timestamp{9'000'000'000});
}

TEST_CASE("in mode full a tick without a stamp may be yesterday's: it is left out and counted") {
  const instrument_table table = table_of({408'065, 256'265});
  kite_quotes quotes{table, kite_mode::full};
  std::vector<tick> out;
  kite_frame f;
  // What a subscription brings first: it begins in mode quote.
  REQUIRE_FALSE(decode_frame(frame({infy_quote(), nifty_quote()}), f));
  CHECK_FALSE(kite_quotes::newest_stamp(f));
  quotes.convert(f, 20'210'705, out);
  CHECK(out.empty());
  CHECK(quotes.counts().unstamped == 2);
  REQUIRE_FALSE(decode_frame(frame({infy_full()}), f));
  quotes.convert(f, 20'210'705, out);
  REQUIRE(out.size() == 1);
  CHECK(out[0].last == price{15'737'000});
  CHECK(out[0].volume == 0);
  CHECK(quotes.counts().unstamped == 2);
}

TEST_CASE("modes quote and ltp carry no stamp: their ticks count as today's") {
  const instrument_table table = table_of({408'065});
  kite_quotes quotes{table, kite_mode::quote};
  std::vector<tick> out;
  kite_frame f;
  REQUIRE_FALSE(decode_frame(frame({infy_quote()}), f));
  quotes.convert(f, monday, out);
  CHECK(out.size() == 1);
  CHECK(quotes.counts().unstamped == 0);
}

TEST_CASE("tokens are the instruments'; one of two instruments is refused") {
  CHECK(kite_quotes{table_of({5, 0, 3}), kite_mode::full}.tokens() == std::vector<std::uint32_t>{5, 3});
  CHECK_THROWS_WITH_AS((kite_quotes{table_of({5, 3, 5}), kite_mode::full}), doctest::Contains("instrument_token 5"),
                       std::invalid_argument);
}

TEST_CASE("8,000 instruments over three sockets: every one is subscribed once and ticks") {
  std::vector<std::uint32_t> tokens;
  for (std::uint32_t i = 1; i <= 8'000; ++i) tokens.push_back(i * 256 + 1);
  std::mutex guard;
  std::map<int, std::size_t> subscribed;
  told t;
  {
    websocket_server server{[&](websocket_peer& peer, int number) {
      peer.accept();
      const auto mine = read_subscriptions(peer, 2'666);
      {
        const std::scoped_lock lock{guard};
        subscribed[number] = mine.size();
      }
      for (std::size_t i = 0; i < mine.size(); i += 1'000) {
        const auto end = std::min(mine.size(), i + 1'000);
        peer.send_binary(big_endian_ltp(
            {mine.begin() + static_cast<std::ptrdiff_t>(i), mine.begin() + static_cast<std::ptrdiff_t>(end)}, 12'345));
      }
      peer.wait_until_gone();
    }};
    const kite_feed feed{settings_for(server.url(), 3), tokens, some_login, no_reason, t.events()};
    t.wait_until([&] { return t.tokens.size() == 8'000 && !t.states.empty() && t.states.back() == "live"; });
  }
  CHECK(subscribed.size() == 3);
  CHECK(std::set<std::uint32_t>(t.tokens.begin(), t.tokens.end()).size() == t.tokens.size());
}

TEST_CASE("one socket of two that is lost makes the feed stale until it is back") {
  told t;
  websocket_server server{[&](websocket_peer& peer, int number) {
    peer.accept();
    peer.send_binary({0});
    if (number == 1) {
      t.wait_until([&] { return !t.states.empty() && t.states.back() == "live"; });
      return;  // the next connection comes after this one's end was told
    }
    peer.wait_until_gone();
  }};
  const kite_feed feed{settings_for(server.url(), 2), {1, 2}, some_login, no_reason, t.events()};
  t.wait_until([&] { return std::ranges::count(t.states, "live") == 2; });
  const std::scoped_lock lock{t.guard};
  const auto stale = std::ranges::find_if(std::ranges::find(t.states, "live"), t.states.end(),
                                          [](const std::string& s) { return s.starts_with("STALE connection "); });
  CHECK(stale != t.states.end());
}

TEST_CASE("a frame that is garbage or truncated is refused whole, said, and the next one counts") {
  told t;
  websocket_server server{[&](websocket_peer& peer, int) {
    peer.accept();
    const auto good = big_endian_ltp({1, 2}, 5);
    peer.send_binary(std::vector<std::uint8_t>(48, 0xa5));
    peer.send_binary({good.begin(), good.begin() + 15});
    peer.send_text("no json");
    peer.send_text(R"({"type":"error","data":"Too many"})");
    peer.send_binary(good);
    peer.wait_until_gone();
  }};
  const kite_feed feed{settings_for(server.url(), 1), {1, 2}, some_login, no_reason, t.events()};
  t.wait_until([&] { return t.tokens.size() == 2 && t.notices.size() >= 4; });
  const std::scoped_lock lock{t.guard};
  CHECK(t.notices.size() == 4);
  CHECK(t.states == std::vector<std::string>{"live"});
}

TEST_CASE("what cannot be read is no life: the third such frame in a row is stale, until one can be read") {
  told t;
  const auto good = big_endian_ltp({1, 2}, 5);
  const std::vector<std::uint8_t> cut{good.begin(), good.begin() + 15};
  const bytes unknown = frame({bytes(12, 1)});  // a packet of a length that is not Kite's
  websocket_server server{[&](websocket_peer& peer, int) {
    peer.accept();
    peer.send_binary(cut);
    peer.send_binary(cut);
    peer.send_binary(unknown);
    peer.send_binary({0});  // a heartbeat reads well, and tells nothing of the frames
    peer.send_text("no json");
    peer.send_binary(good);
    peer.send_binary(cut);
    peer.send_binary(cut);
    peer.send_binary(good);
    peer.wait_until_gone();
  }};
  const kite_feed feed{settings_for(server.url(), 1), {1, 2}, some_login, no_reason, t.events()};
  t.wait_until([&] { return t.tokens.size() == 4; });
  const std::scoped_lock lock{t.guard};
  CHECK(t.states == std::vector<std::string>{"STALE frames come from Kite, and none of them can be read", "live"});
}

TEST_CASE("an instrument with an odd price has no tick, the others of its frame have") {
  told t;
  websocket_server server{[&](websocket_peer& peer, int) {
    peer.accept();
    auto odd = big_endian_ltp({1, 2}, 5);
    odd[8] = 0xff;  // the first one's price
    for (int i = 0; i < 3; ++i) peer.send_binary(odd);
    peer.wait_until_gone();
  }};
  const kite_feed feed{settings_for(server.url(), 1), {1, 2}, some_login, no_reason, t.events()};
  t.wait_until([&] { return t.tokens.size() == 3 && t.notices.size() == 2; });
  const std::scoped_lock lock{t.guard};
  CHECK(t.tokens == std::multiset<std::uint32_t>{2, 2, 2});
  CHECK(t.notices[0] == "the tick of instrument 1 was left out: its price is below 0 or above 10000000.00 (number 1)");
  CHECK(t.states == std::vector<std::string>{"live"});
}

TEST_CASE("more instruments than the sockets take are refused") {
  told t;
  CHECK_THROWS_WITH_AS((kite_feed{settings_for("ws://127.0.0.1:1", 2), std::vector<std::uint32_t>(6'001, 1), some_login,
                                  no_reason, t.events()}),
                       doctest::Contains("6001 instruments, allowed: at most 6000"), std::invalid_argument);
}
