#pragma once
// A day's session with Zerodha: the login page, the request token that comes back, its exchange, and the access token
// in a file of its owner's, which the node reads while it runs.
#include "runtime/brokers/zerodha/kite_json.hpp"
#include "runtime/brokers/zerodha/kite_rest.hpp"
#include "runtime/domain/time.hpp"
#include "runtime/http/http_message.hpp"
#include "runtime/secrets/secret.hpp"

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead {

struct kite_session {
  std::string api_key, user_id, user_name;
  secret_text access_token;
  timestamp login_time;
  timestamp expires_at;
};

/// Tokens die at 06:00 IST: the first one after the login.
[[nodiscard]] timestamp kite_expiry(timestamp login_time);

/// A random text of 32 hex digits. The login page hands it back with the request token: a redirect without it was made
/// by somebody else, who would have the user trade on another account.
[[nodiscard]] std::string new_login_state();

/// For the user's browser. `page`: "https://kite.zerodha.com/connect/login".
[[nodiscard]] std::string login_url(std::string_view page, std::string_view api_key, std::string_view state);

/// The request token out of what the redirect brought ("/?request_token=...&state=..."), of a pasted address, or of a
/// pasted token alone. Throws kite_error: the login failed, no token, no or another state (a bare token has none).
[[nodiscard]] std::string request_token_of(std::string_view pasted, std::string_view state);

/// POST /session/token. Throws kite_error with Kite's reason; the text holds no secret.
[[nodiscard]] kite_session exchange_token(const http_call& http, const std::string& base_url,
                                          const std::string& api_key, const secret_text& api_secret,
                                          std::string_view request_token);

/// One JSON object, mode 0600, replaced whole. Throws secret_file_error.
void write_session(const std::filesystem::path& file, const kite_session& session);
/// Throws secret_file_error or kite_error, which names the file.
[[nodiscard]] kite_session read_session(const std::filesystem::path& file);

/// The session in that file as of now; looks at the file on each call, and reads it where it has changed. Thread-safe.
class kite_session_source {
 public:
  /// Gives the app's key; what it throws says why there is none.
  using key_source = std::function<std::string()>;

  kite_session_source(std::filesystem::path file, std::string api_key, std::function<timestamp()> now);
  /// `user_id`: whose session it must be; empty: anybody's.
  kite_session_source(std::filesystem::path file, key_source api_key, std::function<timestamp()> now,
                      std::string user_id = {});

  /// Without an access token where there is no file, it cannot be read, belongs to another app or user, or has expired;
  /// then why_none says so.
  [[nodiscard]] kite_credentials credentials();
  /// Why there is no access token, for people; empty: there is one.
  [[nodiscard]] std::string why_none();
  [[nodiscard]] std::optional<timestamp> expires_at();

  /// Kite itself says that the session is over. Holds until the file changes, or Kite takes a call after all.
  void on_refused();
  void on_taken();
  [[nodiscard]] bool is_refused();

 private:
  void refresh();

  const std::filesystem::path file_;
  const key_source api_key_source_;
  const std::function<timestamp()> now_;
  const std::string user_id_;
  std::mutex guard_;
  std::string api_key_;
  std::string seen_;  ///< what the file was when it was read last: inode, size, time
  std::optional<kite_session> session_;
  std::string why_unread_;  ///< the file; empty: it was read
  std::string why_none_;
  bool is_refused_ = false;
};

}  // namespace bulkhead
