// What a whole order book proves: by what it has, and by what it lacks.
#include "runtime/brokers/zerodha/kite_tracker.hpp"
#include "runtime/domain/order_report.hpp"
#include "runtime/domain/our_tag.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

constexpr duration remembered = seconds(12 * 3600);

/// Also of an order that ended in an earlier life.
bool has_our_tag(const kite_order_row& row) {
  return is_our_tag(row.tag) || std::ranges::any_of(row.tags, [](const std::string& t) { return is_our_tag(t); });
}

}  // namespace

kite_findings kite_tracker::on_book(std::span<const kite_order_row> rows, kite_read_time began, bool may_lack_ours) {
  kite_findings out;
  std::set<client_order_id> present;
  std::set<trade_date> days;  // that the book has orders of ours of
  forget(began.wall);
  const bool is_newest = began.steady >= newest_read_;
  newest_read_ = std::max(newest_read_, began.steady);
  if (is_newest) foreign_.clear();
  for (const kite_order_row& row : rows) {
    watched* w = find(row, out);
    const auto time = parse_kite_time(row.order_timestamp);
    if (time && (w != nullptr || has_our_tag(row))) days.insert(date_of(*time));
    if (w == nullptr) continue;
    present.insert(w->id);
    w->is_resting = false;  // unless this row says so
    take(*w, row, is_newest ? std::optional{began.steady} : std::nullopt, out);
  }
  // A book that lacks what Kite has named lags, or was emptied; one that has nothing of ours of that day may be empty
  // just now, or of another day. Neither proves anything by what it lacks.
  const std::set<trade_date> lacking = days_lacking(rows, present);
  for (auto& [id, w] : orders_) {
    const trade_date day = date_of(w.expires_at);
    if (!is_newest || !days.contains(day) || lacking.contains(day)) continue;
    if (present.contains(id)) judge_unchanged(w, began.steady, out);
    if (!present.contains(id) && !may_lack_ours) judge_absent(w, began, out);
  }
  return out;
}

/// The days of which the book has not every order that Kite has named.
std::set<trade_date> kite_tracker::days_lacking(std::span<const kite_order_row> rows,
                                                const std::set<client_order_id>& present) const {
  std::set<broker_order_id> read;
  for (const kite_order_row& row : rows) read.insert(row.broker_order_id);
  std::set<trade_date> out;
  for (const auto& [id, w] : orders_) {
    if (!w.at_kite.empty() && !present.contains(id)) out.insert(date_of(w.expires_at));
  }
  for (const auto& [id, expires_at] : witnesses_) {
    if (!read.contains(id)) out.insert(date_of(expires_at));
  }
  return out;
}

void kite_tracker::judge_absent(watched& w, kite_read_time began, kite_findings& out) const {
  if (w.has_ended || w.is_sending || !w.lost_at) return;
  if (began.steady < *w.lost_at + settings_.absence_after) return;
  if (!w.absent_at) {
    w.absent_at = began.steady;
    return;
  }
  if (began.steady < *w.absent_at + settings_.between_absences) return;
  w.has_ended = true;
  w.is_written_off = true;
  out.updates.push_back(
      update_of(w.id, broker_update::kind::rejected, "it never arrived: absent in two reads of Kite's order book"));
}

/// A whole book has it, and what it has of a modification was looked at: `asked` is still waiting.
void kite_tracker::judge_unchanged(watched& w, ms read_at, kite_findings& out) const {
  if (!w.asked || !w.asked->ended_at || w.has_ended || w.end) return;
  change& c = *w.asked;
  if (!w.is_resting || read_at < *c.ended_at + settings_.absence_after) return;
  if (!c.unchanged_at) {
    c.unchanged_at = read_at;
    return;
  }
  if (read_at < *c.unchanged_at + settings_.between_absences) return;
  w.asked.reset();
  out.updates.push_back(update_of(w.id, broker_update::kind::modify_rejected,
                                  "it took no effect: two reads of Kite's order book have the old terms"));
}

void kite_tracker::forget(timestamp wall) {
  for (auto it = orders_.begin(); it != orders_.end();) {
    if (it->second.has_ended && wall >= it->second.expires_at + remembered) {
      by_kite_id_.erase(it->second.at_kite);
      it = orders_.erase(it);
    } else {
      ++it;
    }
  }
  std::erase_if(witnesses_, [wall](const auto& e) { return wall >= e.second + remembered; });
}

}  // namespace bulkhead
