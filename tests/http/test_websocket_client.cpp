// The WebSocket client against a server that misbehaves. What is asserted is how a connection ended and what came
// through, never how long it took.
#include "runtime/http/websocket_client.hpp"
#include "runtime/http/websocket_url.hpp"
#include "support/websocket_server.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using namespace std::chrono_literals;

namespace {

const std::string secret_query = "/?api_key=k&access_token=verysecret";
const std::string certificates = std::string{BULKHEAD_SOURCE_DIR} + "/tests/http";

websocket_settings patient() {
  return {.connect_timeout = 30s, .idle_timeout = 30s, .close_timeout = 5s, .pulse = 10ms};
}
websocket_settings hasty() { return {.connect_timeout = 30s, .idle_timeout = 200ms, .pulse = 10ms}; }

/// What came over one connection. `texts` ends it when the last wanted one is there.
struct seen {
  std::vector<std::string> texts;
  std::vector<std::string> binaries;
  websocket_result result;
};

/// Runs one connection until it ends, or until so many messages have come.
seen talk(const std::string& url, websocket_settings settings, std::size_t wanted,
          const std::vector<std::string>& say = {}) {
  seen out;
  websocket_client* client = nullptr;
  const auto count = [&] {
    if (out.texts.size() + out.binaries.size() == wanted) client->stop();
  };
  websocket_client c{std::move(settings),
                     {.on_open =
                          [&] {
                            for (const std::string& text : say) CHECK(client->send_text(text));
                          },
                      .on_text =
                          [&](std::string_view text) {
                            out.texts.emplace_back(text);
                            count();
                          },
                      .on_binary =
                          [&](std::span<const std::uint8_t> bytes) {
                            out.binaries.emplace_back(bytes.begin(), bytes.end());
                            count();
                          }}};
  client = &c;
  out.result = c.run(url + secret_query);
  CHECK(out.result.error.find("verysecret") == std::string::npos);
  return out;
}

void echo(websocket_peer& peer, int /*number*/) {
  if (!peer.accept()) return;
  while (const auto text = peer.read()) peer.send_text(*text);
}

void wait_for_end(websocket_peer& peer) {
  while (peer.read()) {
  }
}

}  // namespace

TEST_CASE("texts arrive in the order in which they were said, and stop says goodbye") {
  websocket_server server{echo};
  const seen s = talk(server.url(), patient(), 3, {"one", "two", "three"});
  CHECK(s.texts == std::vector<std::string>{"one", "two", "three"});
  CHECK(s.result.end == websocket_end::stopped);
}

TEST_CASE("the request carries the target and the headers, and offers no extension") {
  std::string target, version, extensions;
  {
    websocket_server server{[&](websocket_peer& peer, int) {
      target = peer.target();
      version = peer.header("X-Kite-Version");
      extensions = peer.header("Sec-WebSocket-Extensions");
      peer.accept();
      peer.send_binary({7});
      wait_for_end(peer);
    }};
    websocket_settings settings = patient();
    settings.headers = {{"X-Kite-Version", "3"}};
    CHECK(talk(server.url(), settings, 1).binaries == std::vector<std::string>{"\x07"});
  }
  CHECK(target == secret_query);
  CHECK(version == "3");
  CHECK(extensions.empty());
}

TEST_CASE("a ping is answered, and no pong is sent unasked") {
  int before = -1, after = -1;
  {
    websocket_server server{[&](websocket_peer& peer, int) {
      peer.accept();
      (void)peer.read();
      before = peer.pongs();
      peer.ping();
      peer.send_text("answer");
      (void)peer.read();
      after = peer.pongs();
      peer.send_text("done");
      wait_for_end(peer);
    }};
    websocket_client* client = nullptr;
    websocket_client c{patient(),
                       {.on_open = [&] { client->send_text("first"); },
                        .on_text =
                            [&](std::string_view text) {
                              if (text == "done") return client->stop();
                              client->send_text("second");
                            }}};
    client = &c;
    CHECK(c.run(server.url()).end == websocket_end::stopped);
  }
  CHECK(before == 0);
  CHECK(after == 1);
}

TEST_CASE("a refused upgrade tells its HTTP status") {
  for (const unsigned status : {403U, 429U, 502U}) {
    websocket_server server{[&](websocket_peer& peer, int) { peer.refuse(status); }};
    const seen s = talk(server.url(), patient(), 1);
    CHECK(s.result.end == websocket_end::refused);
    CHECK(s.result.status == static_cast<int>(status));
  }
}

TEST_CASE("a cut, a goodbye and silence are told apart") {
  websocket_server cut{[](websocket_peer& peer, int) {
    peer.accept();
    peer.send_text("last words");
  }};
  const seen broken = talk(cut.url(), patient(), 2);
  CHECK(broken.texts.size() == 1);
  CHECK(broken.result.end == websocket_end::broken);

  websocket_server polite{[](websocket_peer& peer, int) {
    peer.accept();
    peer.close();
  }};
  const seen closed = talk(polite.url(), patient(), 1);
  CHECK(closed.result.end == websocket_end::closed);
  CHECK(closed.result.error == "the server closed the connection (code 1001)");

  websocket_server mute{[](websocket_peer& peer, int) {
    peer.accept();
    wait_for_end(peer);
  }};
  CHECK(talk(mute.url(), hasty(), 1).result.end == websocket_end::silent);
}

TEST_CASE("pings alone are silence") {
  websocket_server server{[&](websocket_peer& peer, int) {
    peer.accept();
    for (int i = 0; i < 40; ++i) {
      peer.ping();
      std::this_thread::sleep_for(20ms);
    }
    wait_for_end(peer);
  }};
  CHECK(talk(server.url(), hasty(), 1).result.end == websocket_end::silent);
}

TEST_CASE("a server that never answers, nobody who listens, an answer that is no HTTP: no connection") {
  websocket_server mute{[](websocket_peer& peer, int) { peer.wait_until_gone(); }};
  websocket_settings in_a_hurry = hasty();
  in_a_hurry.connect_timeout = 200ms;
  CHECK(talk(mute.url(), in_a_hurry, 1).result.end == websocket_end::no_connection);

  std::string nobody;
  {
    websocket_server gone{echo};
    nobody = gone.url();
  }
  CHECK(talk(nobody, patient(), 1).result.end == websocket_end::no_connection);

  websocket_server nonsense{[](websocket_peer& peer, int) { peer.send_raw("220 ready\r\n\r\n"); }};
  CHECK(talk(nonsense.url(), patient(), 1).result.end == websocket_end::no_connection);
}

TEST_CASE("a message that is too large, and bytes that are no WebSocket, end the connection") {
  websocket_server large{[](websocket_peer& peer, int) {
    peer.accept();
    peer.send_binary(std::vector<std::uint8_t>(2000));
    wait_for_end(peer);
  }};
  websocket_settings settings = patient();
  settings.max_message_bytes = 1999;
  const seen too_large = talk(large.url(), settings, 1);
  CHECK(too_large.binaries.empty());
  CHECK(too_large.result.end == websocket_end::broken);
  CHECK(too_large.result.error == "the server sent a message of more than 1999 bytes");
  settings.max_message_bytes = 2000;
  CHECK(talk(large.url(), settings, 1).binaries.size() == 1);

  websocket_server garbage{[](websocket_peer& peer, int) {
    peer.accept();
    peer.send_raw("\xff\xff" + std::string(20, 'x'));
    wait_for_end(peer);
  }};
  CHECK(talk(garbage.url(), patient(), 1).result.end == websocket_end::broken);
}

TEST_CASE("stop ends a connection that is not open yet, and one before it began") {
  websocket_server mute{[](websocket_peer& peer, int) { peer.wait_until_gone(); }};
  websocket_client c{patient(), {}};
  std::thread other{[&] {
    while (mute.connections() == 0) std::this_thread::sleep_for(1ms);
    c.stop();
  }};
  CHECK(c.run(mute.url()).end == websocket_end::stopped);
  other.join();
  CHECK_FALSE(c.send_text("too late"));

  websocket_client never{patient(), {}};
  never.stop();
  CHECK(never.run(mute.url()).end == websocket_end::stopped);
}

TEST_CASE("a peer that takes nothing: texts are refused beyond the bound, and the connection ends") {
  websocket_server deaf{[&](websocket_peer& peer, int) {
    peer.accept();
    while (!deaf.is_ending()) {  // talks all the time, and never reads
      peer.send_text("still here");
      std::this_thread::sleep_for(10ms);
    }
  }};
  websocket_settings settings = hasty();
  settings.idle_timeout = 6s;
  settings.max_queued_bytes = 64UL * 1024 * 1024;
  const std::string long_text(1024UL * 1024, 'x');
  bool was_refused = false;
  websocket_client* client = nullptr;
  websocket_client c{settings, {.on_open = [&] {
                       for (int i = 0; i < 65; ++i) was_refused |= !client->send_text(long_text);
                     }}};
  client = &c;
  CHECK(c.run(deaf.url()).end == websocket_end::broken);
  CHECK(was_refused);
}

TEST_CASE("TLS: a certificate counts only if it is signed by a known one and made for the host") {
  websocket_server server{echo, certificates};
  websocket_settings settings = patient();
  const seen unknown = talk(server.url(), settings, 1, {"x"});
  CHECK(unknown.result.end == websocket_end::no_connection);
  CHECK(unknown.result.error.find("the certificate of 127.0.0.1 is not trusted") == 0);

  settings.ca_file = certificates + "/tls_certificate.pem";
  CHECK(talk(server.url(), settings, 1, {"x"}).texts == std::vector<std::string>{"x"});
  const seen other_host = talk(server.url("localhost"), settings, 1, {"x"});
  CHECK(other_host.result.end == websocket_end::no_connection);
  CHECK(other_host.texts.empty());

  settings.ca_file = "/no/such/file";
  CHECK(talk(server.url(), settings, 1).result.end == websocket_end::no_connection);
}

TEST_CASE("secrets go in clear to this machine only") {
  for (const char* good :
       {"wss://ws.kite.trade", "wss://h:8443/p?q=1", "ws://127.0.0.1:5/", "ws://localhost:5", "ws://[::1]:5"}) {
    CHECK_MESSAGE(websocket_url_error(good).empty(), good);
  }
  for (const char* bad : {"ws://ws.kite.trade", "ws://10.0.0.1:80", "ws://127.0.0.1.evil.example",
                          "ws://localhost.example", "http://127.0.0.1", "wss://", "wss://h:0", "wss://h:65536",
                          "wss://u@h", "wss://h/a b", "wss://h/#x", "wss://[::1", "wss://h:12x", ""}) {
    CHECK_MESSAGE(!websocket_url_error(bad).empty(), bad);
  }
  websocket_client c{patient(), {}};
  CHECK_THROWS_AS((void)c.run("ws://ws.kite.trade/?access_token=x"), std::invalid_argument);
  CHECK(parse_websocket_url("wss://ws.kite.trade?api_key=k")->target == "/?api_key=k");
  CHECK(parse_websocket_url("wss://[2001:db8::1]:99/x")->host == "2001:db8::1");
}
