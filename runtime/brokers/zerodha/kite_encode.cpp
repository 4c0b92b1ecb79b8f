#include "runtime/brokers/zerodha/kite_encode.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sodium/crypto_hash_sha256.h>

namespace bulkhead {
namespace {

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string protection_text(const kite_order_settings& settings, order_type type) {
  const auto bps = settings.market_protection_bps;
  constexpr std::string_view allowed =
      "allowed: 1 to 10000 basis points, or automatic; set market_protection of this broker, or use a limit order";
  if (!bps) throw kite_unsendable(fmt::format("a {} order without market_protection, {}", to_string(type), allowed));
  if (*bps == kite_order_settings::automatic) return "-1";
  if (*bps < 1 || *bps > 10'000) throw kite_unsendable(fmt::format("market_protection of {}, {}", *bps, allowed));
  return *bps % 100 == 0 ? fmt::format("{}", *bps / 100) : fmt::format("{}.{:02}", *bps / 100, *bps % 100);
}

void check_tag(const std::string& tag) {
  if (!tag.empty() && tag.size() <= max_tag && std::ranges::all_of(tag, is_letter_or_digit)) return;
  throw kite_unsendable(
      fmt::format("client order id \"{}\" as tag, allowed: 1 to {} letters and digits", tag.substr(0, 60), max_tag));
}

void check_price(std::string_view name, price p) {
  if (p.raw >= 1 && p <= price::max()) return;
  throw kite_unsendable(
      fmt::format("{} of {}, allowed: above 0, up to {}", name, to_string(p), to_string(price::max())));
}

void add_terms(kite_form& form, order_type type, const order_terms& t, const kite_order_settings& settings) {
  if (t.qty < 1 || t.qty > max_quantity) {
    throw kite_unsendable(fmt::format("a quantity of {}, allowed: 1 to {}", t.qty, max_quantity));
  }
  form.add("order_type", to_string(type)).add("quantity", std::to_string(t.qty));
  if (has_limit(type)) {
    check_price("a limit price", t.limit_price);
    form.add("price", to_string(t.limit_price));
  } else {
    form.add("market_protection", protection_text(settings, type));
  }
  if (has_trigger(type)) {
    check_price("a trigger price", t.trigger_price);
    form.add("trigger_price", to_string(t.trigger_price));
  }
}

}  // namespace

kite_form& kite_form::add(std::string_view key, std::string_view value) {
  if (!text_.empty()) text_ += '&';
  text_.append(url_encoded(key)).append("=").append(url_encoded(value));
  return *this;
}

std::string url_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
  }
  return out;
}

std::string sha256_hex(std::initializer_list<std::string_view> parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (const std::string_view p : parts) {
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(p.data()), p.size());
  }
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state, digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

std::string place_form(const order_request& r, const instrument& i, const kite_order_settings& settings) {
  check_tag(r.client_order_id.str());
  kite_form form;
  form.add("exchange", i.exchange).add("tradingsymbol", i.tradingsymbol);
  form.add("transaction_type", to_string(r.side)).add("product", to_string(r.product));
  form.add("validity", to_string(r.validity));
  add_terms(form, r.type, {r.qty, r.limit_price, r.trigger_price}, settings);
  form.add("tag", r.client_order_id.str());
  if (!settings.algo_id.empty()) form.add("algo_id", settings.algo_id);
  return form.text();
}

std::string modify_form(const order& o, const kite_order_settings& settings) {
  if (!o.asked_terms) throw kite_unsendable("a modification without terms");
  order_terms terms = *o.asked_terms;
  order_type type = o.request.type;
  // A trigger that was reached is gone: Kite has the order as what it became.
  if (o.triggered) type = has_limit(type) ? order_type::limit : order_type::market;
  kite_form form;
  add_terms(form, type, terms, settings);
  form.add("validity", to_string(o.request.validity));
  return form.text();
}

}  // namespace bulkhead
