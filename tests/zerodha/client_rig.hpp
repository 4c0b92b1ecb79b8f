#pragma once
// A Zerodha client over a fake Kite, with what it says.
#include "runtime/brokers/zerodha/kite_encode.hpp"
#include "runtime/brokers/zerodha/order_updates.hpp"
#include "runtime/brokers/zerodha/zerodha_client.hpp"
#include "runtime/secrets/secret_file.hpp"
#include "support/order_fixtures.hpp"
#include "support/temp_dir.hpp"
#include "zerodha/fake_kite.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::test {

using kind = broker_update::kind;

/// What a client said. Outlives its test as long as a thread of the client's does.
struct client_record {
  std::mutex guard;
  std::vector<broker_update> updates;
  std::vector<std::string> notices;
};

struct client_rig {
  temp_dir folder;
  std::shared_ptr<fake_kite> shared_kite = std::make_shared<fake_kite>();
  std::shared_ptr<client_record> heard = std::make_shared<client_record>();
  fake_kite& kite = *shared_kite;
  std::mutex& guard = heard->guard;
  std::vector<broker_update>& updates = heard->updates;
  std::vector<std::string>& notices = heard->notices;
  kite_settings settings;
  client_hooks hooks;
  std::shared_ptr<zerodha_account> account;
  std::unique_ptr<broker_client> client;

  client_rig() {
    settings.url = "https://api.kite.trade";
    settings.api_key_file = folder.path() / "key";
    settings.api_secret_file = folder.path() / "secret";
    settings.session_file = folder.path() / "session";
    settings.poll_ms = 50;
    settings.absence_after_ms = 100;
    settings.between_absences_ms = 50;
    write_secret_file(settings.api_key_file, "testkey");
    write_secret_file(settings.api_secret_file, "testsecret");
    hooks.keep = std::make_shared<account_keep>();
    hooks.event_time = [] { return at(10, 0); };
    hooks.notice = [heard = heard](const std::string& text) {
      const std::scoped_lock lock{heard->guard};
      heard->notices.push_back(text);
    };
  }

  void log_in(const char* token = "canary") const {
    const timestamp login = now() + seconds(900);  // a login ends at 06:00 IST: none ends under a test
    write_session(settings.session_file, {.api_key = "testkey",
                                          .user_id = "AB1234",
                                          .access_token = secret_text{std::string{token}},
                                          .login_time = login,
                                          .expires_at = kite_expiry(login)});
  }
  static timestamp now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(since).count() / 1'000'000'000 * 1'000'000'000};
  }

  void start(std::vector<order> live = {}) {
    if (!account) {
      account = std::make_shared<zerodha_account>(
          settings, [kite = shared_kite](const http_request& r) { return kite->call()(r); });
    }
    static const broker_id id{"zerodha"};
    static const paper_settings paper;
    static const trading_session session;
    client = zerodha_client_of(account, {id, paper, settings, session, instruments(), hooks});
    client->report_to([heard = heard](std::vector<broker_update> more) {
      const std::scoped_lock lock{heard->guard};
      heard->updates.insert(heard->updates.end(), more.begin(), more.end());
    });
    std::vector<const order*> pointers;
    for (const order& o : live) pointers.push_back(&o);
    client->restore(pointers);
  }

  /// Waits until the order is told to be so; gives the reason.
  std::string told(const char* id, kind what) {
    std::string reason = "never told";
    kite.await([&] {
      const std::scoped_lock lock{guard};
      const auto it = std::ranges::find_if(
          updates, [&](const broker_update& u) { return u.client_order_id.str() == id && u.what == what; });
      if (it == updates.end()) return false;
      reason = it->reason;
      return true;
    });
    return reason;
  }
  bool noticed(const std::string& part) {
    return kite.await([&] {
      const std::scoped_lock lock{guard};
      return std::ranges::any_of(notices, [&](const std::string& n) { return n.find(part) != std::string::npos; });
    });
  }
  [[nodiscard]] std::string line(const std::string& name) const {
    for (const auto& [n, text] : hooks.keep->lines().all()) {
      if (n == name) return text;
    }
    return "";
  }
};

inline order bought(const char* id) { return submitted(limit(id, rupees(100)), 1); }

inline http_result being_processed() {
  return answer(400, error_body("InputException", "Order cannot be cancelled as it is being processed. Try later."));
}

}  // namespace bulkhead::test
