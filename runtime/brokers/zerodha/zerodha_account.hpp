#pragma once
// What one Zerodha account keeps beyond the lives of its clients: the connections, the day's login, the rate budget,
// the budget of threads, and the way in for what Kite says unasked. Thread-safe.
#include "runtime/blocking/blocking_calls.hpp"
#include "runtime/brokers/zerodha/kite_rest.hpp"
#include "runtime/brokers/zerodha/kite_session.hpp"
#include "runtime/brokers/zerodha/order_updates.hpp"
#include "runtime/brokers/zerodha/request_pacer.hpp"
#include "runtime/http/http_client.hpp"
#include "runtime/ports/account_lines.hpp"
#include "runtime/ports/kite_settings.hpp"
#include "runtime/secrets/secret_source.hpp"

#include <functional>
#include <memory>
#include <string>

namespace bulkhead {

/// What is said where Kite itself has ended the session.
inline constexpr std::string_view session_over =
    "Kite says that the session is over (a logout, or a newer login); run: bulkhead login zerodha";

class zerodha_account : public std::enable_shared_from_this<zerodha_account> {
 public:
  /// Makes no connection and reads no file: what is wrong with those is said where they are needed. `http`: for tests.
  explicit zerodha_account(const kite_settings& settings, http_call http = nullptr);

  [[nodiscard]] const kite_settings& settings() const noexcept { return settings_; }
  [[nodiscard]] kite_session_source& session() noexcept { return session_; }
  [[nodiscard]] const secret_source& api_secret() const noexcept { return api_secret_; }
  [[nodiscard]] const std::shared_ptr<thread_budget>& threads() const noexcept { return threads_; }
  [[nodiscard]] request_pacer& orders() noexcept { return *orders_; }
  /// Keeps the account: a call that hangs may outlive the client. Reads wait for their own budget, and everything that
  /// comes back is looked at: a session that is over, a throttle. `scope`: of its failpoints (kite_failpoints.hpp).
  [[nodiscard]] kite_rest rest(const std::string& scope = "kite");

  /// What Kite says unasked: the socket, and postbacks where the settings name a port.
  [[nodiscard]] order_updates& updates() noexcept { return *updates_; }

  /// The account's own lines.
  void show_in(account_lines& lines);

 private:
  http_result call(const http_request& r);

  const kite_settings settings_;
  const secret_source api_key_;
  const secret_source api_secret_;
  kite_session_source session_;
  http_client client_;
  const http_call http_;
  const std::shared_ptr<request_pacer> orders_;
  const std::shared_ptr<request_pacer> reads_;
  std::shared_ptr<thread_budget> threads_;
  const std::unique_ptr<order_updates> updates_;  ///< last: its threads use the others
};

}  // namespace bulkhead
