// Login at Zerodha: from the redirect to the token's file, and what a running node reads from that.
#include "runtime/brokers/zerodha/kite_session.hpp"
#include "runtime/secrets/secret_file.hpp"
#include "support/temp_dir.hpp"
#include "zerodha/kite_samples.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

timestamp ist(const char* text) { return parse_iso_ist(std::string{text} + "+05:30").value(); }

constexpr const char* state = "00112233445566778899aabbccddeeff";

std::string token_refusal(std::string_view pasted) {
  return kite_refusal([&] { (void)request_token_of(pasted, state); });
}

std::string session_json(const char* token = "canarytoken", const char* key = "testkey") {
  return fmt::format(R"({{"user_id":"AB1234","user_name":"A B","api_key":"{}","access_token":"{}",
    "public_token":"x","refresh_token":"","login_time":"2026-11-23 08:30:00","meta":{{}},"avatar_url":null}})",
                     key, token);
}

/// One exchange against an answer; what was sent goes to `sent`.
kite_session exchange(const http_result& a, http_request* sent = nullptr) {
  const http_call http = [&](const http_request& r) {
    if (sent != nullptr) *sent = r;
    return a;
  };
  return exchange_token(http, "https://api.kite.trade", "testkey", secret_text{std::string{"testsecret"}}, "reqtok");
}

/// With a short way to its files.
class folder : public test::temp_dir {
 public:
  [[nodiscard]] std::filesystem::path at(const char* name) const { return path() / name; }
};

kite_session session(const char* token, const char* login = "2026-11-23T08:30:00", const char* key = "testkey") {
  return {.api_key = key,
          .user_id = "AB1234",
          .user_name = "A B",
          .access_token = secret_text{std::string{token}},
          .login_time = ist(login),
          .expires_at = kite_expiry(ist(login))};
}

}  // namespace

TEST_CASE("a token lives until the first 06:00 after its login") {
  CHECK(kite_expiry(ist("2026-11-23T08:30:00")) == ist("2026-11-24T06:00:00"));
  CHECK(kite_expiry(ist("2026-11-23T23:59:59")) == ist("2026-11-24T06:00:00"));
  CHECK(kite_expiry(ist("2026-11-24T00:00:00")) == ist("2026-11-24T06:00:00"));
  CHECK(kite_expiry(ist("2026-11-24T05:59:59")) == ist("2026-11-24T06:00:00"));
  CHECK(kite_expiry(ist("2026-11-24T06:00:00")) == ist("2026-11-25T06:00:00"));
}

TEST_CASE("the login page gets the api key and a state that it hands back") {
  CHECK(login_url("https://kite.zerodha.com/connect/login", "k&1", "abc") ==
        "https://kite.zerodha.com/connect/login?v=3&api_key=k%261&redirect_params=state%3Dabc");
  CHECK(new_login_state().size() == 32);
  CHECK(new_login_state() != new_login_state());
}

TEST_CASE("the request token is found in a redirect, an address or alone") {
  const std::string query = std::string{"action=login&type=login&status=success&request_token=Ab12&state="} + state;
  CHECK(request_token_of("/?" + query, state) == "Ab12");
  CHECK(request_token_of(" http://127.0.0.1:8040/callback?" + query + "#x\n", state) == "Ab12");
  CHECK(request_token_of("Ab12\n", state) == "Ab12");
}

TEST_CASE("what is no answer to this login is refused") {
  CHECK(token_refusal("").find("no request_token in it") == 0);
  CHECK(token_refusal("/?status=success").find("no request_token in it") == 0);
  CHECK(token_refusal("/?request_token=a%20b").find("no request_token in it") == 0);
  CHECK(token_refusal("/?xrequest_token=ab").find("no request_token in it") == 0);
  CHECK(token_refusal("/?status=error&request_token=ab").find("the login ended with status \"error\"") == 0);
  CHECK(token_refusal("/?request_token=ab").find("another state, or none") != std::string::npos);
  CHECK(token_refusal("/?request_token=ab&state=evil").find("another state, or none") != std::string::npos);
}

TEST_CASE("a request token is exchanged with its checksum, without an Authorization header") {
  http_request sent;
  const kite_session s = exchange(success(session_json()), &sent);
  CHECK(sent.method == http_method::post);
  CHECK(sent.url == "https://api.kite.trade/session/token");
  CHECK(sent.headers == std::vector<std::string>{"X-Kite-Version: 3"});
  CHECK(sent.body ==
        "api_key=testkey&request_token=reqtok&checksum="
        "4f44e112fdfbb483462e732a1f89a13c3249c06df6591aec0169263e7e557e28");
  CHECK(s.user_id == "AB1234");
  CHECK(s.access_token.reveal() == "canarytoken");
  CHECK(s.login_time == ist("2026-11-23T08:30:00"));
  CHECK(s.expires_at == ist("2026-11-24T06:00:00"));
}

TEST_CASE("a refused or unreadable exchange says why, and shows no secret") {
  const auto why = [](const http_result& a) { return kite_refusal([&] { (void)exchange(a); }); };
  CHECK(why(answer(403, error_body("TokenException", "Token is invalid or has expired."))) ==
        "Kite gave no session: Token is invalid or has expired. (HTTP 403, TokenException); a request token works once "
        "and for a few minutes");
  CHECK(why({.delivery = http_delivery::never_sent, .error = "connection refused"}).find("connection refused") !=
        std::string::npos);
  CHECK(why(success(session_json("canary token"))) ==
        "session: key \"access_token\": allowed: letters, digits, '-' and '_'");
  CHECK(why(success(session_json("t", "other"))) == "Kite's session is for another api_key");
  CHECK(why(success("{}")).find("session: key \"api_key\"") == 0);
  const http_call none;
  CHECK(kite_refusal([&] { (void)exchange_token(none, "http://api.kite.trade", "k", secret_text{}, "r"); }) ==
        "Kite's address must be https, or this machine's");
}

TEST_CASE("a session is written for its owner alone and reads back") {
  const folder dir;
  const auto file = dir.at("session.json");
  write_session(file, session("canary1"));
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777U) == 0600U);
  const kite_session s = read_session(file);
  CHECK(s.access_token.reveal() == "canary1");
  CHECK(s.user_id == "AB1234");
  CHECK(s.login_time == ist("2026-11-23T08:30:00"));
  CHECK(s.expires_at == ist("2026-11-24T06:00:00"));
}

TEST_CASE("a damaged session file is refused by name, and its content not told") {
  const folder dir;
  const auto file = dir.at("session.json");
  for (const char* text : {"", "canary", R"({"access_token":"canary"})", R"({"access_token":"canary"}})"}) {
    write_secret_file(file, text);
    const std::string why = kite_refusal([&] { (void)read_session(file); });
    CHECK(why.find(file.string()) == 0);
    CHECK(why.find("run: bulkhead login zerodha") != std::string::npos);
    CHECK(why.find("canary") == std::string::npos);
  }
}

TEST_CASE("a session of another user than the one that is wanted gives no access token") {
  const folder dir;
  const auto file = dir.at("session.json");
  write_session(file, session("one"));
  const timestamp now = ist("2026-11-23T09:00:00");
  const auto of = [&](const char* user) {
    return kite_session_source{file, [] { return std::string{"testkey"}; }, [now] { return now; }, user};
  };
  CHECK(of("AB1234").credentials().access_token.reveal() == "one");
  auto other = of("CD5678");
  CHECK(other.credentials().access_token.empty());
  CHECK(other.why_none() == file.string() +
                                " is the login of AB1234, allowed: CD5678 (kite.user_id); run: bulkhead login "
                                "zerodha");
}

TEST_CASE("a running node sees a login, a new one, the expiry and the logout") {
  const folder dir;
  const auto file = dir.at("session.json");
  timestamp now = ist("2026-11-23T09:00:00");
  kite_session_source source{file, "testkey", [&now] { return now; }};
  CHECK(source.credentials().access_token.empty());
  CHECK(source.why_none() == "nobody is logged in: no file " + file.string() + "; run: bulkhead login zerodha");
  CHECK_FALSE(source.expires_at());

  write_session(file, session("one"));
  CHECK(source.credentials().access_token.reveal() == "one");
  CHECK(source.credentials().api_key == "testkey");
  CHECK(source.why_none().empty());
  CHECK(source.expires_at() == ist("2026-11-24T06:00:00"));
  write_session(file, session("two"));
  CHECK(source.credentials().access_token.reveal() == "two");

  now = ist("2026-11-24T05:59:59");
  CHECK(source.credentials().access_token.reveal() == "two");
  now = ist("2026-11-24T06:00:00");
  CHECK(source.credentials().access_token.empty());
  CHECK(source.why_none() == "the session expired at 2026-11-24T06:00:00+05:30; run: bulkhead login zerodha");
  write_session(file, session("three", "2026-11-24T08:00:00"));
  CHECK(source.credentials().access_token.reveal() == "three");

  write_session(file, session("four", "2026-11-24T08:00:00", "otherkey"));
  CHECK(source.credentials().access_token.empty());
  CHECK(source.why_none().find("belongs to another api_key") != std::string::npos);
  write_session(file, session("five", "2026-11-24T08:00:00"));
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  CHECK(source.credentials().access_token.empty());
  CHECK(source.why_none().find("mode 0644") != std::string::npos);
  std::filesystem::remove(file);
  CHECK(source.credentials().access_token.empty());
}
