#include "runtime/brokers/zerodha/kite_rows.hpp"

#include "runtime/domain/our_tag.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead {
namespace {

/// Rows of other apps of the account are read too: bounds of what can be, not of what Bulkhead trades.
constexpr std::int64_t most_units = 1'000'000'000'000;

const std::vector<kite_value>& list_of(const kite_value& data, std::string_view where) {
  if (!data.is(kite_value::type::list)) {
    throw kite_error(fmt::format("{}: found {}, allowed: a list", where, data.shown()));
  }
  return data.items();
}

side read_side(const kite_fields& in) {
  const std::string found = in.text("transaction_type");
  if (found == "BUY") return side::buy;
  if (found != "SELL") in.refuse("transaction_type", "BUY, SELL");
  return side::sell;
}

std::string read_name(const kite_fields& in, std::string_view key) {
  std::string found = in.text(key);
  if (found.empty()) in.refuse(key, "a text, not empty");
  return found;
}

kite_trade_row read_trade(const kite_value& object, std::string where) {
  const kite_fields in{object, std::move(where)};
  kite_trade_row row;
  row.trade_id = in.id("trade_id");
  row.broker_order_id = broker_order_id{in.id("order_id")};
  row.exchange = in.text("exchange");
  row.tradingsymbol = in.text("tradingsymbol");
  row.product = in.text("product");
  row.side = read_side(in);
  row.qty = in.integer("quantity", 1, most_units);
  row.price = in.price_or_zero("average_price");
  if (row.price.raw == 0) in.refuse("average_price", "a price above 0");
  row.fill_timestamp = in.text("fill_timestamp");
  return row;
}

/// For people: what is there in place of an id, whatever it is.
std::string name_of(const kite_value& object, std::string_view key) {
  const kite_value* found = object.find(key);
  return found == nullptr ? "without an id" : found->shown();
}

/// A row that cannot be read: Kite sends the tags of our orders back, so one with other tags or none is foreign.
bool may_be_ours(const kite_value& row) {
  if (!row.is(kite_value::type::object)) return true;
  const auto is_foreign = [](const kite_value* tag) {
    return tag == nullptr || tag->is(kite_value::type::null) ||
           (tag->is(kite_value::type::text) && !is_our_tag(tag->written()));
  };
  const kite_value* tags = row.find("tags");
  const bool has_list = tags != nullptr && tags->is(kite_value::type::list);
  const bool has_no_list = tags == nullptr || tags->is(kite_value::type::null);
  if (!has_list && !has_no_list) return true;
  if (!is_foreign(row.find("tag"))) return true;
  return has_list && !std::ranges::all_of(tags->items(), [&](const kite_value& t) { return is_foreign(&t); });
}

kite_position_row read_position(const kite_value& object, std::string where) {
  const kite_fields in{object, std::move(where)};
  kite_position_row row;
  row.exchange = read_name(in, "exchange");
  row.tradingsymbol = read_name(in, "tradingsymbol");
  row.product = read_name(in, "product");
  row.token = static_cast<std::uint32_t>(in.integer_or("instrument_token", 0, 0, 0xffffffff));
  row.qty = in.integer("quantity", -most_units, most_units);
  row.overnight_qty = in.integer_or("overnight_quantity", 0, -most_units, most_units);
  row.multiplier = in.integer_or("multiplier", 1, 0, most_units);
  row.average_price = in.price_or_zero("average_price");
  row.last_price = in.price_or_zero("last_price");
  row.close_price = in.price_or_zero("close_price");
  row.buy_qty = in.integer_or("buy_quantity", 0, 0, most_units);
  row.sell_qty = in.integer_or("sell_quantity", 0, 0, most_units);
  row.buy_value = in.amount("buy_value");
  row.sell_value = in.amount("sell_value");
  row.pnl = in.amount("pnl");
  row.m2m = in.amount("m2m");
  return row;
}

std::vector<kite_position_row> read_position_list(const kite_fields& in, const char* key) {
  std::vector<kite_position_row> out;
  const kite_value* found = in.find(key);
  if (found == nullptr) in.refuse(key, "a list");
  for (const kite_value& v : list_of(*found, fmt::format("positions.{}", key))) {
    out.push_back(read_position(v, fmt::format("positions.{}[{}]", key, out.size())));
  }
  return out;
}

std::optional<kite_margin> read_margin(const kite_fields& data, const char* key) {
  if (!data.has(key)) return std::nullopt;
  const kite_fields in = data.object(key);
  const kite_fields available = in.object("available");
  const kite_fields utilised = in.object("utilised");
  if (!in.has("net")) in.refuse("net", "a number");
  return kite_margin{.enabled = in.flag("enabled"),
                     .net = in.amount("net"),
                     .cash = available.amount("cash"),
                     .opening_balance = available.amount("opening_balance"),
                     .live_balance = available.amount("live_balance"),
                     .collateral = available.amount("collateral"),
                     .intraday_payin = available.amount("intraday_payin"),
                     .debits = utilised.amount("debits")};
}

}  // namespace

kite_stage kite_stage_of(std::string_view status) {
  if (status == "COMPLETE") return kite_stage::complete;
  if (status == "CANCELLED") return kite_stage::cancelled;
  if (status == "REJECTED") return kite_stage::rejected;
  if (status == "OPEN") return kite_stage::open;
  if (status == "TRIGGER PENDING") return kite_stage::resting_for_trigger;
  return kite_stage::moving;
}

std::optional<timestamp> parse_kite_time(std::string_view text) {
  if (text.size() != 19 || text[10] != ' ') return std::nullopt;
  std::string iso{text};
  iso[10] = 'T';
  return parse_iso_ist(iso + "+05:30");
}

kite_order_row read_order(const kite_value& object, std::string where) {
  const kite_fields in{object, std::move(where)};
  kite_order_row row;
  row.broker_order_id = broker_order_id{in.id("order_id")};
  row.status = read_name(in, "status");
  row.status_message = in.text("status_message");
  row.tag = in.text("tag");
  row.tags = in.texts("tags");
  row.exchange = in.text("exchange");
  row.tradingsymbol = in.text("tradingsymbol");
  row.side = read_side(in);
  row.variety = in.text("variety");
  row.order_type = in.text("order_type");
  row.product = in.text("product");
  row.validity = in.text("validity");
  row.qty = in.integer("quantity", 0, most_units);
  row.filled = in.integer("filled_quantity", 0, row.qty);
  row.limit_price = in.price_or_zero("price");
  row.trigger_price = in.price_or_zero("trigger_price");
  row.average_price = in.price_or_zero("average_price");
  row.order_timestamp = in.text("order_timestamp");
  row.placed_by = in.text("placed_by");
  return row;
}

std::vector<kite_order_row> read_orders(const kite_value& data) {
  std::vector<kite_order_row> out;
  for (const kite_value& v : list_of(data, "orders"))
    out.push_back(read_order(v, fmt::format("orders[{}]", out.size())));
  return out;
}

kite_order_list read_order_list(const kite_value& data) {
  kite_order_list out;
  for (const kite_value& v : list_of(data, "orders")) {
    try {
      out.rows.push_back(read_order(v, "order " + name_of(v, "order_id")));
    } catch (const kite_error& e) {
      out.skipped.emplace_back(e.what());
      out.may_lack_ours = out.may_lack_ours || may_be_ours(v);
    }
  }
  return out;
}

std::vector<kite_trade_row> read_trades(const kite_value& data) {
  std::vector<kite_trade_row> out;
  for (const kite_value& v : list_of(data, "trades")) {
    out.push_back(read_trade(v, fmt::format("trades[{}]", out.size())));
  }
  return out;
}

kite_trade_list read_trade_list(const kite_value& data) {
  kite_trade_list out;
  for (const kite_value& v : list_of(data, "trades")) {
    try {
      out.rows.push_back(
          read_trade(v, fmt::format("trade {} of order {}", name_of(v, "trade_id"), name_of(v, "order_id"))));
    } catch (const kite_error& e) {
      out.skipped.emplace_back(e.what());
    }
  }
  return out;
}

kite_positions read_positions(const kite_value& data) {
  const kite_fields in{data, "positions"};
  return {.net = read_position_list(in, "net"), .day = read_position_list(in, "day")};
}

std::vector<kite_holding_row> read_holdings(const kite_value& data) {
  std::vector<kite_holding_row> out;
  for (const kite_value& v : list_of(data, "holdings")) {
    const kite_fields in{v, fmt::format("holdings[{}]", out.size())};
    const auto units = [&](const char* key) { return in.integer_or(key, 0, 0, most_units); };
    kite_holding_row row;
    row.exchange = read_name(in, "exchange");
    row.tradingsymbol = read_name(in, "tradingsymbol");
    row.product = read_name(in, "product");
    // "quantity" has neither what is sold today, nor what is not delivered, nor what is pledged. Whether the opening
    // quantity has what was pledged before is not said anywhere: both sums are at most what the day began with.
    const quantity now =
        in.integer("quantity", -most_units, most_units) + units("t1_quantity") + units("collateral_quantity");
    row.opening_qty =
        in.has("opening_quantity") ? std::max(units("opening_quantity"), now) : now + units("used_quantity");
    out.push_back(std::move(row));
  }
  return out;
}

kite_margins read_margins(const kite_value& data) {
  const kite_fields in{data, "margins"};
  kite_margins out{.equity = read_margin(in, "equity"), .commodity = read_margin(in, "commodity")};
  if (!out.equity && !out.commodity) in.refuse("equity", "an object, here or under \"commodity\"");
  return out;
}

kite_profile read_profile(const kite_value& data) {
  const kite_fields in{data, "profile"};
  return {.user_id = in.id("user_id"),
          .user_name = in.text("user_name"),
          .broker = in.text("broker"),
          .exchanges = in.texts("exchanges"),
          .products = in.texts("products"),
          .order_types = in.texts("order_types")};
}

broker_order_id read_order_id(const kite_value& data) {
  return broker_order_id{kite_fields{data, "answer"}.id("order_id")};
}

}  // namespace bulkhead
