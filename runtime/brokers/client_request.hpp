#pragma once
// What a broker's client is given by its node: its configuration, and hooks.
#include "runtime/blocking/blocking_client.hpp"
#include "runtime/domain/ids.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/paper_settings.hpp"
#include "runtime/domain/session.hpp"
#include "runtime/domain/time.hpp"
#include "runtime/ports/account_lines.hpp"
#include "runtime/ports/kite_settings.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace bulkhead {

/// What a kind keeps for one broker beyond the lives of its clients: connections, rate budgets, threads that may hang.
/// Made by the first client, typed by the kind. Thread-safe.
class account_keep {
 public:
  /// `make` gives a std::shared_ptr<T>; called once.
  template <class T, class Make>
  std::shared_ptr<T> get(const Make& make) {
    const std::scoped_lock lock{guard_};
    if (!kept_) kept_ = make();
    return std::static_pointer_cast<T>(kept_);
  }
  /// What people are told of the account.
  [[nodiscard]] account_lines& lines() noexcept { return lines_; }

 private:
  std::mutex guard_;
  account_lines lines_;
  std::shared_ptr<void> kept_;
};

struct client_hooks {
  /// nullptr: nobody trades here (a replay, a question about the kind), so a client must not touch the network.
  std::shared_ptr<account_keep> keep;
  /// Asked right before each request; see blocking_client_settings.
  std::function<std::optional<std::string>(const order&, venue_action)> may_send = [](const order&, venue_action) {
    return std::nullopt;
  };
  /// Whether the account was compared with the journal since the broker's subtree was opened. Any thread.
  std::function<bool()> is_compared = [] { return true; };
  /// For people: what no report can say. Any thread.
  std::function<void(const std::string&)> notice = [](const std::string&) {};
  /// Event time of the broker's newest frame: in a rehearsal on old data it is far from the wall's. Any thread.
  std::function<timestamp()> event_time = [] { return timestamp{}; };
};

/// One broker's configuration, as far as a client needs it. What it refers to outlives the client.
struct client_request {
  const broker_id& id;
  const paper_settings& paper;  ///< for kinds that simulate
  const kite_settings& kite;    ///< for kind zerodha
  const trading_session& session;
  const instrument_table& instruments;
  const client_hooks& hooks;  ///< copied where it is needed longer
};

}  // namespace bulkhead
