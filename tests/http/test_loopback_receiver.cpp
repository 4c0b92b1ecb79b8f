// The receiver of a login's redirect, among browsers that say nothing, nonsense, or too much.
#include "http/raw_client.hpp"
#include "runtime/http/http_client.hpp"
#include "runtime/http/loopback_receiver.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace std::chrono_literals;

namespace {

bool has_token(std::string_view target) { return target.find("request_token=") != std::string_view::npos; }

constexpr std::string_view redirect =
    "GET /?request_token=abc&state=s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: x\r\n\r\n";

}  // namespace

TEST_CASE("the redirect is received, and the browser is shown the page") {
  loopback_receiver receiver{0};
  const test::raw_client b{receiver.port(), redirect};
  CHECK(receiver.wait(has_token, "<p>done</p>", 30s) == "/?request_token=abc&state=s");
  const std::string page = b.received();
  CHECK(page.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(page.ends_with("<p>done</p>"));
}

TEST_CASE("what is not the redirect does not end the wait, and holds up nothing") {
  loopback_receiver receiver{0};
  const test::raw_client mute{receiver.port()};
  const test::raw_client icon{receiver.port(), "GET /favicon.ico HTTP/1.1\r\n\r\n"};
  const test::raw_client post{receiver.port(), "POST /?request_token=evil HTTP/1.1\r\n\r\n"};
  const test::raw_client nonsense{receiver.port(), std::string_view{"\0\r\n\r\n", 5}};
  const test::raw_client half{receiver.port(), redirect.substr(0, 30)};
  const test::raw_client endless{receiver.port(), "GET /" + std::string(2 * loopback_receiver::max_request, 'x')};
  { const test::raw_client gone{receiver.port()}; }
  const test::raw_client b{receiver.port(), redirect};
  CHECK(receiver.wait(has_token, "", 30s) == "/?request_token=abc&state=s");
  CHECK(icon.received().starts_with("HTTP/1.1 404 "));
  CHECK(post.received().starts_with("HTTP/1.1 400 "));
}

TEST_CASE("more connections than it serves end the oldest") {
  loopback_receiver receiver{0};
  std::vector<std::unique_ptr<test::raw_client>> mute;
  std::thread opens{[&] {
    for (int i = 0; i < 40; ++i) mute.push_back(std::make_unique<test::raw_client>(receiver.port()));
    mute.push_back(std::make_unique<test::raw_client>(receiver.port(), redirect));
  }};
  CHECK(receiver.wait(has_token, "", 30s) == "/?request_token=abc&state=s");
  opens.join();
}

TEST_CASE("the wait ends, and a taken port is told") {
  loopback_receiver receiver{0};
  CHECK_FALSE(receiver.wait(has_token, "", 1ms));
  try {
    const loopback_receiver second{receiver.port()};
    FAIL("two receivers on one port");
  } catch (const loopback_error& e) {
    CHECK(std::string{e.what()}.find("cannot be listened on; end what uses it") != std::string::npos);
  }
}
