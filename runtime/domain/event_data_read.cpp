#include "runtime/domain/event_data.hpp"
#include "runtime/domain/order_json.hpp"

#include <array>

#include <fmt/format.h>

namespace bulkhead::event_data {
namespace {

using table = instrument_table;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

client_order_id order_id(const json_fields& in) { return client_order_id{in.name("client_order_id")}; }

charge_breakdown read_charges(const json_fields& in) {
  return {.brokerage = in.amount("brokerage"),
          .stt = in.amount("stt"),
          .exchange = in.amount("exchange"),
          .sebi = in.amount("sebi"),
          .gst = in.amount("gst"),
          .stamp = in.amount("stamp"),
          .dp = in.amount("dp")};
}

event_body read_account_opened(const json_fields& in, const table&) { return account_opened{in.amount("capital")}; }

std::int64_t read_offset_in(const json_fields& in) { return in.integer("offset", 0); }
std::int32_t read_partition(const json_fields& in) {
  return static_cast<std::int32_t>(in.integer("partition", 0, std::numeric_limits<std::int32_t>::max()));
}

std::optional<signal_origin> read_origin(const json_fields& in) {
  if (!in.has("origin")) return std::nullopt;
  const json_fields o = in.object("origin");
  return signal_origin{o.name("id"), o.name("topic"), read_partition(o), read_offset_in(o)};
}

event_body read_inbox_positioned(const json_fields& in, const table&) {
  return inbox_positioned{in.name("topic"), read_partition(in), read_offset_in(in), in.text("reason")};
}

event_body read_signal_received(const json_fields& in, const table& instruments) {
  using enum signal_action;
  static constexpr std::array actions{entry, exit, cancel, modify};
  const order_type type = read_order_type(in);
  return signal_received{{.id = signal_id{in.name("signal_id")},
                          .strategy = strategy_id{in.name("strategy")},
                          .instrument = in.instrument("instrument", instruments),
                          .action = in.one_of<signal_action>("action", actions),
                          .side = read_side(in),
                          .qty = in.integer("quantity", 1, max_quantity),
                          .type = type,
                          .validity = read_validity(in),
                          .product = read_product(in),
                          .limit_price = read_own_price(in, "limit_price", has_limit(type), type),
                          .trigger_price = read_own_price(in, "trigger_price", has_trigger(type), type),
                          .stop_loss_offset = read_offset(in, "stop_loss_offset"),
                          .target_offset = read_offset(in, "target_offset"),
                          .ts = in.time("ts"),
                          .feed = in.natural("feed_seq"),
                          .ordinal = static_cast<std::uint32_t>(in.integer("ordinal", 0, UINT32_MAX)),
                          .reason = in.text("reason")},
                         read_origin(in)};
}

event_body read_signal_rejected(const json_fields& in, const table& instruments) {
  return signal_rejected{.signal_id = signal_id{in.name("signal_id")},
                         .strategy = strategy_id{in.name("strategy")},
                         .instrument = in.instrument("instrument", instruments),
                         .rule = in.name("rule"),
                         .limit = in.text("limit"),
                         .observed = in.text("observed"),
                         .unit = in.text("unit")};
}

event_body read_submitted(const json_fields& in, const table& instruments) {
  return order_submitted{read_order_request(in.object("order"), instruments)};
}

event_body read_withheld(const json_fields& in, const table&) {
  return order_withheld{order_id(in), in.text("reason")};
}

event_body read_accepted(const json_fields& in, const table&) {
  return order_accepted{order_id(in), broker_order_id{in.name("broker_order_id")}};
}

event_body read_cancel_requested(const json_fields& in, const table&) {
  return order_cancel_requested{order_id(in), in.text("reason")};
}

event_body read_cancelled(const json_fields& in, const table&) {
  return order_cancelled{order_id(in), in.integer("filled_quantity", 0, max_quantity), in.text("reason")};
}

event_body read_expired(const json_fields& in, const table&) {
  return order_expired{order_id(in), in.integer("filled_quantity", 0, max_quantity)};
}

event_body read_rejected(const json_fields& in, const table&) {
  return order_rejected{order_id(in), in.text("reason"), in.flag("at_gate")};
}

event_body read_unknown(const json_fields& in, const table&) { return order_unknown{order_id(in), in.text("reason")}; }

event_body read_filled(const json_fields& in, const table& instruments) {
  const quantity qty = in.integer("quantity", 1, max_quantity);
  return order_filled{.client_order_id = order_id(in),
                      .fill_id = fill_id{in.name("fill_id")},
                      .strategy = strategy_id{in.name("strategy")},
                      .instrument = in.instrument("instrument", instruments),
                      .product = read_product(in),
                      .side = read_side(in),
                      .qty = qty,
                      .price = in.positive_price("price"),
                      .cumulative_qty = in.integer("cumulative_quantity", qty, max_quantity),
                      .remaining_qty = in.integer("remaining_quantity", 0, max_quantity),
                      .charges = read_charges(in.object("charges"))};
}

event_body read_update_refused(const json_fields& in, const table&) {
  // The id is the broker's word: it may be empty.
  return broker_update_refused{client_order_id{in.text("client_order_id")}, in.text("update"), in.text("reason")};
}

performance read_performance(const json_fields& in) {
  return {.net = in.amount("net"),
          .day_pnl = in.amount("day_pnl"),
          .peak = in.amount("peak"),
          .drawdown = in.amount("drawdown"),
          .gross_exposure = in.amount("gross_exposure"),
          .margin = in.amount("margin")};
}

event_body read_portfolio(const json_fields& in, const table& instruments) {
  portfolio_snapshot out{.cash = in.amount("cash"),
                         .realised = in.amount("realised"),
                         .unrealised = in.amount("unrealised"),
                         .charges = in.amount("charges"),
                         .equity = in.amount("equity"),
                         .performance = read_performance(in.object("performance"))};
  for (const json_fields& p : in.objects("positions")) {
    out.positions.push_back({.strategy = strategy_id{p.name("strategy")},
                             .instrument = p.instrument("instrument", instruments),
                             .product = read_product(p),
                             .qty = p.integer("quantity", -most, most),
                             .cost = p.amount("cost"),
                             .last = p.price_or_zero("last"),
                             .realised = p.amount("realised"),
                             .unrealised = p.amount("unrealised"),
                             .charges = p.amount("charges")});
  }
  for (const json_fields& s : in.objects("strategies")) {
    out.strategies.push_back({.strategy = strategy_id{s.name("strategy")},
                              .realised = s.amount("realised"),
                              .unrealised = s.amount("unrealised"),
                              .charges = s.amount("charges"),
                              .performance = read_performance(s.object("performance"))});
  }
  return out;
}

event_body read_kill_latched(const json_fields& in, const table&) {
  std::string mode = in.text("mode");
  if (mode != "reduce-only" && mode != "halt") in.refuse("mode", "reduce-only, halt");
  return kill_latched{strategy_id{in.text("strategy")}, std::move(mode), in.name("cause"), in.text("reason")};
}

event_body read_kill_released(const json_fields& in, const table&) {
  return kill_released{strategy_id{in.text("strategy")}, in.text("reason")};
}

event_body read_modify_requested(const json_fields& in, const table&) {
  return order_modify_requested{order_id(in), read_order_terms(in.object("terms")), in.text("reason")};
}

event_body read_modified(const json_fields& in, const table&) {
  return order_modified{order_id(in), read_order_terms(in.object("terms")), in.text("reason")};
}

event_body read_modify_rejected(const json_fields& in, const table&) {
  return order_modify_rejected{order_id(in), in.text("reason")};
}

event_body read_triggered(const json_fields& in, const table&) { return order_triggered{order_id(in)}; }

event_body read_command_refused(const json_fields& in, const table&) {
  return command_refused{in.text("command"), in.text("reason")};
}

event_body read_strategy_changed(const json_fields& in, const table&) {
  return strategy_changed{strategy_id{in.name("strategy")}, in.name("change"), in.text("reason")};
}

event_body read_feed_noticed(const json_fields& in, const table& instruments) {
  return feed_noticed{in.instrument("instrument", instruments), in.name("what"), in.natural("count")};
}

event_body read_account_difference(const json_fields& in, const table&) {
  return account_difference{.subject = in.name("subject"),
                            .key = in.name("key"),
                            .ours = in.text("ours"),
                            .theirs = in.text("theirs"),
                            .units = in.integer("units"),
                            .action = in.name("action"),
                            .reason = in.text("reason")};
}

event_body read_account_reconciled(const json_fields& in, const table&) {
  return account_reconciled{.occasion = in.name("occasion"),
                            .orders = in.integer("orders", 0),
                            .foreign_orders = in.integer("foreign_orders", 0),
                            .open_positions = in.integer("open_positions", 0),
                            .foreign_positions = in.integer("foreign_positions", 0),
                            .cash = in.amount("cash")};
}

struct reader {
  std::string_view type;
  event_body (*read)(const json_fields&, const table&);
};

constexpr std::array readers{
    reader{"account.opened", read_account_opened},
    reader{"signal.received", read_signal_received},
    reader{"signal.rejected", read_signal_rejected},
    reader{"order.submitted", read_submitted},
    reader{"order.withheld", read_withheld},
    reader{"order.accepted", read_accepted},
    reader{"order.cancel_requested", read_cancel_requested},
    reader{"order.cancelled", read_cancelled},
    reader{"order.expired", read_expired},
    reader{"order.rejected", read_rejected},
    reader{"order.unknown", read_unknown},
    reader{"order.filled", read_filled},
    reader{"order.update_refused", read_update_refused},
    reader{"portfolio.snapshot", read_portfolio},
    reader{"kill.latched", read_kill_latched},
    reader{"kill.released", read_kill_released},
    reader{"order.modify_requested", read_modify_requested},
    reader{"order.modified", read_modified},
    reader{"order.modify_rejected", read_modify_rejected},
    reader{"order.triggered", read_triggered},
    reader{"command.refused", read_command_refused},
    reader{"strategy.changed", read_strategy_changed},
    reader{"feed.noticed", read_feed_noticed},
    reader{"inbox.positioned", read_inbox_positioned},
    reader{"account.difference", read_account_difference},
    reader{"account.reconciled", read_account_reconciled},
};

}  // namespace

event_body read(std::string_view type, const json_fields& in, const table& instruments) {
  const auto it = std::ranges::find(readers, type, &reader::type);
  if (it != readers.end()) return it->read(in, instruments);
  std::string list = "signal.validated";
  for (const reader& r : readers) list.append(", ").append(r.type);
  throw codec_error(fmt::format("key \"type\": found \"{}\", allowed: {}", type, list));
}

}  // namespace bulkhead::event_data
