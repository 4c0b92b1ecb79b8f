#include "runtime/domain/feed_monitor.hpp"

#include "runtime/domain/json_fields.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace bulkhead {
namespace {

std::uint64_t whole_seconds(duration d) { return static_cast<std::uint64_t>(d.ns / 1'000'000'000); }

}  // namespace

feed_monitor::feed_monitor(feed_monitor_settings settings, trading_session session, const instrument_table& instruments)
    : settings_(settings), session_(std::move(session)), instruments_(&instruments), all_(instruments.size()) {
  if (settings.stale_after_s < 0 || settings.gap_after_s < 0) {
    throw std::invalid_argument("feed monitor: stale_after_s and gap_after_s, allowed: 0 or more seconds");
  }
}

void feed_monitor::start_day(timestamp t) {
  const trade_date date = date_of(t);
  if (date == day_) return;
  day_ = date;
  open_.reset();
  const auto hours = session_.hours_of(date);
  if (!hours) return;
  open_ = start_of_day(date) + hours->open;
  close_ = start_of_day(date) + hours->close;
}

void feed_monitor::on_frame(const frame_view& frame, std::vector<feed_noticed>& out) {
  start_day(frame.ts);
  const bool open = open_ && frame.ts >= *open_ && frame.ts < close_;
  for (const tick& t : frame.ticks) on_tick(t.instrument, frame.ts, open, out);
  if (!open || settings_.stale_after_s == 0) return;
  while (oldest_ != none) {
    const std::uint32_t index = oldest_;
    const duration silence = frame.ts - silent_since(all_[index]);
    if (silence < seconds(settings_.stale_after_s)) return;
    unlink(index);
    all_[index].stale = true;
    out.push_back({instrument_id{index}, "stale", whole_seconds(silence)});
  }
}

void feed_monitor::on_tick(instrument_id id, timestamp ts, bool open, std::vector<feed_noticed>& out) {
  watched& w = all_.at(id.index);
  if (w.last && open) {
    const duration gap = ts - *w.last;
    const bool same_session = *w.last >= *open_;
    if (settings_.gap_after_s > 0 && same_session && gap > seconds(settings_.gap_after_s)) {
      out.push_back({id, "gap", whole_seconds(gap)});
    }
  }
  if (w.stale) {
    // Silence that ends outside a session was counted up to some moment before; it has no length of its own there.
    out.push_back({id, "fresh", open ? whole_seconds(ts - silent_since(w)) : 0});
  } else if (w.last) {
    unlink(id.index);
  }
  w.stale = false;
  w.last = ts;
  link_newest(id.index);
}

timestamp feed_monitor::silent_since(const watched& w) const { return std::max(*w.last, *open_); }

void feed_monitor::unlink(std::uint32_t index) {
  watched& w = all_[index];
  (w.before == none ? oldest_ : all_[w.before].after) = w.after;
  (w.after == none ? newest_ : all_[w.after].before) = w.before;
  w.before = w.after = none;
}

void feed_monitor::link_newest(std::uint32_t index) {
  all_[index].before = newest_;
  (newest_ == none ? oldest_ : all_[newest_].after) = index;
  newest_ = index;
}

std::string feed_monitor::snapshot() const {
  nlohmann::json rows = nlohmann::json::array();
  const auto add = [&](std::uint32_t index) {
    const watched& w = all_[index];
    rows.push_back({{"instrument", instruments_->key({index})}, {"last", to_iso_ist(*w.last)}, {"stale", w.stale}});
  };
  for (std::uint32_t i = oldest_; i != none; i = all_[i].after) add(i);
  for (std::uint32_t i = 0; i < all_.size(); ++i) {
    if (all_[i].stale) add(i);
  }
  return nlohmann::json{{"watched", std::move(rows)}}.dump();
}

void feed_monitor::restore(const std::string& text) {
  const nlohmann::json whole = parse_strict(text);
  feed_monitor restored{settings_, session_, *instruments_};
  std::optional<timestamp> last;
  for (const json_fields& row : json_fields{whole, ""}.objects("watched")) {
    const instrument_id id = row.instrument("instrument", *instruments_);
    watched& w = restored.all_[id.index];
    if (w.last) row.refuse("instrument", "each instrument once");
    w.last = row.time("last");
    w.stale = row.flag("stale");
    if (w.stale) continue;
    if (last && *w.last < *last) row.refuse("last", "not before the row before it");
    last = w.last;
    restored.link_newest(id.index);
  }
  *this = std::move(restored);
}

}  // namespace bulkhead
