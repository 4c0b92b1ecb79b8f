#include "tools/kite_sim/core/order_request.hpp"

#include "tools/kite_sim/core/kite_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace bulkhead::kite_sim {
namespace {

constexpr std::string_view no_protection =
    "Market orders without market protection are not allowed via API. Please set market protection or use a Limit "
    "order.";
constexpr std::size_t longest_tag = 20;

/// Missing or empty is the same: clients send neither or either.
std::string needed(const form& fields, std::string_view name) {
  std::string value = fields.get(name);
  if (value.empty()) throw input_error(fmt::format("Missing or empty field `{}`", name));
  return value;
}

[[noreturn]] void refuse(std::string_view name, std::string_view given, std::string_view allowed) {
  throw input_error(fmt::format("Invalid `{}`: given \"{}\", allowed: {}", name, given, allowed));
}

template <class Kind, std::size_t Count>
Kind one_of(std::string_view name, const std::string& given, const std::array<Kind, Count>& kinds) {
  std::string allowed;
  for (const Kind kind : kinds) {
    if (text_of(kind) == given) return kind;
    allowed += (allowed.empty() ? "" : ", ") + std::string{text_of(kind)};
  }
  refuse(name, given, allowed);
}

order_kind kind_of(const std::string& given) {
  return one_of("order_type", given,
                std::array{order_kind::market, order_kind::limit, order_kind::sl, order_kind::sl_m});
}

order_validity validity_of(const std::string& given) {
  return one_of("validity", given, std::array{order_validity::day, order_validity::ioc, order_validity::ttl});
}

quantity units_of(std::string_view name, const std::string& given, std::int64_t least) {
  const auto units = read_integer(given);
  if (!units || *units < least || *units > max_quantity) {
    refuse(name, given, fmt::format("integer, {} to {}", least, max_quantity));
  }
  return *units;
}

price price_of(std::string_view name, const std::string& given) {
  const auto value = read_price(given);
  if (!value) refuse(name, given, "rupees, 0 or more, at most four decimals");
  return *value;
}

/// Percent with at most two decimals as hundredths; -1: the exchange's own choice.
std::int64_t protection_of(const std::string& given, const order_rules& rules) {
  if (given.empty()) return 0;
  const auto raw = parse_fixed(given);
  if (raw && *raw == -money_scale) return rules.auto_protection_bps;
  if (!raw || *raw < 0 || *raw > 100 * money_scale) {
    refuse("market_protection", given, "-1, 0, or a percentage up to 100");
  }
  return *raw / 100;
}

bool has_limit(order_kind kind) { return kind == order_kind::limit || kind == order_kind::sl; }
bool has_trigger(order_kind kind) { return kind == order_kind::sl || kind == order_kind::sl_m; }

void check_step(std::string_view name, price value, const instrument& of) {
  if (value.raw % of.tick_size.raw == 0) return;
  throw input_error(fmt::format("Invalid `{}`: given {}, allowed: a multiple of the tick size {}", name,
                                to_string(value), to_string(of.tick_size)));
}

/// What must hold between the fields, whether placed or changed.
void check_terms(order_terms& terms, std::int64_t protection, const instrument& of, const order_rules& rules) {
  if (has_limit(terms.kind)) {
    if (terms.limit.raw == 0) throw input_error("Missing or empty field `price`");
    check_step("price", terms.limit, of);
  } else {
    terms.limit = {};
    if (rules.require_market_protection && protection == 0) throw input_error(std::string{no_protection});
  }
  if (has_trigger(terms.kind)) {
    if (terms.trigger.raw == 0) throw input_error("Missing or empty field `trigger_price`");
    check_step("trigger_price", terms.trigger, of);
  } else {
    terms.trigger = {};
  }
  if (terms.units % of.lot_size != 0) {
    refuse("quantity", std::to_string(terms.units), fmt::format("a multiple of the lot size {}", of.lot_size));
  }
  if (terms.disclosed > terms.units) refuse("disclosed_quantity", std::to_string(terms.disclosed), "up to `quantity`");
  if (terms.validity == order_validity::ttl && (terms.ttl_minutes < 1 || terms.ttl_minutes > 375)) {
    refuse("validity_ttl", std::to_string(terms.ttl_minutes), "minutes, 1 to 375");
  }
}

instrument_id instrument_of(const form& fields, const listing& listed, const order_rules& rules) {
  const std::string exchange = needed(fields, "exchange");
  const std::string symbol = needed(fields, "tradingsymbol");
  const auto id = listed.table().find(exchange + ":" + symbol);
  if (!id) throw input_error(fmt::format("Invalid `tradingsymbol`: {}:{} is not listed", exchange, symbol));
  if (is_index_token(listed.table().at(*id).token) && !rules.trade_indices) {
    throw input_error(fmt::format("Invalid `tradingsymbol`: {}:{} is an index, which is not traded", exchange, symbol));
  }
  return *id;
}

std::string word_of(std::string_view name, std::string given, std::initializer_list<std::string_view> allowed) {
  if (std::ranges::find(allowed, given) == allowed.end()) {
    std::string list;
    for (const std::string_view word : allowed) list += (list.empty() ? "" : ", ") + std::string{word};
    refuse(name, given, list);
  }
  return given;
}

/// The fields of their own are checked as Kite does; then these orders are refused as for an account without them.
void check_variety(std::string_view variety, const form& fields, const order_terms& terms) {
  if (variety == "iceberg") {
    const auto legs = read_integer(needed(fields, "iceberg_legs"));
    if (!legs || *legs < 2 || *legs > 10) refuse("iceberg_legs", fields.get("iceberg_legs"), "integer, 2 to 10");
    const quantity leg = units_of("iceberg_quantity", needed(fields, "iceberg_quantity"), 1);
    if (leg != (terms.units + *legs - 1) / *legs) {
      refuse("iceberg_quantity", std::to_string(leg), "`quantity` by `iceberg_legs`, rounded up");
    }
    throw order_error("Iceberg orders are not enabled for your account.");
  }
  if (variety == "co") {
    (void)price_of("trigger_price", needed(fields, "trigger_price"));
    throw order_error("Cover orders are not enabled for your account.");
  }
  if (variety == "auction") {
    (void)needed(fields, "auction_number");
    throw order_error("There is no auction with that `auction_number`.");
  }
}

}  // namespace

std::optional<std::int64_t> read_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<price> read_price(std::string_view text) {
  const auto raw = parse_fixed(text);
  if (!raw || *raw < 0 || *raw > price::max().raw) return std::nullopt;
  return price{*raw};
}

order_request read_placement(std::string_view variety, const form& fields, const listing& listed,
                             const order_rules& rules) {
  order_request out;
  out.variety = word_of("variety", std::string{variety}, {"regular", "amo", "co", "iceberg", "auction"});
  out.instrument = instrument_of(fields, listed, rules);
  const instrument& of = listed.table().at(out.instrument);
  out.side =
      one_of("transaction_type", needed(fields, "transaction_type"), std::array{order_side::buy, order_side::sell});
  out.product = word_of("product", needed(fields, "product"), {"CNC", "NRML", "MIS"});
  out.terms.kind = kind_of(needed(fields, "order_type"));
  out.terms.units = units_of("quantity", needed(fields, "quantity"), 1);
  if (const auto given = fields.get("validity"); !given.empty()) out.terms.validity = validity_of(given);
  if (const auto given = fields.get("price"); !given.empty()) out.terms.limit = price_of("price", given);
  if (const auto given = fields.get("trigger_price"); !given.empty()) {
    out.terms.trigger = price_of("trigger_price", given);
  }
  if (const auto given = fields.get("disclosed_quantity"); !given.empty()) {
    out.terms.disclosed = units_of("disclosed_quantity", given, 0);
  }
  if (const auto given = fields.get("validity_ttl"); !given.empty()) {
    out.terms.ttl_minutes = units_of("validity_ttl", given, 0);
  }
  out.protection_bps = protection_of(fields.get("market_protection"), rules);
  out.tag = fields.get("tag");
  if (out.tag.size() > longest_tag) refuse("tag", out.tag, "at most 20 characters");
  const std::string slice = fields.get("autoslice");
  out.autoslice = slice == "true" || slice == "True" || slice == "1";
  check_terms(out.terms, out.protection_bps, of, rules);
  if (of.freeze_quantity > 0 && out.terms.units > of.freeze_quantity && !out.autoslice) {
    refuse("quantity", std::to_string(out.terms.units),
           fmt::format("at most the freeze quantity {}, or autoslice=true", of.freeze_quantity));
  }
  check_variety(out.variety, fields, out.terms);
  return out;
}

terms_change read_modification(const form& fields, const order_terms& now, const instrument& of,
                               const order_rules& rules) {
  terms_change out{now, 0};
  order_terms& next = out.terms;
  if (const auto given = fields.get("order_type"); !given.empty()) next.kind = kind_of(given);
  if (const auto given = fields.get("quantity"); !given.empty()) next.units = units_of("quantity", given, 1);
  if (const auto given = fields.get("price"); !given.empty()) next.limit = price_of("price", given);
  if (const auto given = fields.get("trigger_price"); !given.empty()) next.trigger = price_of("trigger_price", given);
  if (const auto given = fields.get("validity"); !given.empty()) next.validity = validity_of(given);
  if (const auto given = fields.get("disclosed_quantity"); !given.empty()) {
    next.disclosed = units_of("disclosed_quantity", given, 0);
  }
  out.protection_bps = protection_of(fields.get("market_protection"), rules);
  check_terms(next, out.protection_bps, of, rules);
  return out;
}

}  // namespace bulkhead::kite_sim
