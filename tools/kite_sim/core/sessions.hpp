#pragma once
// Login at the simulator: apps, request tokens, access tokens, their ends. Pure; times come in. One owner.
//
// A request token is used once and lives five minutes of wall time. An access token dies at 06:00 IST of the market's
// next day, at a logout, or when the same app logs in again. Tokens are derived from a seed, so a run can be repeated:
// they protect nothing.
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace bulkhead::kite_sim {

/// What a user registered at the developer console.
struct app_registration {
  std::string api_key;
  std::string api_secret;
  std::string user_id;
  std::string redirect_url;  ///< where the login page sends the browser; empty: nowhere
  std::string postback_url;  ///< http://host:port/path; empty: none
};

struct access {
  std::string api_key;
  std::string user_id;
  std::string token;
  timestamp login_time;  ///< market time
  timestamp ends;        ///< market time
};

class sessions {
 public:
  explicit sessions(std::uint64_t seed) : seed_(seed) {}

  /// False: this api_key is there already.
  bool add(app_registration app);
  /// nullptr: no such app.
  [[nodiscard]] const app_registration* app(std::string_view api_key) const;
  [[nodiscard]] const std::map<std::string, app_registration, std::less<>>& apps() const noexcept { return apps_; }

  /// What the login page hands out. The app must exist.
  [[nodiscard]] std::string log_in(const std::string& api_key, timestamp wall);
  /// Exchanges a request token. Throws kite_error for a wrong app, token or checksum.
  access exchange_token(const std::string& api_key, const std::string& request_token, const std::string& checksum,
                        timestamp market, timestamp wall);
  /// nullptr: no such session, or it has ended.
  [[nodiscard]] const access* find(std::string_view api_key, std::string_view token, timestamp market) const;
  /// False: no such session.
  bool log_out(const std::string& api_key, const std::string& token);
  /// Ends the sessions of all apps of a user; empty: of everybody.
  void revoke(std::string_view user_id);

 private:
  struct pending {
    std::string api_key;
    timestamp ends;  ///< wall time
  };
  [[nodiscard]] std::string made_up(std::string_view purpose, const std::string& api_key);

  std::uint64_t seed_;
  std::uint64_t made_ = 0;
  std::map<std::string, app_registration, std::less<>> apps_;
  std::map<std::string, pending, std::less<>> requests_;
  std::map<std::string, access, std::less<>> open_;  ///< by api_key
};

/// 06:00 IST after `t`.
[[nodiscard]] timestamp next_token_end(timestamp t);

}  // namespace bulkhead::kite_sim
