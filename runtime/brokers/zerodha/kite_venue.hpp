#pragma once
// Zerodha behind the port for blocking brokers: regular orders over REST, their life by reads of the order book and by
// what the socket and the postbacks say.
#include "runtime/blocking/blocking_client.hpp"
#include "runtime/blocking/blocking_venue.hpp"
#include "runtime/brokers/zerodha/kite_cancels.hpp"
#include "runtime/brokers/zerodha/kite_rest.hpp"
#include "runtime/brokers/zerodha/kite_tracker.hpp"
#include "runtime/ports/broker_client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace bulkhead {

/// Nobody knows whether the call took effect.
class kite_unanswered : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct kite_venue_settings {
  kite_order_settings orders;
  kite_tracker_settings tracker;
  std::function<kite_read_time()> now;                                         ///< both clocks
  std::function<void(const std::string&)> notice = [](const std::string&) {};  ///< for people; any thread
  /// Asked before each request that places, modifies or cancels; what it gives is held while that is under way. May
  /// wait. Throws venue_refused where nothing must leave, venue_unreached where nothing can just now.
  std::function<std::shared_ptr<void>(const order&, venue_action)> pass = [](const order&, venue_action) {
    return nullptr;
  };
  /// Something happened that the order book alone explains: it should be read soon.
  std::function<void()> read_soon = [] {};
  /// How many orders a read book has of its newest day.
  std::function<void(trade_date, std::int64_t)> on_book = [](trade_date, std::int64_t) {};
};

/// What the venue knows, for the pace of reading and for people.
struct kite_venue_counts {
  std::size_t live = 0;
  std::size_t lost = 0;  ///< of those: sent, and nobody knows whether they arrived
  std::size_t foreign = 0;
  std::size_t without_trades = 0;  ///< Kite counts more fills than it has told the trades of
};

/// A placement and a modification are sent once each, and their answers are judged by kite_outcome: not_sent throws
/// venue_unreached, refused throws venue_refused, unknown throws kite_unanswered. A cancel is asked for until the order
/// has ended (kite_cancels). Thread-safe; no lock is held over a request.
class kite_venue final : public blocking_venue {
 public:
  /// The table outlives the venue.
  kite_venue(kite_rest rest, kite_venue_settings settings, const instrument_table& instruments);

  std::vector<broker_update> submit(const order& o) override;
  void give_up(const order& o) override;
  /// Kite answers that it took the request; the order's end is reported when its book says so. An order whose id at
  /// Kite is not known is looked for in the book first: due_cancels() has it then.
  std::vector<broker_update> cancel(const order& o) override;
  std::vector<broker_update> modify(const order& o) override;
  /// The order is ours, from before a restart: from here on reads and updates speak of it. No request. A cancel that
  /// was asked for is asked for once more.
  void watch(std::span<const order* const> live);
  /// Orders of ours that ended before a restart: a book that lacks them is not whole.
  void remember(std::span<const order* const> ended);
  /// Reads the order book and, where it counts fills that are not known, their trades. Also what they say about orders
  /// that are not in `live`.
  std::vector<broker_update> book(std::span<const order> live) override;

  /// Rows that came unasked; and the trades that they count.
  std::vector<broker_update> pushed(std::span<const kite_order_row> rows);

  /// Cancels that are to be asked for (again) now: through blocking_client, so that its lane and its gate count.
  [[nodiscard]] std::vector<order> due_cancels();
  /// Some are wanted, due or not.
  [[nodiscard]] bool has_cancels();
  [[nodiscard]] kite_venue_counts counts();

  /// From here on everything that is found out goes there, in the order in which it was found out, and no call returns
  /// it: of two threads that have read the book, the later one must not report first. `to` is called with the lock
  /// held, and must not call the venue; empty: no more.
  void report_to(broker_client::report_fn to);

 private:
  [[nodiscard]] broker_order_id id_of(const order& o);
  std::vector<broker_update> read_missing_trades();
  /// With the lock held.
  std::vector<broker_update> told(kite_findings findings);
  void watch_again(const order& o);
  /// Says each row that was skipped once.
  void tell_skipped(const std::vector<std::string>& skipped);
  std::vector<broker_update> send_modify(const order& o, const broker_order_id& at_kite);

  kite_rest rest_;
  kite_venue_settings settings_;
  const instrument_table& instruments_;
  std::mutex guard_;
  kite_tracker tracker_;
  std::string trades_trouble_;     ///< of the newest read of trades; empty: it succeeded
  std::set<std::string> skipped_;  ///< rows that cannot be read, as told; at most most_skipped
  kite_cancels cancels_;
  broker_client::report_fn report_;
};

}  // namespace bulkhead
