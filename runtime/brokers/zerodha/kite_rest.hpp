#pragma once
// Kite's REST interface: one function a call, over any HTTP. Keeps nothing but its settings.
#include "runtime/brokers/zerodha/kite_encode.hpp"
#include "runtime/brokers/zerodha/kite_reply.hpp"
#include "runtime/http/http_message.hpp"
#include "runtime/secrets/secret.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace bulkhead {

/// What a signed call needs. Asked before each call, so that a new login counts from then on.
struct kite_credentials {
  std::string api_key;
  secret_text access_token;  ///< empty: nobody is logged in, nothing is sent
  std::string why_none;      ///< and why; empty: nothing more is known
};

struct kite_rest_settings {
  std::string base_url = "https://api.kite.trade";  ///< no slash at its end
  std::function<kite_credentials()> credentials;
};

/// Secrets travel by https, or to this machine itself.
[[nodiscard]] bool is_safe_url(std::string_view url);

/// Thread-safe if the HTTP and the credentials are.
class kite_rest {
 public:
  /// Throws std::invalid_argument for a base URL that is not safe.
  kite_rest(http_call http, kite_rest_settings settings);

  [[nodiscard]] kite_reply place(const std::string& form) const;
  [[nodiscard]] kite_reply modify(const broker_order_id& id, const std::string& form) const;
  [[nodiscard]] kite_reply cancel(const broker_order_id& id) const;
  [[nodiscard]] kite_reply orders() const { return get("/orders"); }
  [[nodiscard]] kite_reply trades() const { return get("/trades"); }
  [[nodiscard]] kite_reply trades_of(const broker_order_id& id) const;
  [[nodiscard]] kite_reply positions() const { return get("/portfolio/positions"); }
  [[nodiscard]] kite_reply holdings() const { return get("/portfolio/holdings"); }
  [[nodiscard]] kite_reply margins() const { return get("/user/margins"); }
  [[nodiscard]] kite_reply profile() const { return get("/user/profile"); }

 private:
  [[nodiscard]] kite_reply get(const std::string& path) const { return send(http_method::get, path); }
  [[nodiscard]] kite_reply send(http_method method, const std::string& path, const std::string& form = {}) const;

  http_call http_;
  kite_rest_settings settings_;
};

}  // namespace bulkhead
