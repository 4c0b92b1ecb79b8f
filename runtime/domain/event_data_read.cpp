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
          .stamp = in.amount("stamp")};
}

event_body read_account_opened(const json_fields& in, const table&) { return account_opened{in.amount("capital")}; }

event_body read_signal_received(const json_fields& in, const table& instruments) {
  static constexpr std::array actions{signal_action::entry, signal_action::exit};
  const order_type type = read_order_type(in);
  return signal_received{{.id = signal_id{in.name("signal_id")},
                          .strategy = strategy_id{in.name("strategy")},
                          .instrument = in.instrument("instrument", instruments),
                          .action = in.one_of<signal_action>("action", actions),
                          .side = read_side(in),
                          .qty = in.integer("quantity", 1, max_quantity),
                          .type = type,
                          .limit_price = read_limit(in, type),
                          .ts = in.time("ts"),
                          .feed = in.natural("feed_seq"),
                          .ordinal = static_cast<std::uint32_t>(in.integer("ordinal", 0, UINT32_MAX)),
                          .reason = in.text("reason")}};
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
  return order_rejected{order_id(in), in.text("reason")};
}

event_body read_unknown(const json_fields& in, const table&) { return order_unknown{order_id(in), in.text("reason")}; }

event_body read_filled(const json_fields& in, const table& instruments) {
  const quantity qty = in.integer("quantity", 1, max_quantity);
  return order_filled{.client_order_id = order_id(in),
                      .fill_id = fill_id{in.name("fill_id")},
                      .strategy = strategy_id{in.name("strategy")},
                      .instrument = in.instrument("instrument", instruments),
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

event_body read_portfolio(const json_fields& in, const table& instruments) {
  portfolio_snapshot out{.cash = in.amount("cash"),
                         .realised = in.amount("realised"),
                         .unrealised = in.amount("unrealised"),
                         .charges = in.amount("charges"),
                         .equity = in.amount("equity")};
  for (const json_fields& p : in.objects("positions")) {
    out.positions.push_back({.strategy = strategy_id{p.name("strategy")},
                             .instrument = p.instrument("instrument", instruments),
                             .qty = p.integer("quantity", -most, most),
                             .cost = p.amount("cost"),
                             .last = p.price_or_zero("last"),
                             .realised = p.amount("realised"),
                             .unrealised = p.amount("unrealised"),
                             .charges = p.amount("charges")});
  }
  return out;
}

event_body read_kill_latched(const json_fields& in, const table&) {
  std::string mode = in.text("mode");
  if (mode != "reduce-only" && mode != "halt") in.refuse("mode", "reduce-only, halt");
  return kill_latched{std::move(mode), in.text("reason")};
}

event_body read_kill_released(const json_fields& in, const table&) { return kill_released{in.text("reason")}; }

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
