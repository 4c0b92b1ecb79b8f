#include "runtime/domain/inbox_queue.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

void advance(inbox_positions& positions, std::int32_t partition, std::int64_t offset) {
  std::int64_t& next = positions[partition];
  next = std::max(next, offset + 1);
}

}  // namespace

void inbox_queue::offer(std::vector<inbox_item> items) {
  for (inbox_item& item : items) {
    if (const auto* at = std::get_if<inbox_positioned>(&item)) {
      offered_[at->partition] = at->offset;
      queue_.push_back(std::move(item));
      continue;
    }
    const auto* s = std::get_if<external_signal>(&item);
    const inbox_passed where =
        s != nullptr ? inbox_passed{s->from.partition, s->from.offset} : std::get<inbox_passed>(item);
    const auto known = offered_.find(where.partition);
    if (known != offered_.end() && where.offset < known->second) {
      ++taken_;
      continue;
    }
    advance(offered_, where.partition, where.offset);
    queue_.push_back(std::move(item));
  }
}

void inbox_queue::pass(const inbox_passed& p) { advance(positions_, p.partition, p.offset); }

std::optional<inbox_positioned> inbox_queue::take_position() {
  for (; !queue_.empty(); queue_.pop_front(), ++taken_) {
    if (const auto* p = std::get_if<inbox_passed>(&queue_.front())) {
      pass(*p);
      continue;
    }
    if (!std::holds_alternative<inbox_positioned>(queue_.front())) return std::nullopt;
    inbox_positioned at = std::move(std::get<inbox_positioned>(queue_.front()));
    queue_.pop_front();
    ++taken_;
    return at;
  }
  return std::nullopt;
}

std::vector<external_signal> inbox_queue::take_signals(std::size_t most) {
  std::vector<external_signal> out;
  for (; !queue_.empty() && out.size() < most; queue_.pop_front(), ++taken_) {
    if (std::holds_alternative<inbox_positioned>(queue_.front())) break;
    if (const auto* p = std::get_if<inbox_passed>(&queue_.front())) {
      pass(*p);
    } else {
      out.push_back(std::move(std::get<external_signal>(queue_.front())));
    }
  }
  return out;
}

void inbox_queue::fold(const signal_origin& from, timestamp at, bool is_timely) {
  advance(positions_, from.partition, from.offset);
  if (is_timely) remember(from.id, at);
}

std::size_t inbox_queue::room(timestamp at) const {
  const auto kept = std::ranges::partition_point(id_order_, [&](const auto& id) { return is_over(id.second, at); });
  return most_ids_ - static_cast<std::size_t>(id_order_.end() - kept);
}

void inbox_queue::fold(const inbox_positioned& at) { positions_[at.partition] = at.offset; }

void inbox_queue::remember(const std::string& id, timestamp at) {
  if (ids_.contains(id)) return;
  if (id_order_.size() == most_ids_) {
    if (!is_over(id_order_.front().second, at)) return;  // it was refused for that
    ids_.erase(id_order_.front().first);
    id_order_.pop_front();
  }
  ids_.insert(id);
  id_order_.emplace_back(id, at);
}

nlohmann::json inbox_queue::snapshot() const {
  nlohmann::json positions = nlohmann::json::array();
  for (const auto& [partition, offset] : positions_) positions.push_back({partition, offset});
  nlohmann::json ids = nlohmann::json::array();
  for (const auto& [id, at] : id_order_) ids.push_back({id, at.ns});
  return {{"positions", std::move(positions)}, {"ids", std::move(ids)}};
}

void inbox_queue::restore(const nlohmann::json& state) {
  for (const auto& p : state.at("positions")) {
    positions_[p.at(0).get<std::int32_t>()] = p.at(1).get<std::int64_t>();
  }
  for (const auto& id : state.at("ids")) remember(id.at(0).get<std::string>(), {id.at(1).get<std::int64_t>()});
}

}  // namespace bulkhead
