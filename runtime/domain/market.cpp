#include "runtime/domain/market.hpp"

#include <algorithm>
#include <stdexcept>

namespace bulkhead {

instrument_id instrument_table::add(instrument row) {
  const instrument_id id{static_cast<std::uint32_t>(rows_.size())};
  if (!by_key_.emplace(row.key, id).second) throw std::invalid_argument("instrument listed twice: " + row.key);
  row.id = id;
  rows_.push_back(std::move(row));
  return id;
}

std::optional<instrument_id> instrument_table::find(std::string_view key) const {
  const auto it = by_key_.find(std::string{key});
  if (it == by_key_.end()) return std::nullopt;
  return it->second;
}

std::optional<instrument_id> instrument_table::find_symbol(std::string_view tradingsymbol) const {
  const auto it = std::ranges::find(rows_, tradingsymbol, &instrument::tradingsymbol);
  if (it == rows_.end()) return std::nullopt;
  return it->id;
}

void frame_batch::add(feed_seq seq, timestamp ts, frame_kind kind, std::span<const tick> ticks) {
  heads_.push_back(
      {seq, ts, static_cast<std::uint32_t>(ticks_.size()), static_cast<std::uint32_t>(ticks.size()), kind});
  ticks_.insert(ticks_.end(), ticks.begin(), ticks.end());
}

void frame_batch::clear() {
  heads_.clear();
  ticks_.clear();
}

frame_view frame_batch::operator[](std::size_t i) const {
  const head& h = heads_[i];
  return {h.seq, h.ts, h.kind, std::span<const tick>{ticks_}.subspan(h.first_tick, h.tick_count)};
}

}  // namespace bulkhead
