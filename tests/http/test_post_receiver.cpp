// The receiver of webhooks, among posters that say nothing, nonsense, or too much.
#include "http/raw_client.hpp"
#include "runtime/http/http_client.hpp"
#include "runtime/http/post_receiver.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bulkhead;

namespace {

struct rig {
  std::mutex guard;
  std::vector<std::string> bodies;
  post_receiver receiver{0,
                         [this](std::string_view body) {
                           const std::scoped_lock lock{guard};
                           bodies.emplace_back(body);
                           return body == "bad" ? 400 : 200;
                         },
                         1'000};

  int post(const std::string& body) {
    http_client http{{.connect_timeout = std::chrono::seconds{30}, .total_timeout = std::chrono::seconds{30}}};
    return http
        .perform({.method = http_method::post,
                  .url = "http://127.0.0.1:" + std::to_string(receiver.port()) + "/anything",
                  .body = body})
        .status;
  }
};

}  // namespace

TEST_CASE("what is posted reaches the handler, whose word is the answer") {
  rig r;
  CHECK(r.post("one") == 200);
  CHECK(r.post("bad") == 400);
  CHECK(r.bodies == std::vector<std::string>{"one", "bad"});
}

TEST_CASE("too long a body, another method and nonsense are refused without the handler") {
  rig r;
  CHECK(r.post(std::string(1'000, 'x')) == 200);
  CHECK(r.post(std::string(1'001, 'x')) == 413);
  CHECK(
      test::raw_client{r.receiver.port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"}.received().starts_with("HTTP/1.1 405"));
  CHECK(test::raw_client{r.receiver.port(), "nonsense\r\n\r\n"}.received().starts_with("HTTP/1.1 400"));
  CHECK(r.bodies.size() == 1);
}

TEST_CASE("connections that say nothing hold up nobody, and are bounded") {
  rig r;
  std::vector<std::unique_ptr<test::raw_client>> silent;
  for (std::size_t i = 0; i + 1 < post_receiver::max_connections; ++i) {
    silent.push_back(std::make_unique<test::raw_client>(r.receiver.port()));
  }
  CHECK(r.post("one") == 200);
  // Whether the posted one has made room already does not matter: with as many again, some find none.
  for (std::size_t i = 0; i < post_receiver::max_connections; ++i) {
    silent.push_back(std::make_unique<test::raw_client>(r.receiver.port()));
  }
  CHECK(silent.back()->received().empty());  // closed at once
}

TEST_CASE("a port that is taken is said, and the end does not wait for silent connections") {
  rig r;
  const test::raw_client silent{r.receiver.port()};
  CHECK_THROWS_AS((post_receiver{r.receiver.port(), [](std::string_view) { return 200; }, 10}), post_receiver_error);
}
