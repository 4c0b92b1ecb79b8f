// The kept connection against a server that misbehaves. Nothing asserts how long anything took.
#include "runtime/brokers/zerodha/kite_socket.hpp"
#include "support/websocket_server.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using namespace std::chrono_literals;

namespace {

kite_socket_settings quick(std::string url) {
  kite_socket_settings s;
  s.url = std::move(url);
  s.connect_timeout = 10s;
  s.silence = 10s;
  s.first_delay = 2ms;
  s.longest_delay = 20ms;
  s.throttled_delay = 5ms;
  s.login_check = 2ms;
  return s;
}

/// What the listener was told, in order: "connected", "lost network", "binary 7", "text hello".
class told {
 public:
  void add(std::string what) {
    const std::scoped_lock lock{guard_};
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  /// Waits until it was told `what` `times` times; then everything so far.
  std::vector<std::string> wait_for(const std::string& what, int times = 1) {
    std::unique_lock lock{guard_};
    const bool came = changed_.wait_for(lock, 60s, [&] { return std::ranges::count(all_, what) >= times; });
    CHECK_MESSAGE(came, what);
    return all_;
  }
  kite_socket_events events() {
    static constexpr const char* names[] = {"not_yet", "no_login", "throttled", "new_login", "network"};
    return {.connected = [this] { add("connected"); },
            .lost =
                [this](kite_loss loss, const std::string& why) {
                  CHECK(why.find("token-") == std::string::npos);
                  add(std::string{"lost "} + names[static_cast<int>(loss)]);
                },
            .binary = [this](std::span<const std::uint8_t> bytes) { add("binary " + std::to_string(bytes.size())); },
            .text = [this](std::string_view text) { add("text " + std::string{text}); }};
  }

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

/// The access token that a session file would hold.
class login {
 public:
  explicit login(std::string token) : token_(std::move(token)) {}
  void set(std::string token) {
    const std::scoped_lock lock{guard_};
    token_ = std::move(token);
  }
  std::function<kite_credentials()> credentials() {
    return [this] {
      const std::scoped_lock lock{guard_};
      return kite_credentials{"key", secret_text{std::string{token_}}};
    };
  }

 private:
  std::mutex guard_;
  std::string token_;
};

std::string no_login() { return "no login"; }

/// Accepts and answers what it is told with a heartbeat, until the client is gone. Notes the requests.
struct notes {
  std::mutex guard;
  std::vector<std::string> said;  ///< targets and texts
  void add(std::string what) {
    const std::scoped_lock lock{guard};
    said.push_back(std::move(what));
  }
  std::vector<std::string> all() {
    const std::scoped_lock lock{guard};
    return said;
  }
};

}  // namespace

TEST_CASE("it subscribes in pieces, and again after every cut") {
  notes n;
  websocket_server server{[&](websocket_peer& peer, int number) {
    n.add(peer.target());
    peer.accept();
    for (int i = 0; i < 4; ++i) n.add(peer.read().value_or("gone"));
    peer.send_binary({0});
    if (number == 0) return;
    peer.send_text("hello");
    peer.wait_until_gone();
  }};
  told t;
  login l{"token-a&b"};
  kite_socket_settings s = quick(server.url());
  s.tokens = {1, 2, 3};
  s.tokens_a_message = 2;
  s.mode = kite_mode::quote;
  const kite_socket socket{s, l.credentials(), no_login, t.events()};
  CHECK(t.wait_for("text hello") ==
        std::vector<std::string>{"connected", "binary 1", "lost network", "connected", "binary 1", "text hello"});
  const std::vector<std::string> each{"/?api_key=key&access_token=token-a%26b", R"({"a":"subscribe","v":[1,2]})",
                                      R"({"a":"mode","v":["quote",[1,2]]})", R"({"a":"subscribe","v":[3]})",
                                      R"({"a":"mode","v":["quote",[3]]})"};
  std::vector<std::string> twice = each;
  twice.insert(twice.end(), each.begin(), each.end());
  CHECK(n.all() == twice);
}

TEST_CASE("a mute socket is dropped and made anew") {
  websocket_server server{[&](websocket_peer& peer, int number) {
    peer.accept();
    if (number > 0) peer.send_binary({0});
    peer.wait_until_gone();
  }};
  told t;
  login l{"token-a"};
  kite_socket_settings s = quick(server.url());
  s.silence = 300ms;
  const kite_socket socket{s, l.credentials(), no_login, t.events()};
  const auto all = t.wait_for("binary 1");
  CHECK(std::vector<std::string>{all.begin(), all.begin() + 3} ==
        std::vector<std::string>{"connected", "lost network", "connected"});
}

TEST_CASE("a refused login waits for a fresh one, and is tried at once with it") {
  notes n;
  websocket_server server{[&](websocket_peer& peer, int) {
    n.add(peer.target());
    if (peer.target().find("token-old") != std::string::npos) return peer.refuse(403);
    peer.accept();
    peer.send_binary({0});
    peer.wait_until_gone();
  }};
  told t;
  login l{"token-old"};
  kite_socket_settings s = quick(server.url());
  s.longest_delay = 1h;  // without a fresh login it would never come back
  s.first_delay = 1h;
  const kite_socket socket{s, l.credentials(), no_login, t.events()};
  t.wait_for("lost no_login");
  l.set("token-new");
  CHECK(t.wait_for("binary 1") == std::vector<std::string>{"lost no_login", "connected", "binary 1"});
  CHECK(n.all().size() == 2);
}

TEST_CASE("nobody logged in: nothing is asked of Kite until somebody is") {
  websocket_server server{[&](websocket_peer& peer, int) {
    peer.accept();
    peer.send_binary({0});
    peer.wait_until_gone();
  }};
  told t;
  login l{""};
  const kite_socket socket{quick(server.url()), l.credentials(), no_login, t.events()};
  t.wait_for("lost no_login");
  CHECK(server.connections() == 0);
  l.set("token-new");
  CHECK(t.wait_for("binary 1") == std::vector<std::string>{"lost no_login", "connected", "binary 1"});
}

TEST_CASE("another token in the session file: a new connection with it") {
  notes n;
  websocket_server server{[&](websocket_peer& peer, int number) {
    n.add(peer.target());
    peer.accept();
    peer.send_binary(std::vector<std::uint8_t>(static_cast<std::size_t>(number) + 1));
    peer.wait_until_gone();
  }};
  told t;
  login l{"token-one"};
  kite_socket_settings s = quick(server.url());
  s.first_delay = 1h;
  const kite_socket socket{s, l.credentials(), no_login, t.events()};
  t.wait_for("binary 1");
  l.set("");  // a file that is being replaced, or has expired: the connection lives on
  std::this_thread::sleep_for(20ms);
  l.set("token-two");
  CHECK(t.wait_for("binary 2") ==
        std::vector<std::string>{"connected", "binary 1", "lost new_login", "connected", "binary 2"});
  CHECK(n.all().back().find("token-two") != std::string::npos);
}

TEST_CASE("refusals and failures are said once for each reason, and tried again") {
  websocket_server server{[&](websocket_peer& peer, int number) {
    if (number < 3) return peer.refuse(429);
    if (number < 6) return peer.refuse(502);
    peer.accept();
    peer.send_binary({0});
    peer.wait_until_gone();
  }};
  told t;
  login l{"token-a"};
  const kite_socket socket{quick(server.url()), l.credentials(), no_login, t.events()};
  CHECK(t.wait_for("binary 1") == std::vector<std::string>{"lost throttled", "lost network", "connected", "binary 1"});
}

TEST_CASE("a server that says a word and hangs up is asked less and less often") {
  websocket_server server{[](websocket_peer& peer, int) {
    peer.accept();
    peer.send_binary({0});
  }};
  told t;
  login l{"token-a"};
  kite_socket_settings s = quick(server.url());
  s.longest_delay = 1h;
  const auto begin = std::chrono::steady_clock::now();
  const kite_socket socket{s, l.credentials(), no_login, t.events()};
  t.wait_for("lost network", 9);
  // Eight delays of at least 1, 2, 4, ... 128 ms lie between; without doubling, of 8 ms in all.
  CHECK(std::chrono::steady_clock::now() - begin >= 255ms);
}

TEST_CASE("after a connection that has settled the delays begin again") {
  websocket_server server{[](websocket_peer& peer, int) {
    peer.accept();
    peer.send_binary({0});
    peer.send_binary({0});
  }};
  told t;
  login l{"token-a"};
  kite_socket_settings s = quick(server.url());
  s.settled = 0ms;
  s.longest_delay = 1h;  // forty doublings would not end
  const kite_socket socket{s, l.credentials(), no_login, t.events()};
  t.wait_for("lost network", 40);
}

TEST_CASE("it ends while it waits, while it connects, and while it is open") {
  websocket_server mute{[&](websocket_peer& peer, int) { peer.wait_until_gone(); }};
  login l{"token-a"};
  login none{""};
  told t;
  kite_socket_settings s = quick(mute.url());
  s.login_check = 1h;
  { const kite_socket waits{s, none.credentials(), no_login, t.events()}; }
  {
    const kite_socket connects{s, l.credentials(), no_login, t.events()};
    while (mute.connections() == 0) std::this_thread::sleep_for(1ms);
  }
  websocket_server good{[&](websocket_peer& peer, int) {
    peer.accept();
    peer.wait_until_gone();
  }};
  s.url = good.url();
  const kite_socket open{s, l.credentials(), no_login, t.events()};
  t.wait_for("connected");
}

TEST_CASE("what it cannot do is refused at once") {
  login l{""};
  CHECK_THROWS_AS((kite_socket{quick("ws://ws.kite.trade"), l.credentials(), no_login, {}}), std::invalid_argument);
  CHECK_THROWS_AS((kite_socket{quick("wss://ws.kite.trade?x=1"), l.credentials(), no_login, {}}),
                  std::invalid_argument);
  kite_socket_settings s = quick("wss://ws.kite.trade");
  s.tokens.resize(3001);
  CHECK_THROWS_AS((kite_socket{s, l.credentials(), no_login, {}}), std::invalid_argument);
}
