#pragma once
// A thread that reads the whole account: at the start, after each reconnect, and at a steady pace. Each occasion gives
// two statements, far enough apart that what the book shows late shows in the second.
#include "runtime/brokers/zerodha/kite_account.hpp"
#include "runtime/brokers/zerodha/kite_venue.hpp"
#include "runtime/ports/broker_client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace bulkhead {

struct account_watch_settings {
  std::chrono::milliseconds every{30'000};    ///< between two occasions
  std::chrono::milliseconds spacing{15'000};  ///< between the two statements of one: how late the book may be
  /// After a read that failed, or was not settled; twice as long after each further one, up to `every`.
  std::chrono::milliseconds retry{1'000};
  /// So long without a statement is said, and again each time as long after it.
  std::chrono::milliseconds silent_after{300'000};
  std::function<timestamp()> event_time;
  broker_client::report_fn report;    ///< what the order book said on the way: always before its statement
  broker_client::statement_fn state;  ///< settled statements
  std::function<void(const std::string&)> notice;
};

/// All functions of the settings are called on its thread, none after the destructor has returned but one that is
/// under way.
class account_watch {
 public:
  account_watch(kite_rest rest, std::shared_ptr<kite_venue> venue, account_watch_settings settings);
  /// Begins to read, at once: our orders from before a restart are known to the venue. Once.
  void begin();
  /// Does not wait for a read under way; what that brings is told to nobody.
  ~account_watch();
  account_watch(const account_watch&) = delete;
  account_watch& operator=(const account_watch&) = delete;

  struct state {
    std::chrono::milliseconds since_statement{0};  ///< since the start where there was none
    bool has_stated = false;
    bool is_silent = false;  ///< for longer than silent_after
    std::string trouble;     ///< of the newest read; empty: none
  };
  /// Any thread; does not wait for a read.
  [[nodiscard]] state now() const;
  /// For people; says nothing once the watch is gone.
  [[nodiscard]] std::function<std::string()> text() const;

  /// Something may have been missed (the socket is back): read soon. Any thread; never blocks.
  void reconcile_soon();
  /// The same for whoever may outlive it.
  [[nodiscard]] std::function<void()> reconciler() const;

 private:
  class reader;
  const std::shared_ptr<reader> reader_;  ///< its thread keeps it, too
};

}  // namespace bulkhead
