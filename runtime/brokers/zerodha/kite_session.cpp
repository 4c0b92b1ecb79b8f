#include "runtime/brokers/zerodha/kite_session.hpp"

#include "runtime/brokers/zerodha/kite_rows.hpp"
#include "runtime/secrets/secret_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sodium/randombytes.h>
#include <sys/stat.h>

namespace bulkhead {
namespace {

constexpr duration flush_time = seconds(6 * 3600);
constexpr duration day = seconds(24 * 3600);

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

/// The value of a query's parameter; nullopt: it has none. Tokens and states have nothing to unescape.
std::optional<std::string_view> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

secret_text read_token(const kite_fields& in) {
  std::string found = in.text("access_token");
  // The text of an error must not hold it.
  if (!is_token(found)) throw kite_error("session: key \"access_token\": allowed: letters, digits, '-' and '_'");
  return secret_text{std::move(found)};
}

kite_session session_of(const kite_value& data) {
  const kite_fields in{data, "session"};
  kite_session s{.api_key = in.id("api_key"), .user_id = in.id("user_id"), .user_name = in.text("user_name")};
  s.access_token = read_token(in);
  const auto login = parse_kite_time(in.text("login_time"));
  if (!login) in.refuse("login_time", "a time like 2026-11-23 08:30:00");
  s.login_time = *login;
  s.expires_at = kite_expiry(*login);
  return s;
}

std::string kite_time_of(timestamp t) {
  std::string iso = to_iso_ist({t.ns - t.ns % 1'000'000'000}).substr(0, 19);
  iso[10] = ' ';
  return iso;
}

/// Changes whenever the file is replaced; empty: there is none.
std::string state_of(const std::filesystem::path& file) {
  struct stat s {};
  if (::stat(file.c_str(), &s) != 0) return {};
  return fmt::format("{} {} {} {} {}", s.st_ino, s.st_size, s.st_mode, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

}  // namespace

timestamp kite_expiry(timestamp login_time) {
  const timestamp today = start_of_day(date_of(login_time)) + flush_time;
  return login_time < today ? today : today + day;
}

std::string new_login_state() {
  std::array<unsigned char, 16> random{};
  randombytes_buf(random.data(), random.size());
  return fmt::format("{:02x}", fmt::join(random, ""));
}

std::string login_url(std::string_view page, std::string_view api_key, std::string_view state) {
  kite_form handed_back;
  handed_back.add("state", state);
  kite_form query;
  query.add("v", "3").add("api_key", api_key).add("redirect_params", handed_back.text());
  return fmt::format("{}?{}", page, query.text());
}

std::string request_token_of(std::string_view pasted, std::string_view state) {
  const std::string_view text = trimmed(pasted);
  if (is_token(text)) return std::string{text};
  const auto mark = text.find('?');
  const std::string_view query =
      mark == std::string_view::npos ? text : text.substr(mark + 1, text.find('#') - mark - 1);
  if (const auto status = parameter(query, "status"); status && *status != "success") {
    throw kite_error(fmt::format("the login ended with status \"{}\"; log in again", status->substr(0, 40)));
  }
  const auto token = parameter(query, "request_token");
  if (!token || !is_token(*token)) {
    throw kite_error(
        "no request_token in it; paste the whole address that the browser was sent to, or the token alone");
  }
  if (parameter(query, "state") != state) {
    throw kite_error("this address is not the answer to this login (another state, or none); begin the login again");
  }
  return std::string{*token};
}

kite_session exchange_token(const http_call& http, const std::string& base_url, const std::string& api_key,
                            const secret_text& api_secret, std::string_view request_token) {
  if (!is_safe_url(base_url)) throw kite_error("Kite's address must be https, or this machine's");
  kite_form form;
  form.add("api_key", api_key).add("request_token", request_token);
  form.add("checksum", sha256_hex({api_key, request_token, api_secret.reveal()}));
  const kite_reply reply = read_reply(http({.method = http_method::post,
                                            .url = base_url + "/session/token",
                                            .headers = {"X-Kite-Version: 3"},
                                            .body = form.text()}));
  if (reply.outcome != kite_outcome::ok) {
    throw kite_error(
        fmt::format("Kite gave no session: {}; a request token works once and for a few minutes", reply.message));
  }
  kite_session s = session_of(reply.data);
  if (s.api_key != api_key) throw kite_error("Kite's session is for another api_key");
  return s;
}

void write_session(const std::filesystem::path& file, const kite_session& session) {
  nlohmann::json whole{{"api_key", session.api_key},
                       {"user_id", session.user_id},
                       {"user_name", session.user_name},
                       {"access_token", session.access_token.reveal()},
                       {"login_time", kite_time_of(session.login_time)}};
  const secret_text text{whole.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
  write_secret_file(file, text.reveal());
}

kite_session read_session(const std::filesystem::path& file) {
  const secret_text text = read_secret_file(file);
  try {
    return session_of(kite_value::parse(text.reveal()));
  } catch (const kite_error& e) {
    throw kite_error(fmt::format("{}: {}; run: bulkhead login zerodha", file.string(), e.what()));
  }
}

kite_session_source::kite_session_source(std::filesystem::path file, std::string api_key,
                                         std::function<timestamp()> now)
    : kite_session_source(
          std::move(file), [key = std::move(api_key)] { return key; }, std::move(now)) {}

kite_session_source::kite_session_source(std::filesystem::path file, key_source api_key, std::function<timestamp()> now,
                                         std::string user_id)
    : file_(std::move(file)),
      api_key_source_(std::move(api_key)),
      now_(std::move(now)),
      user_id_(std::move(user_id)),
      seen_("never") {}

void kite_session_source::refresh() {
  std::string state = state_of(file_);
  if (state != seen_) {
    session_.reset();
    why_unread_.clear();
    is_refused_ = false;
    try {
      session_ = bulkhead::read_session(file_);
    } catch (const std::runtime_error& e) {
      why_unread_ = state.empty()
                        ? fmt::format("nobody is logged in: no file {}; run: bulkhead login zerodha", file_.string())
                        : e.what();
    }
    seen_ = std::move(state);
  }
  why_none_ = why_unread_;
  try {
    api_key_ = api_key_source_();
  } catch (const std::runtime_error& e) {
    api_key_.clear();
    why_none_ = fmt::format("no api_key: {}", e.what());
    return;
  }
  if (!session_) return;
  if (session_->api_key != api_key_) {
    why_none_ = fmt::format("{} belongs to another api_key; run: bulkhead login zerodha", file_.string());
  } else if (!user_id_.empty() && session_->user_id != user_id_) {
    why_none_ = fmt::format("{} is the login of {}, allowed: {} (kite.user_id); run: bulkhead login zerodha",
                            file_.string(), session_->user_id, user_id_);
  } else if (now_() >= session_->expires_at) {
    why_none_ = fmt::format("the session expired at {}; run: bulkhead login zerodha", to_iso_ist(session_->expires_at));
  }
}

kite_credentials kite_session_source::credentials() {
  const std::scoped_lock lock{guard_};
  refresh();
  kite_credentials out{.api_key = api_key_, .why_none = why_none_};
  if (session_ && why_none_.empty()) out.access_token = session_->access_token.copy();
  return out;
}

std::string kite_session_source::why_none() {
  const std::scoped_lock lock{guard_};
  refresh();
  return why_none_;
}

std::optional<timestamp> kite_session_source::expires_at() {
  const std::scoped_lock lock{guard_};
  refresh();
  return session_ ? std::optional{session_->expires_at} : std::nullopt;
}

void kite_session_source::on_refused() {
  const std::scoped_lock lock{guard_};
  is_refused_ = true;
}

void kite_session_source::on_taken() {
  const std::scoped_lock lock{guard_};
  is_refused_ = false;
}

bool kite_session_source::is_refused() {
  const std::scoped_lock lock{guard_};
  refresh();
  return is_refused_;
}

}  // namespace bulkhead
