#pragma once
// A thread that follows our orders at the venue for as long as it lives: takes the updates that come unasked, and reads
// the order book at the pace that is needed beside them.
#include "runtime/brokers/zerodha/kite_venue.hpp"
#include "runtime/brokers/zerodha/read_pace.hpp"
#include "runtime/ports/broker_client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace bulkhead {

struct order_watch_settings {
  read_pace pace;
  broker_client::report_fn report;
  std::function<void(const std::string&)> notice;
  std::function<void(const order&)> cancel;              ///< asks for a cancel (again)
  std::function<bool()> is_told = [] { return false; };  ///< updates come by themselves just now
};

/// Its functions are called on its thread. Any thread may call it.
class order_watch {
 public:
  /// Reads once at its beginning.
  order_watch(std::shared_ptr<kite_venue> venue, order_watch_settings settings);
  /// Does not wait for a read under way; what that brings is reported to nobody.
  ~order_watch();
  order_watch(const order_watch&) = delete;
  order_watch& operator=(const order_watch&) = delete;

  /// A row that came unasked. Beyond max_rows that wait, the book is read instead of them.
  void pushed(kite_order_row row);
  void read_soon();
  /// The pace may have to be another now.
  void orders_changed();

  /// How the newest reads went, for people.
  struct state {
    std::optional<std::chrono::steady_clock::time_point> read_at;  ///< the newest that succeeded
    std::string trouble;                                           ///< of the newest; empty: it succeeded
    std::uint64_t pushed = 0;                                      ///< rows taken
    std::uint64_t overflowed = 0;                                  ///< rows that a read replaced
  };
  [[nodiscard]] state now() const;

  static constexpr std::size_t max_rows = 4'096;

 private:
  class watcher;
  const std::shared_ptr<watcher> watcher_;
};

}  // namespace bulkhead
