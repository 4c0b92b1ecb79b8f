#include "tools/app/journal_reports.hpp"

#include <charconv>
#include <string>

namespace bulkhead::app {
namespace {

using kind = broker_update::kind;

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

broker_update report_of(kind what, const client_order_id& id, std::string reason = {}) {
  broker_update u;
  u.what = what;
  u.client_order_id = id;
  u.reason = std::move(reason);
  return u;
}

/// Takes `word` from the front of the text.
bool skip(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// Takes what is before `end`, and `end`, from the front of the text.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return taken;
}

std::optional<quantity> quantity_of(std::optional<std::string_view> text) {
  quantity value = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return value;
}

/// Any price, also one that no order can have: a refused report may name it.
std::optional<price> price_of(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  const auto raw = parse_fixed(*text);
  if (!raw) return std::nullopt;
  return price{*raw};
}

/// "5 at 100.00 as T1"
std::optional<broker_update> fill_described(broker_update u, std::string_view text) {
  const auto qty = quantity_of(take_until(text, " at "));
  const auto at = price_of(take_until(text, " as "));
  if (!qty || !at) return std::nullopt;
  u.what = kind::filled;
  u.qty = *qty;
  u.price = *at;
  u.fill_id = fill_id{std::string{text}};
  return u;
}

/// "5 units, limit 100.00, trigger 0.00: reason"
std::optional<broker_update> terms_described(broker_update u, std::string_view text) {
  const auto qty = quantity_of(take_until(text, " units, limit "));
  const auto limit = price_of(take_until(text, ", trigger "));
  const auto trigger = price_of(take_until(text, ": "));
  if (!qty || !limit || !trigger) return std::nullopt;
  u.what = kind::modified;
  u.terms = {*qty, *limit, *trigger};
  u.reason = text;
  return u;
}

}  // namespace

std::optional<broker_update> report_described(const client_order_id& id, std::string_view text) {
  broker_update u;
  u.client_order_id = id;
  if (text == "triggered") return report_of(kind::triggered, id);
  if (text == "expired") return report_of(kind::expired, id);
  if (skip(text, "filled ")) return fill_described(std::move(u), text);
  if (skip(text, "modified to ")) return terms_described(std::move(u), text);
  if (skip(text, "accepted as ")) {
    u.broker_order_id = broker_order_id{std::string{text}};
    return u;
  }
  if (skip(text, "modification rejected: ")) return report_of(kind::modify_rejected, id, std::string{text});
  if (skip(text, "cancelled: ")) return report_of(kind::cancelled, id, std::string{text});
  if (skip(text, "rejected: ")) return report_of(kind::rejected, id, std::string{text});
  if (skip(text, "answer lost: ")) return report_of(kind::answer_lost, id, std::string{text});
  return std::nullopt;
}

std::optional<broker_update> report_behind(const event_body& body) {
  using result = std::optional<broker_update>;
  return std::visit(
      overloaded{
          [](const order_accepted& e) -> result {
            broker_update u = report_of(kind::accepted, e.client_order_id);
            u.broker_order_id = e.broker_order_id;
            return u;
          },
          [](const order_filled& e) -> result {
            broker_update u = report_of(kind::filled, e.client_order_id);
            u.fill_id = e.fill_id;
            u.qty = e.qty;
            u.price = e.price;
            return u;
          },
          [](const order_modified& e) -> result {
            broker_update u = report_of(kind::modified, e.client_order_id, e.reason);
            u.terms = e.terms;
            return u;
          },
          [](const order_triggered& e) -> result { return report_of(kind::triggered, e.client_order_id); },
          [](const order_modify_rejected& e) -> result {
            return report_of(kind::modify_rejected, e.client_order_id, e.reason);
          },
          [](const order_cancelled& e) -> result { return report_of(kind::cancelled, e.client_order_id, e.reason); },
          [](const order_expired& e) -> result { return report_of(kind::expired, e.client_order_id); },
          [](const order_rejected& e) -> result {
            if (e.at_gate) return std::nullopt;
            return report_of(kind::rejected, e.client_order_id, e.reason);
          },
          [](const order_unknown& e) -> result { return report_of(kind::answer_lost, e.client_order_id, e.reason); },
          [](const broker_update_refused& e) -> result { return report_described(e.client_order_id, e.update); },
          [](const auto&) -> result { return std::nullopt; },
      },
      body);
}

}  // namespace bulkhead::app
