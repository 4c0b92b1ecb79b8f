// The HTTP client against a server that misbehaves. What is asserted is how far a request got, never how long it took.
#include "http/raw_server.hpp"
#include "runtime/http/http_client.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

using namespace bulkhead;
using namespace bulkhead::test;
using enum http_delivery;

namespace {

http_client_settings patient() {
  return {.connect_timeout = std::chrono::seconds{30}, .total_timeout = std::chrono::seconds{30}};
}
http_client_settings hasty() {
  return {.connect_timeout = std::chrono::milliseconds{200}, .total_timeout = std::chrono::milliseconds{200}};
}

http_request get(const std::string& url) { return {.method = http_method::get, .url = url}; }
http_request post(const std::string& url, std::string body = "a=1") {
  return {.method = http_method::post, .url = url, .body = std::move(body)};
}

/// Python's TLS in a process of its own: answers every request with {}.
class tls_server {
 public:
  tls_server() {
    const std::string folder = std::string{BULKHEAD_SOURCE_DIR} + "/tests/http";
    const std::string command = "exec /usr/bin/python3 -B " + folder + "/tls_server.py " + folder;
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) port_ += c;
    ::close(out[0]);
    REQUIRE_FALSE(port_.empty());
  }
  ~tls_server() {
    ::close(input_);  // it ends with its input
    ::waitpid(pid_, nullptr, 0);
  }
  tls_server(const tls_server&) = delete;
  tls_server& operator=(const tls_server&) = delete;
  [[nodiscard]] std::string url(const std::string& host) const { return "https://" + host + ":" + port_ + "/"; }

 private:
  ::pid_t pid_ = 0;
  int input_ = -1;
  std::string port_;
};

void answer_all(raw_connection& c) {
  while (!c.request().empty()) c.answer("{}");
}

/// Every request gets these bytes, then the connection ends.
raw_server::script says(std::string text) {
  return [text = std::move(text)](raw_connection& c) {
    if (!c.request().empty()) c.send(text);
  };
}

http_result posted_to(const raw_server::script& script, const http_client_settings& settings = patient()) {
  raw_server server{script};
  http_client client{settings};
  http_result r = client.perform(post(server.url()));
  // A client that gave up may be ahead of the server's thread.
  for (int tries = 0; server.requests().empty() && tries < 3000; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  CHECK(server.requests().size() == 1);
  return r;
}

}  // namespace

TEST_CASE("a request arrives as it was made, and its answer comes whole") {
  raw_server server{[](raw_connection& c) {
    while (!c.request().empty()) c.answer(R"({"a":1})", "HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\n");
  }};
  http_client client{patient()};
  http_request r = post(server.url("/orders/regular?x=%20y"), "price=1&tag=t");
  r.headers = {"X-Kite-Version: 3", "Authorization: token k:t"};
  const http_result got = client.perform(r);
  CHECK(got.delivery == answered);
  CHECK(got.status == 400);
  CHECK(got.content_type == "application/json");
  CHECK(got.body == R"({"a":1})");
  const std::string seen = server.requests().at(0);
  CHECK(seen.starts_with("POST /orders/regular?x=%20y HTTP/1.1\r\n"));
  CHECK(seen.ends_with("\r\n\r\nprice=1&tag=t"));
  for (const char* line : {"X-Kite-Version: 3\r\n", "Authorization: token k:t\r\n", "User-Agent: bulkhead\r\n",
                           "Content-Type: application/x-www-form-urlencoded\r\n", "Content-Length: 13\r\n"}) {
    CHECK(seen.find(line) != std::string::npos);
  }
  CHECK(seen.find("Expect") == std::string::npos);
}

TEST_CASE("each method is what it says, and they share one connection") {
  raw_server server{answer_all};
  http_client client{patient()};
  CHECK(client.perform({.method = http_method::put, .url = server.url("/a"), .body = "x=1"}).delivery == answered);
  CHECK(client.perform({.method = http_method::remove, .url = server.url("/b")}).delivery == answered);
  CHECK(client.perform(get(server.url("/c"))).delivery == answered);
  CHECK(client.perform(post(server.url("/d"), "")).delivery == answered);
  const auto seen = server.requests();
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].starts_with("PUT /a "));
  CHECK(seen[0].ends_with("\r\n\r\nx=1"));
  CHECK(seen[1].starts_with("DELETE /b "));
  CHECK(seen[2].starts_with("GET /c "));
  CHECK(seen[3].starts_with("POST /d "));
  CHECK(server.connections() == 1);
}

TEST_CASE("several threads may call, and no answer goes astray") {
  raw_server server{[](raw_connection& c) {
    for (std::string r = c.request(); !r.empty(); r = c.request()) c.answer(r.substr(r.find("\r\n\r\n") + 4));
  }};
  http_client client{patient()};
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string body = std::to_string(t) + ":" + std::to_string(i);
        if (client.perform(post(server.url(), body)).body == body) ++right;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(right == 100);
  CHECK(server.connections() <= 4);
}

TEST_CASE("nothing was sent where there is no connection") {
  std::string gone;
  {
    const raw_server server{answer_all};
    gone = server.url();
  }
  http_client client{patient()};
  const http_result refused = client.perform(post(gone));
  CHECK(refused.delivery == never_sent);
  CHECK(refused.error.find("connect") != std::string::npos);
  for (const char* url : {"", "nonsense", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://"}) {
    CAPTURE(url);
    CHECK(client.perform(post(url)).delivery == never_sent);
  }
}

TEST_CASE("a host is reached by addresses of the allowed version alone") {
  raw_server server{answer_all};
  std::string url = server.url("/x");  // it listens on 127.0.0.1 alone
  url.replace(url.find("127.0.0.1"), 9, "localhost");
  http_client_settings s = patient();
  for (const ip_version ip : {ip_version::any, ip_version::v4}) {
    s.ip = ip;
    CHECK(http_client{s}.perform(post(url)).delivery == answered);
  }
  s.ip = ip_version::v6;
  CHECK(http_client{s}.perform(post(url)).delivery == never_sent);
}

TEST_CASE("nothing was sent where TLS does not come about") {
  for (const char* hello : {"", "HTTP/1.1 200 OK\r\n\r\n", "\x15\x03\x01"}) {
    raw_server server{[hello](raw_connection& c) { c.send(hello); }};
    http_client client{patient()};
    CHECK(client.perform(post(server.url("/", "https"))).delivery == never_sent);
  }
  raw_server mute{[](raw_connection& c) { c.wait_for_close(); }};
  http_client client{hasty()};
  CHECK(client.perform(post(mute.url("/", "https"))).delivery == never_sent);
}

TEST_CASE("only a trusted certificate for this host is spoken to") {
  const tls_server server;
  http_client_settings s = patient();
  CHECK(http_client{s}.perform(post(server.url("127.0.0.1"))).delivery == never_sent);
  s.ca_file = std::filesystem::path{BULKHEAD_SOURCE_DIR} / "tests/http/tls_certificate.pem";
  const http_result good = http_client{s}.perform(post(server.url("127.0.0.1")));
  CHECK_MESSAGE(good.delivery == answered, good.error);
  CHECK(good.body == "{}");
  const http_result other = http_client{s}.perform(post(server.url("localhost")));  // not in the certificate
  CHECK(other.delivery == never_sent);
  CHECK_MESSAGE(other.error.find("certificate") != std::string::npos, other.error);
}

TEST_CASE("a server that resets a TLS connection in the middle of a body does not end this process") {
  auto* before = ::signal(SIGPIPE, SIG_DFL);  // whoever started the test may have it ignored
  const tls_server server;
  http_client_settings s = patient();
  s.ca_file = std::filesystem::path{BULKHEAD_SOURCE_DIR} / "tests/http/tls_certificate.pem";
  http_client client{s};
  for (int i = 0; i < 5; ++i) {
    const http_result r = client.perform(post(server.url("127.0.0.1") + "reset", std::string(8'000'000, 'x')));
    CHECK(r.delivery == maybe_sent);
  }
  CHECK(client.perform(post(server.url("127.0.0.1"))).delivery == answered);
  ::signal(SIGPIPE, before);
}

TEST_CASE("a request with a line break in it is not sent") {
  raw_server server{answer_all};
  http_client client{patient()};
  http_request r = post(server.url());
  r.headers = {"Authorization: token a:b\r\nX-Other: 1"};
  CHECK(client.perform(r).delivery == never_sent);
  CHECK(client.perform(post(server.url("/a\r\nb"))).delivery == never_sent);
  CHECK(server.connections() == 0);
}

TEST_CASE("a request that was read and not answered may have been sent, and is not sent again") {
  const http_result r = posted_to([](raw_connection& c) { c.request(); });
  CHECK(r.delivery == maybe_sent);
  CHECK_FALSE(r.error.empty());
}

TEST_CASE("a post on a kept connection that ends without an answer is not sent again, a get is") {
  // The first request of a connection is answered, the second one is read and dropped.
  raw_server server{[](raw_connection& c) {
    if (c.request().empty()) return;
    c.answer("{}");
    c.request();
  }};
  const auto count = [&server](std::string_view start) {
    std::size_t n = 0;
    for (const std::string& r : server.requests()) n += r.starts_with(start) ? 1 : 0;
    return n;
  };
  for (const http_method m : {http_method::post, http_method::put, http_method::remove}) {
    http_client client{patient()};
    CHECK(client.perform(get(server.url("/first"))).delivery == answered);
    const http_result lost = client.perform({.method = m, .url = server.url("/order"), .body = "a=1"});
    CHECK(lost.delivery == maybe_sent);
    CHECK(lost.error == "the kept connection ended before an answer; not sent again");
  }
  CHECK(count("POST /order") == 1);
  CHECK(count("PUT /order") == 1);
  CHECK(count("DELETE /order") == 1);
  http_client client{patient()};
  CHECK(client.perform(get(server.url("/first"))).delivery == answered);
  CHECK(client.perform(get(server.url("/again"))).delivery == answered);
  CHECK(count("GET /again") == 2);
}

TEST_CASE("a connection that the server has closed meanwhile is not used") {
  raw_server server{[](raw_connection& c) {
    if (c.request().empty()) return;
    c.answer("{}", "HTTP/1.1 200 OK\r\nConnection: close\r\n");
  }};
  http_client client{patient()};
  for (int i = 0; i < 3; ++i) CHECK(client.perform(post(server.url())).delivery == answered);
  CHECK(server.connections() == 3);
}

TEST_CASE("an answer that stops in the middle is no answer") {
  for (const std::string text :
       {"HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\"",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sta",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sta\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"}) {
    CAPTURE(text);
    const http_result r = posted_to(says(text));
    CHECK(r.delivery == maybe_sent);
    CHECK(r.body.empty());
    CHECK(r.status == 0);
  }
}

TEST_CASE("an answer in chunks, with a trailer or after a 100 Continue is whole") {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.0 200 OK\r\n\r\n{}"}) {
    CAPTURE(text);
    const http_result r = posted_to(says(text));
    CHECK(r.delivery == answered);
    CHECK(r.body == "{}");
  }
}

TEST_CASE("an answer that is no HTTP is no answer") {
  for (const std::string text : {"hello\n", "{\"status\":\"success\"}", "\x01\x02\x03\xff",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                                 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"}) {
    CAPTURE(text);
    CHECK(posted_to(says(text)).delivery == maybe_sent);
  }
}

TEST_CASE("an answer that does not come in time is no answer") {
  http_client_settings impatient = patient();
  impatient.total_timeout = std::chrono::seconds{1};
  CHECK(posted_to([](raw_connection& c) { c.wait_for_close(); }, impatient).delivery == maybe_sent);
  const auto drip = [](raw_connection& c) {
    if (c.request().empty()) return;
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    c.wait_for_close();
  };
  CHECK(posted_to(drip, impatient).delivery == maybe_sent);
}

TEST_CASE("an answer of more than the allowed size is cut off and is none") {
  http_client_settings small = patient();
  small.max_body_bytes = 16UL * 1024;
  const std::string announced = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
  CHECK(posted_to(says(announced), small).error == "an answer of more than the allowed 16384 bytes");
  const auto endless = [](raw_connection& c) {
    c.request();
    c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 1000; ++i) c.send("400\r\n" + std::string(1024, 'x') + "\r\n");
  };
  const http_result r = posted_to(endless, small);
  CHECK(r.delivery == maybe_sent);
  CHECK(r.error == "an answer of more than the allowed 16384 bytes");
  CHECK(r.body.empty());
  const auto headers = [](raw_connection& c) {
    c.request();
    c.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 1000; ++i) c.send("X-Filler: " + std::string(1024, 'x') + "\r\n");
  };
  CHECK(posted_to(headers, small).error == "an answer with more than the allowed 65536 bytes of headers");
}

TEST_CASE("a packed answer is unpacked, and counts as large as it is") {
  // 100,000 times 'x'.
  const unsigned char packed[] = {
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xc2, 0xa0,
      0xda, 0x8b, 0x6f, 0x0d, 0x0f, 0xa0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x57, 0x03, 0x71, 0x11, 0x07, 0xfe, 0xa0, 0x86, 0x01, 0x00};
  const std::string body{reinterpret_cast<const char*>(packed), sizeof packed};
  const auto script = [&body](raw_connection& c) {
    if (!c.request().empty()) c.answer(body, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n");
  };
  CHECK(posted_to(script).body == std::string(100'000, 'x'));
  http_client_settings small = patient();
  small.max_body_bytes = 16UL * 1024;
  CHECK(posted_to(script, small).delivery == maybe_sent);
}

TEST_CASE("a redirect is an answer and is not followed") {
  const http_result r =
      posted_to(says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
  CHECK(r.delivery == answered);
  CHECK(r.status == 302);
}

TEST_CASE("a proxy in the environment is not asked") {
  raw_server proxy{answer_all};
  raw_server server{answer_all};
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  ::setenv("all_proxy", proxy.url().c_str(), 1);
  http_client client{patient()};
  CHECK(client.perform(get(server.url())).delivery == answered);
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  CHECK(proxy.connections() == 0);
  CHECK(server.connections() == 1);
}
