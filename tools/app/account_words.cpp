#include "tools/app/account_words.hpp"

#include "runtime/domain/account_compare.hpp"
#include "tools/app/table.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

bool changes_what_is_ours(const event_body& body) {
  return std::holds_alternative<order_submitted>(body) || std::holds_alternative<order_filled>(body);
}

/// Of the order that has ended with this event; nullptr: none has.
const client_order_id* ended_by(const event_body& body) {
  if (const auto* f = std::get_if<order_filled>(&body)) return f->remaining_qty == 0 ? &f->client_order_id : nullptr;
  if (const auto* c = std::get_if<order_cancelled>(&body)) return &c->client_order_id;
  if (const auto* x = std::get_if<order_expired>(&body)) return &x->client_order_id;
  if (const auto* r = std::get_if<order_rejected>(&body)) return &r->client_order_id;
  return nullptr;
}

}  // namespace

void account_words::add(const event& e) {
  if (changes_what_is_ours(e.body)) is_newer_ = true;
  if (const auto* s = std::get_if<order_submitted>(&e.body)) live_.insert(s->request.client_order_id);
  if (const client_order_id* id = ended_by(e.body)) live_.erase(*id);
  if (const auto* r = std::get_if<account_reconciled>(&e.body)) {
    fits_ = *r;
    fits_at_ = e.ts;
    is_newer_ = false;
  }
  const auto* d = std::get_if<account_difference>(&e.body);
  if (d == nullptr || d->action == "repaired" || d->action == "resolved") return;
  if (d->action == "settled") {
    standing_.erase({d->subject, d->key});
  } else {
    standing_[{d->subject, d->key}] = *d;
  }
}

std::vector<std::string> account_words::texts(std::string_view action) const {
  std::vector<std::string> out;
  for (const auto& [name, d] : standing_) {
    if (d.action != action) continue;
    out.push_back(d.ours.empty() ? fmt::format("{} {}: {}", d.subject, d.key, d.theirs)
                                 : fmt::format("{} {}: ours {}; theirs {}", d.subject, d.key, d.ours, d.theirs));
  }
  return out;
}

std::vector<std::string> account_words::differences() const {
  std::vector<std::string> all = texts(action_stopped);
  std::ranges::move(texts("halted"), std::back_inserter(all));
  return all;
}

bool account_words::is_flat() const {
  return fits_ && !is_newer_ && live_.empty() && differences().empty() &&
         fits_->open_positions == fits_->foreign_positions;
}

std::string account_words::summary() const {
  if (const auto d = differences(); !d.empty()) {
    return fmt::format("DIFFERS in {} point{} (as the journal last heard); {}", d.size(), d.size() == 1 ? "" : "s",
                       texts(action_stopped).empty()
                           ? "new risk waits for brokers release"
                           : "the broker holds less than ours: trade it back there by hand, then brokers release");
  }
  if (!fits_) return "not compared yet: what is held there is not known";
  std::string out = fmt::format("agrees as of {} IST", ist(fits_at_));
  if (is_newer_) return out + "; orders or fills since then are not compared yet";
  if (is_flat()) out += ": flat by the broker's book";
  if (!live_.empty()) out += fmt::format("; {} order(s) of ours have not ended", live_.size());
  if (fits_->foreign_positions > 0) out += fmt::format("; {} foreign position(s)", fits_->foreign_positions);
  if (fits_->foreign_orders > 0) out += fmt::format("; {} foreign order(s)", fits_->foreign_orders);
  return out;
}

nlohmann::json account_words::json() const {
  return {{"agrees_as_of", fits_ ? nlohmann::json(to_iso_ist(fits_at_)) : nlohmann::json(nullptr)},
          {"is_newer", is_newer_},
          {"flat", is_flat()},
          {"live_orders", live_.size()},
          {"differences", differences()},
          {"foreign", foreign()},
          {"cash", fits_ ? nlohmann::json(to_string(fits_->cash)) : nlohmann::json(nullptr)}};
}

}  // namespace bulkhead::app
