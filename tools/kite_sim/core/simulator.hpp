#pragma once
// The simulated broker behind its HTTP interface: one request in, one answer out. Pure: no socket, no clock; whoever
// owns it gives the wall time with each call and moves the market. One owner, one thread.
#include "tools/kite_sim/core/book_views.hpp"
#include "tools/kite_sim/core/faults.hpp"
#include "tools/kite_sim/core/rate_limits.hpp"
#include "tools/kite_sim/core/sessions.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::kite_sim {

struct simulator_settings {
  exchange_settings exchange;
  rate_settings rates;
  std::uint64_t seed = 1;
  bool auto_login = false;  ///< the login page redirects at once, without a click
};

struct http_request {
  std::string method;
  std::string target;         ///< path and query
  std::string authorization;  ///< the header's value
  std::string body;
  bool from_loopback = true;  ///< only then admin routes answer
};

struct http_reply {
  enum class ending : std::uint8_t {
    whole,
    none,  ///< the connection closes without an answer
    half,  ///< the answer breaks off in its middle, then the connection closes
  };
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::string location;  ///< of a redirect
  ending end = ending::whole;
  std::int64_t delay_ms = 0;
};

/// A request taken apart.
struct routed_request {
  std::string method;
  std::string path;
  std::vector<std::string> parts;  ///< of the path, decoded
  form query;
  form fields;  ///< the query for GET and DELETE, the body otherwise
  std::string body;
  std::string authorization;
};

class simulator {
 public:
  /// Keeps a reference to `listed`.
  simulator(const listing& listed, simulator_settings settings);

  /// False: the api_key is there already. The user's account is opened with this much cash, once.
  bool add_app(app_registration app, money cash);

  [[nodiscard]] http_reply handle(const http_request& request, timestamp wall);

  [[nodiscard]] exchange& venue() noexcept { return exchange_; }
  [[nodiscard]] const exchange& venue() const noexcept { return exchange_; }
  [[nodiscard]] sessions& logins() noexcept { return sessions_; }
  [[nodiscard]] faults& mishaps() noexcept { return faults_; }
  /// nullptr: this pair opens no socket.
  [[nodiscard]] const access* socket_access(std::string_view api_key, std::string_view token) const;

 private:
  [[nodiscard]] http_reply api(const routed_request& request, timestamp wall);
  [[nodiscard]] nlohmann::json answer(const routed_request& request, timestamp wall);
  [[nodiscard]] nlohmann::json session_route(const routed_request& request, timestamp wall);
  [[nodiscard]] nlohmann::json signed_route(const routed_request& request, const access& who, timestamp wall);
  [[nodiscard]] nlohmann::json user_route(const routed_request& request, const access& who) const;
  [[nodiscard]] nlohmann::json orders_route(const routed_request& request, const access& who, timestamp wall);
  [[nodiscard]] nlohmann::json place(const routed_request& request, const access& who, timestamp wall);
  [[nodiscard]] nlohmann::json portfolio_route(const routed_request& request, const access& who, timestamp wall);
  [[nodiscard]] nlohmann::json quote_route(const routed_request& request) const;
  [[nodiscard]] nlohmann::json historical_route(const routed_request& request) const;
  [[nodiscard]] http_reply login_page(const routed_request& request, timestamp wall);
  [[nodiscard]] http_reply admin(const routed_request& request, timestamp wall);
  [[nodiscard]] nlohmann::json admin_route(const routed_request& request, timestamp wall);
  [[nodiscard]] nlohmann::json admin_faults(const routed_request& request);
  [[nodiscard]] const access& authorised(const routed_request& request) const;
  [[nodiscard]] book_reader reader_of(const routed_request& request, const access& who, timestamp wall);
  [[nodiscard]] nlohmann::json profile_of(const access& who) const;

  const listing* listed_;
  simulator_settings settings_;
  exchange exchange_;
  sessions sessions_;
  rate_limits rates_;
  faults faults_;
  std::map<std::string, std::uint64_t> requests_;  ///< by method and first part of the path
  std::map<std::string, std::uint64_t> statuses_;  ///< by what was answered; "none": nothing
  /// Every request that would place an order, as it came in, whatever became of it.
  struct placement {
    std::string tag;
    std::string answer;  ///< the status, or "none"
  };
  std::vector<placement> placements_;
};

/// {"status": "success", "data": ...}
[[nodiscard]] http_reply success(const nlohmann::json& data);
/// {"status": "error", ...}
[[nodiscard]] http_reply failure(int status, std::string_view type, std::string_view message);

}  // namespace bulkhead::kite_sim
