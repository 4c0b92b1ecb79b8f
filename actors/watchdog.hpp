#pragma once
// Looks at the vitals of every actor of the process and reports handlers that do not return and queues that grow. A
// thread of its own, not an actor: schedulers whose threads all hang must not silence it.
#include "actors/vitals.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bulkhead::actors {

struct watchdog_settings {
  std::chrono::milliseconds handler_budget{1000};
  std::uint64_t queue_bound = 10'000;  ///< messages waiting for one actor
  /// An actor that nobody else gives up is revoked after so long in one handler; 0: never.
  std::chrono::milliseconds revoke_after{5000};
};

struct watchdog_report {
  std::string path;
  std::uint64_t incarnation = 0;
  std::string what;  ///< "hangs", "returned", "queue_long", "queue_short"
  std::string text;  ///< for people: message, for how long, what waits
};

/// The rules without a thread or a clock: what is worth telling, once and again at each doubling.
class watchdog_rules {
 public:
  explicit watchdog_rules(watchdog_settings settings) : settings_(settings) {}

  struct findings {
    std::vector<watchdog_report> reports;
    std::vector<std::pair<std::string, std::uint64_t>> to_revoke;  ///< path, incarnation
  };
  /// `now`: the vitals of every actor that runs.
  findings look(const std::vector<vital_signs>& now);

 private:
  struct known_actor {
    std::uint64_t handled = 0;     ///< when its handler was reported
    std::int64_t next_age_ns = 0;  ///< report again from here; 0: no handler is reported
    std::int64_t last_age_ns = 0;  ///< of that handler
    std::string message;
    std::uint64_t next_waiting = 0;  ///< 0: no queue is reported
    bool revoked = false;            ///< asked for
  };
  void look_at_handler(const vital_signs& v, known_actor& known, findings& out) const;
  void look_at_queue(const vital_signs& v, known_actor& known, findings& out) const;
  [[nodiscard]] std::int64_t patience_ns(const vital_signs& v) const;

  watchdog_settings settings_;
  std::map<std::pair<std::string, std::uint64_t>, known_actor> known_;
};

class watchdog {
 public:
  using report_fn = std::function<void(const watchdog_report&)>;

  /// `report` is called on the watchdog's thread and must not block.
  watchdog(std::shared_ptr<vitals_board> board, watchdog_settings settings, report_fn report,
           std::chrono::milliseconds period = std::chrono::milliseconds{100});
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog();

 private:
  void run();
  void look();

  std::shared_ptr<vitals_board> board_;
  watchdog_rules rules_;
  report_fn report_;
  std::chrono::milliseconds period_;
  std::mutex guard_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace bulkhead::actors
