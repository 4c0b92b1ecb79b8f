#pragma once
// A broker client over a venue whose API blocks: every call runs on the broker's own threads, so that none holds the
// trader. One lane is for entries, the other is reserved for exits and cancels: a hanging entry does not delay those.
// In that lane exits go ahead of cancels, but for cancels of exits of their own instrument.
#include "runtime/blocking/blocking_calls.hpp"
#include "runtime/blocking/blocking_venue.hpp"
#include "runtime/ports/broker_client.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace bulkhead {

enum class venue_action : std::uint8_t { submit, cancel, modify };

struct blocking_client_settings {
  blocking_calls_settings calls;
  /// An entry that waited longer for its turn is not sent; zero: calls.deadline.
  std::chrono::milliseconds entry_patience{0};
  /// Asked on the broker's thread right before the call, since time has passed in the queue: nullopt, or why it must
  /// not leave any more. With an effect gate: refusal(0, incarnation, o.request.reduces) for a submit or a modify,
  /// stale(incarnation) for a cancel; the gate has seen before that the intent is durable.
  std::function<std::optional<std::string>(const order& o, venue_action what)> may_send =
      [](const order&, venue_action) { return std::nullopt; };
  /// An exit that could not leave is tried again: after the first, doubling up to the second.
  std::chrono::milliseconds first_retry{250};
  std::chrono::milliseconds longest_retry{5'000};
  /// What no report can say: a cancel that failed, a book that could not be read. Any of its threads.
  std::function<void(const std::string& text)> notice = [](const std::string&) {};
};

/// Reports:
/// - what the venue answers; `rejected` for its no, and "not sent: ..." for what never left: the queue is full,
/// may_send
///   said no, an entry waited longer than a call may take or could not leave, or every thread hangs. These say
///   never_sent: they are no refusals by the broker;
/// - `answer_lost` for a submit whose answer did not come in time or cannot be understood: never sent again. An answer
///   that comes after all is reported too;
/// - `cancelled`, "not sent", for an order that still waited here.
/// An exit that could not leave (venue_unreached) waits here and is tried again, until may_send says no.
/// A cancel or a modification of an order whose submit is under way follows its answer, or its deadline. Cancels are
/// never refused for want of room: one at most waits per order. After the destructor nothing more is sent or reported,
/// but a call that has begun is not taken back.
class blocking_client final : public broker_client {
 public:
  blocking_client(std::shared_ptr<blocking_venue> venue, blocking_client_settings settings);
  ~blocking_client() override;
  blocking_client(const blocking_client&) = delete;
  blocking_client& operator=(const blocking_client&) = delete;

  [[nodiscard]] venue_clock clock() const override { return venue_clock::own; }
  void report_to(report_fn to) override;
  /// Reads the venue's book about them; also for orders that are `unknown`.
  void restore(std::span<const order* const> live) override;
  void submit(const order& o) override;
  void cancel(const order& o) override;
  void modify(const order& o) override;
  /// Nothing: the venue does not move with the feed.
  std::vector<broker_update> on_frame(const frame_view& /*frame*/) override { return {}; }

  /// Every thread for entries hangs, or every thread for exits and cancels.
  [[nodiscard]] bool is_down() const;

 private:
  class desk;
  std::shared_ptr<desk> desk_;
};

}  // namespace bulkhead
