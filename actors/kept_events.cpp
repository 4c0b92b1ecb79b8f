#include "actors/kept_events.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace bulkhead::actors {
namespace {

std::size_t hash_of(const journal_record& r) { return std::hash<std::string_view>{}(r.payload); }

}  // namespace

void kept_events::add(const event_list& events, const std::vector<journal_record>& batch) {
  kept_batch fresh{events, {}};
  fresh.hashes.reserve(batch.size());
  for (const journal_record& r : batch) fresh.hashes.push_back(hash_of(r));
  const std::scoped_lock lock{guard_};
  // A bridge that took up an earlier end of the journal counts from there: what was appended beyond it is void.
  while (!batches_.empty() && batches_.back().events->back().seq >= events->front().seq) {
    count_ -= batches_.back().events->size();
    batches_.pop_back();
  }
  count_ += events->size();
  batches_.push_back(std::move(fresh));
  while (count_ > most_events) {
    count_ -= batches_.front().events->size();
    batches_.pop_front();
  }
}

std::optional<event> kept_events::find(const journal_record& record) const {
  const std::scoped_lock lock{guard_};
  const auto it =
      std::ranges::lower_bound(batches_, record.seq, {}, [](const kept_batch& b) { return b.events->back().seq; });
  if (it == batches_.end() || it->events->front().seq > record.seq) return std::nullopt;
  const auto at = static_cast<std::size_t>(record.seq - it->events->front().seq);
  if (it->hashes[at] != hash_of(record)) return std::nullopt;
  return (*it->events)[at];
}

void kept_events::forget(std::uint64_t up_to_seq) {
  const std::scoped_lock lock{guard_};
  while (!batches_.empty() && batches_.front().events->back().seq <= up_to_seq) {
    count_ -= batches_.front().events->size();
    batches_.pop_front();
  }
}

}  // namespace bulkhead::actors
