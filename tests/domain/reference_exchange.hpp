#pragma once
// The paper exchange once more, slow and plain, written from docs/kernel.md alone. Each order keeps one history of what
// was asked and reported; everything else (is it working, how much is left, on which terms) is read off that history
// anew at each question. No code of runtime/domain is used but the words (order_request, broker_update, tick).
#include "runtime/domain/order_manager.hpp"
#include "runtime/domain/paper_settings.hpp"

#include <array>
#include <map>
#include <tuple>

#include <sodium/crypto_generichash.h>

namespace bulkhead::test {

/// A line of an order's history.
struct reference_entry {
  enum class kind { asked_to_cancel, asked_to_modify, reported };
  kind what = kind::reported;
  feed_seq feed = 0;
  timestamp ts;
  order_terms asked;     ///< asked_to_modify
  broker_update report;  ///< reported
};

struct reference_line {
  order_request first;  ///< as submitted
  feed_seq feed = 0;
  timestamp ts;
  std::vector<reference_entry> history;

  using report = broker_update::kind;

  [[nodiscard]] bool was(report what) const {
    for (const auto& e : history) {
      if (e.what == reference_entry::kind::reported && e.report.what == what) return true;
    }
    return false;
  }
  [[nodiscard]] int fills() const {
    int n = 0;
    for (const auto& e : history) n += e.what == reference_entry::kind::reported && e.report.what == report::filled;
    return n;
  }
  [[nodiscard]] quantity filled() const {
    quantity sum = 0;
    for (const auto& e : history) {
      if (e.what == reference_entry::kind::reported && e.report.what == report::filled) sum += e.report.qty;
    }
    return sum;
  }
  /// As submitted, or as last modified.
  [[nodiscard]] order_terms terms() const {
    order_terms now{first.qty, first.limit_price, first.trigger_price};
    for (const auto& e : history) {
      if (e.what == reference_entry::kind::reported && e.report.what == report::modified) now = e.report.terms;
    }
    return now;
  }
  [[nodiscard]] quantity left() const { return terms().qty - filled(); }
  [[nodiscard]] bool works() const {
    return !was(report::rejected) && !was(report::cancelled) && !was(report::expired) && left() > 0;
  }
  [[nodiscard]] bool asked_to_cancel() const {
    for (const auto& e : history) {
      if (e.what == reference_entry::kind::asked_to_cancel) return true;
    }
    return false;
  }
  /// The newest modification asked for since the last one was answered.
  [[nodiscard]] const order_terms* modification() const {
    const order_terms* open = nullptr;
    for (const auto& e : history) {
      if (e.what == reference_entry::kind::asked_to_modify) open = &e.asked;
      const bool answered = e.what == reference_entry::kind::reported &&
                            (e.report.what == report::modified || e.report.what == report::modify_rejected);
      if (answered) open = nullptr;
    }
    return open;
  }
  /// The newest thing asked for.
  [[nodiscard]] const reference_entry* change() const {
    const reference_entry* newest = nullptr;
    for (const auto& e : history) {
      if (e.what != reference_entry::kind::reported) newest = &e;
    }
    return newest;
  }
};

class reference_exchange {
 public:
  using report = broker_update::kind;

  reference_exchange(const paper_settings& s, const instrument_table& rows) : settings_(s), rows_(&rows) {}

  void submit(const order_request& r, feed_seq feed, timestamp ts) { lines_.push_back({r, feed, ts, {}}); }
  void cancel(const client_order_id& id, feed_seq feed, timestamp ts) {
    reference_line& line = at(id);
    if (!line.asked_to_cancel()) line.history.push_back({reference_entry::kind::asked_to_cancel, feed, ts, {}, {}});
  }
  void modify(const client_order_id& id, const order_terms& to, feed_seq feed, timestamp ts) {
    at(id).history.push_back({reference_entry::kind::asked_to_modify, feed, ts, to, {}});
  }

  std::vector<broker_update> on_frame(const frame_view& f) {
    today_.clear();
    for (reference_line& line : lines_) {
      if (line.works() && day_is_over(line, f) && leaves_at_close(line, f)) leave(line, f);
    }
    for (reference_line& line : lines_) {
      if (line.works() && day_is_over(line, f)) say(line, f, {.what = report::expired, .reason = "session close"});
    }
    if (in_session(f.ts)) {
      for (reference_line& line : lines_) {
        for (const tick& t : f.ticks) {
          if (line.works() && t.instrument == line.first.instrument) meet(line, t, f);
        }
      }
    }
    return today_;
  }

  /// Filled, by (strategy, instrument, product): bought less sold.
  [[nodiscard]] std::map<std::tuple<strategy_id, std::uint32_t, product>, quantity> positions() const {
    std::map<std::tuple<strategy_id, std::uint32_t, product>, quantity> out;
    for (const reference_line& line : lines_) {
      const quantity filled = line.filled();
      if (filled == 0) continue;
      out[{line.first.strategy, line.first.instrument.index, line.first.product}] +=
          line.first.side == side::buy ? filled : -filled;
    }
    return out;
  }

 private:
  paper_settings settings_;
  const instrument_table* rows_;
  std::vector<reference_line> lines_;  ///< as submitted
  std::vector<broker_update> today_;   ///< of the frame at hand

  reference_line& at(const client_order_id& id) {
    for (reference_line& line : lines_) {
      if (line.first.client_order_id == id) return line;
    }
    throw std::logic_error("no such order: " + id.str());
  }

  void say(reference_line& line, const frame_view& f, broker_update u) {
    u.client_order_id = line.first.client_order_id;
    line.history.push_back({reference_entry::kind::reported, f.seq, f.ts, {}, u});
    today_.push_back(u);
  }

  std::uint64_t draw(const reference_line& line, const std::string& what) const {
    const std::string text =
        "paper|" + std::to_string(settings_.seed) + "|" + line.first.client_order_id.str() + "|" + what;
    std::array<unsigned char, 16> hash{};
    crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       nullptr, 0);
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < 8; ++i) n = n * 256 + hash.at(i);
    return n;
  }
  bool is_due(const reference_line& line, feed_seq asked_in, timestamp asked_at, const frame_view& f) const {
    const auto choices = static_cast<std::uint64_t>(settings_.latency_max_ms - settings_.latency_min_ms + 1);
    const std::int64_t ms = settings_.latency_min_ms + static_cast<std::int64_t>(draw(line, "latency") % choices);
    return f.seq > asked_in && f.ts.ns - asked_at.ns >= ms * 1'000'000;
  }

  /// Monday to Friday, 09:15 to 15:30, five and a half hours ahead of UTC; 1970-01-01 was a Thursday.
  static bool in_session(timestamp ts) {
    const std::int64_t ist = ts.ns / 1'000'000'000 + 19'800;
    const std::int64_t weekday = (ist / 86'400 + 4) % 7;
    const std::int64_t minute = ist % 86'400 / 60;
    return weekday >= 1 && weekday <= 5 && minute >= 9 * 60 + 15 && minute < 15 * 60 + 30;
  }

  static bool day_is_over(const reference_line& line, const frame_view& f) { return f.ts >= line.first.expires_at; }
  static bool takes_out(const reference_line& line) {
    return line.first.origin == order_origin::square_off || line.first.origin == order_origin::safety;
  }
  static bool leaves_at_close(const reference_line& line, const frame_view& f) {
    return f.kind == frame_kind::session_close && takes_out(line) && line.first.type == order_type::market &&
           line.first.reference_price.raw > 0;
  }

  void accept(reference_line& line, const frame_view& f) {
    say(line, f,
        {.what = report::accepted, .broker_order_id = broker_order_id{"P" + line.first.client_order_id.str()}});
  }
  void fill(reference_line& line, const frame_view& f, quantity qty, price at) {
    const std::string number = std::to_string(line.fills() + 1);
    say(line, f,
        {.what = report::filled,
         .fill_id = fill_id{"P" + line.first.client_order_id.str() + "-" + number},
         .qty = qty,
         .price = at});
  }
  void take_from_group(const reference_line& filled, const frame_view& f, quantity qty) {
    if (filled.first.group.empty()) return;
    for (reference_line& other : lines_) {
      if (&other == &filled || !other.works() || other.first.group != filled.first.group) continue;
      const bool one_protects =
          filled.first.origin == order_origin::bracket || other.first.origin == order_origin::bracket;
      if (!one_protects) continue;
      order_terms less = other.terms();
      less.qty -= qty;
      if (other.left() <= qty) {
        say(other, f, {.what = report::cancelled, .reason = "one cancels the other"});
      } else {
        say(other, f, {.what = report::modified, .terms = less, .reason = "one cancels the other"});
      }
    }
  }

  void leave(reference_line& line, const frame_view& f) {
    if (!line.was(report::accepted)) accept(line, f);
    const quantity all = line.left();
    fill(line, f, all, line.first.reference_price);
    take_from_group(line, f, all);
  }

  void meet(reference_line& line, const tick& t, const frame_view& f) {
    bool arrives = false;
    if (!line.was(report::accepted)) {
      if (!is_due(line, line.feed, line.ts, f)) return;
      if (draw(line, "reject") % 100 < static_cast<std::uint64_t>(settings_.reject_percent) && !takes_out(line)) {
        return say(line, f,
                   {.what = report::rejected, .reason = "refused by the paper exchange (paper.reject_percent)"});
      }
      accept(line, f);
      arrives = true;
    }
    const reference_entry* change = line.change();
    if (change != nullptr && is_due(line, change->feed, change->ts, f)) {
      if (line.asked_to_cancel()) {
        return say(line, f, {.what = report::cancelled, .reason = "cancel requested"});
      }
      if (const order_terms* asked = line.modification()) {
        if (asked->qty > line.filled()) {
          say(line, f, {.what = report::modified, .terms = *asked, .reason = "as requested"});
          arrives = true;
        } else {
          say(line, f,
              {.what = report::modify_rejected,
               .reason =
                   std::to_string(asked->qty) + " units asked for, " + std::to_string(line.filled()) + " are filled"});
        }
      }
    }
    trade(line, t, f, arrives);
  }

  void trade(reference_line& line, const tick& t, const frame_view& f, bool arrives) {
    const order_request& r = line.first;
    const bool buys = r.side == side::buy;
    const bool is_stop = r.type == order_type::stop_limit || r.type == order_type::stop_market;
    const bool is_limit = r.type == order_type::stop_limit || r.type == order_type::limit;
    if (is_stop && !line.was(report::triggered)) {
      const std::int64_t trigger = line.terms().trigger_price.raw;
      const bool reached = buys ? t.last.raw >= trigger : t.last.raw <= trigger;
      if (!reached) return cancel_ioc(line, f);
      say(line, f, {.what = report::triggered});
      arrives = true;
    }
    std::int64_t at = slipped(buys, t);
    if (is_limit) {
      const std::int64_t limit = line.terms().limit_price.raw;
      const bool good = buys ? t.last.raw <= limit : t.last.raw >= limit;
      if (!good) return cancel_ioc(line, f);
      const bool worse_than_limit = buys ? at > limit : at < limit;
      if (!arrives || worse_than_limit) at = limit;
    }
    const quantity qty = portion(line);
    fill(line, f, qty, {at});
    cancel_ioc(line, f);
    take_from_group(line, f, qty);
  }

  void cancel_ioc(reference_line& line, const frame_view& f) {
    if (line.first.validity == validity::ioc && line.works()) {
      say(line, f, {.what = report::cancelled, .reason = "IOC"});
    }
  }

  quantity portion(const reference_line& line) const {
    if (draw(line, "partial") % 100 >= static_cast<std::uint64_t>(settings_.partial_fill_percent)) return line.left();
    const auto parts = static_cast<quantity>(2 + draw(line, "parts") % 3);
    quantity portion = line.terms().qty / parts;
    while (portion * parts < line.terms().qty) ++portion;
    while (portion % rows_->at(line.first.instrument).lot_size != 0) ++portion;
    return portion < line.left() ? portion : line.left();
  }

  std::int64_t slipped(bool buys, const tick& t) const {
    const std::int64_t size = rows_->at(t.instrument).tick_size.raw;
    std::int64_t at = t.last.raw;
    if (settings_.slippage == slippage_mode::bps) {
      const std::int64_t slip = (2 * t.last.raw * settings_.slippage_bps + 10'000) / 20'000;
      at = buys ? at + slip : at - slip;
      while (at % size != 0) at += buys ? 1 : -1;
      if (at < size) at = size;
    }
    if (settings_.slippage == slippage_mode::ticks) {
      at += (buys ? 1 : -1) * settings_.slippage_ticks * size;
      if (at < size) at = size;
    }
    if (settings_.slippage == slippage_mode::depth && buys && t.ask.raw > 0) at = t.ask.raw;
    if (settings_.slippage == slippage_mode::depth && !buys && t.bid.raw > 0) at = t.bid.raw;
    return at > 100'000'000'000 ? 100'000'000'000 : at;
  }
};

}  // namespace bulkhead::test
