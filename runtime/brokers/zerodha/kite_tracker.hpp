#pragma once
// From Kite's order rows and trades to broker updates. Rows may be repeated, late, out of order or lost: what comes out
// is each acceptance, trigger, fill and end once, fills before the end. Pure; one owner at a time.
#include "runtime/brokers/zerodha/kite_rows.hpp"
#include "runtime/domain/order_manager.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace bulkhead {

/// When a read of the order book began.
struct kite_read_time {
  std::chrono::milliseconds steady{};  ///< since any fixed moment of this process
  timestamp wall;
};

struct kite_tracker_settings {
  /// An order whose answer was lost may show up in the book late: reads that begin earlier prove nothing.
  std::chrono::milliseconds absence_after{15'000};
  std::chrono::milliseconds between_absences{5'000};
};

/// What a row led to.
struct kite_findings {
  std::vector<broker_update> updates;
  std::vector<std::string> notices;  ///< for people: what does not fit together and was not used
};

/// Fills are applied by trade id alone, never from the quantities of an order row: so the end of an order waits until
/// the trades are here that its row counts. A fill's id is "{order id}:{trade id}": an exchange gives the same trade id
/// to both sides of a trade and again on another day. An ended order is remembered for half a day after its session.
class kite_tracker {
 public:
  explicit kite_tracker(kite_tracker_settings settings = {}) : settings_(settings) {}

  /// The order is ours: before it is sent, and once more for each live order after a restart. Again: changes nothing.
  void watch(const order& o, const instrument& i);
  /// The placement is about to be sent. False: it must not be: it was sent before, or has ended here.
  [[nodiscard]] bool sending(const client_order_id& id);
  /// It did not leave, and may be sent later.
  void not_sent(const client_order_id& id);
  /// The placement is refused, or will not be sent.
  void not_placed(const client_order_id& id);
  /// Kite answered the placement with this id.
  kite_findings placed(const client_order_id& id, const broker_order_id& at_kite);
  /// Nobody knows whether the placement arrived: the book will tell.
  void answer_lost(const client_order_id& id, std::chrono::milliseconds steady);
  /// The same for an order that was found again: one that is just being sent, or is known at Kite, is not lost.
  void found_again(const client_order_id& id, std::chrono::milliseconds steady);
  /// A modification to these terms is about to be sent.
  void modifying(const client_order_id& id, const order_terms& terms);
  /// It is refused: there is nothing to wait for.
  void not_modified(const client_order_id& id);
  /// Its request has ended, taken or without an answer: reads of the book that begin from now on tell.
  void modify_ended(const client_order_id& id, std::chrono::milliseconds steady);
  /// The same for one from before a restart; one that is just being sent goes on.
  void modify_found_again(const client_order_id& id, std::chrono::milliseconds steady);

  /// An order of ours that ended in an earlier life: a book of its day that lacks it proves nothing by what it lacks.
  void witness(const broker_order_id& at_kite, timestamp expires_at);

  /// The whole order book, as read. An order whose answer was lost and that is absent twice never arrived, as long as
  /// the book has orders of ours of its day, and every one of that day that Kite has named: one that lags, that was
  /// emptied, or that is of another day, proves nothing by what it lacks. `may_lack_ours`: nor does this one, since
  /// rows of it could not be read. A modification that two such reads do not show has not taken effect. A read that
  /// began before one that was taken already changes no terms and proves nothing.
  kite_findings on_book(std::span<const kite_order_row> rows, kite_read_time began, bool may_lack_ours = false);
  /// One row from the socket or a postback. It may be older than what is known, so it never changes an order's terms.
  kite_findings on_pushed(const kite_order_row& row);
  kite_findings on_trades(std::span<const kite_trade_row> trades);

  /// Ours, with Kite's id, and Kite counts more fills than are here: their trades are to be read.
  [[nodiscard]] std::vector<broker_order_id> missing_trades() const;
  /// Kite's id; empty: none is known.
  [[nodiscard]] broker_order_id at_kite(const client_order_id& id) const;
  /// Orders of the account that are not watched here: in the newest book, or pushed since.
  [[nodiscard]] std::size_t foreign() const noexcept { return foreign_.size(); }
  /// Ended, or not watched.
  [[nodiscard]] bool has_ended(const client_order_id& id) const;
  /// Watched and not ended.
  [[nodiscard]] std::size_t live() const;
  /// Of these: sent, and nobody knows whether they arrived.
  [[nodiscard]] std::size_t lost() const;

 private:
  using ms = std::chrono::milliseconds;

  /// A modification on its way.
  struct change {
    order_terms terms;
    bool is_sending = false;
    std::optional<ms> ended_at;  ///< its request; nullopt: it is under way, or nobody knows
    /// What Kite had said about the order before: news of this modification is something else. nullopt: not known,
    /// since it is from before a restart.
    std::optional<std::set<std::string>> messages;
    std::optional<ms> unchanged_at;  ///< of the first read after it that has the old terms
  };
  struct watched {
    client_order_id id;
    std::string exchange, tradingsymbol;
    bulkhead::side side = bulkhead::side::buy;
    order_type type = order_type::market;
    timestamp expires_at;
    order_terms terms;  ///< as Kite is known to have them
    quantity told = 0;  ///< the quantity that the updates have spoken of
    std::optional<change> asked;
    std::set<std::string> messages;  ///< that Kite has sent with it
    broker_order_id at_kite;
    bool was_sent = false;     ///< once: never again
    bool is_sending = false;   ///< its answer may still come
    bool is_accepted = false;  ///< and that was said
    bool is_triggered = false;
    bool is_resting = false;  ///< in the newest row of a book: nothing is under way with it
    bool has_ended = false;
    bool is_written_off = false;        ///< it has ended without being known at Kite: refused, never sent or absent
    std::optional<kite_order_row> end;  ///< it has ended at Kite; said when the fills are complete
    std::map<std::string, kite_trade_row> held;  ///< trades beyond the quantity known: a row will explain them
    std::set<std::string> trades;                ///< applied, by trade id
    quantity filled = 0;                         ///< of those
    quantity counted = 0;                        ///< the most that a row counted
    std::optional<std::chrono::milliseconds> lost_at;
    std::optional<std::chrono::milliseconds> absent_at;  ///< of the newest read that lacked it
  };

  watched* find(const kite_order_row& row, kite_findings& out);
  static void contradict(watched& w, const kite_order_row& row, kite_findings& out);
  /// `read_at`: when the read of the book began; nullopt: the row came unasked, and may be older than what is known.
  static void take(watched& w, const kite_order_row& row, std::optional<ms> read_at, kite_findings& out);
  static void accept(watched& w, const kite_order_row& row, kite_findings& out);
  static void settle_terms(watched& w, const kite_order_row& row, std::optional<ms> read_at, kite_findings& out);
  static void apply(watched& w, const kite_trade_row& trade, kite_findings& out);
  static void apply_held(watched& w, kite_findings& out);
  static void finish(watched& w, kite_findings& out);
  [[nodiscard]] std::set<trade_date> days_lacking(std::span<const kite_order_row> rows,
                                                  const std::set<client_order_id>& present) const;
  void judge_absent(watched& w, kite_read_time began, kite_findings& out) const;
  void judge_unchanged(watched& w, ms read_at, kite_findings& out) const;
  void forget(timestamp wall);

  kite_tracker_settings settings_;
  std::map<client_order_id, watched> orders_;
  std::map<broker_order_id, client_order_id> by_kite_id_;
  std::set<broker_order_id> foreign_;
  ms newest_read_ = ms::min();                      ///< when the newest of the books taken began
  std::map<broker_order_id, timestamp> witnesses_;  ///< with the end of their sessions
};

}  // namespace bulkhead
