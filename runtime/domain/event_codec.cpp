#include "runtime/domain/event_codec.hpp"

#include "runtime/domain/event_data.hpp"
#include "runtime/domain/json_fields.hpp"
#include "runtime/domain/order_json.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using nlohmann::json;

constexpr std::int64_t version = 1;
constexpr std::string_view source = "bulkhead";

struct type_row {
  std::string_view name;
  std::string_view topic;  ///< suffix; empty: journal only
};

// In the order of event_body's alternatives.
constexpr std::array types{
    type_row{"account.opened", ""},
    type_row{"signal.received", "signals.raw"},
    type_row{"signal.validated", "signals.validated"},
    type_row{"signal.rejected", "signals.rejected"},
    type_row{"order.submitted", "orders.submitted"},
    type_row{"order.withheld", "orders.failed"},
    type_row{"order.accepted", "orders.updates"},
    type_row{"order.cancel_requested", "orders.updates"},
    type_row{"order.cancelled", "orders.updates"},
    type_row{"order.expired", "orders.updates"},
    type_row{"order.rejected", "orders.failed"},
    type_row{"order.unknown", "orders.updates"},
    type_row{"order.filled", "orders.filled"},
    type_row{"order.update_refused", "orders.updates"},
    type_row{"portfolio.snapshot", "pnl.snapshots"},
    type_row{"kill.latched", ""},
    type_row{"kill.released", ""},
    type_row{"order.modify_requested", "orders.updates"},
    type_row{"order.modified", "orders.updates"},
    type_row{"order.modify_rejected", "orders.updates"},
    type_row{"order.triggered", "orders.updates"},
    type_row{"command.refused", ""},
    type_row{"strategy.changed", ""},
    type_row{"feed.noticed", ""},
    type_row{"inbox.positioned", ""},
    type_row{"account.difference", ""},
    type_row{"account.reconciled", ""},
};
static_assert(types.size() == std::variant_size_v<event_body>);

constexpr std::array<std::string_view, 7> step_names{"start", "market", "signals", "orders", "mark", "guard", "input"};

step_kind read_step(const json_fields& in) {
  const auto it = std::ranges::find(step_names, in.text("step"));
  if (it == step_names.end()) in.refuse("step", fmt::format("{}", fmt::join(step_names, ", ")));
  return static_cast<step_kind>(it - step_names.begin());
}

/// The number after `prefix`, in its one canonical form; nullopt for any other text.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool canonical = text == "0" || !text.starts_with('0');
  if (error != std::errc{} || end != text.data() + text.size() || !canonical) return std::nullopt;
  return value;
}

void expect(const json_fields& in, const char* key, std::string_view allowed) {
  if (in.text(key) != allowed) in.refuse(key, fmt::format("\"{}\"", allowed));
}

}  // namespace

event_codec::event_codec(broker_id broker, const instrument_table& instruments)
    : broker_(std::move(broker)), instruments_(&instruments) {}

std::string event_codec::encode(const event& e) const {
  json_text out;
  out.text("broker", broker_.str());
  out.text("causation_id", e.causation_seq == 0 ? std::string{} : id_of(e.causation_seq));
  out.text("correlation_id", e.correlation);
  out.object("data", [&] { event_data::write(out, e.body, *instruments_); });
  out.number("feed_seq", e.feed);
  out.text("id", id_of(e.seq));
  out.text("key", key_of(e.body));
  out.number("seq", e.seq);
  out.text("source", source);
  out.text("step", step_names.at(static_cast<std::size_t>(e.step)));
  out.text("trace_id", fmt::format("f{}", e.trace_feed));
  out.time("ts", e.ts);
  out.text("type", type_name(e.body));
  out.number("version", version);
  return out.take();
}

event event_codec::decode(std::string_view text) const {
  const json whole = parse_strict(text);
  const json_fields in{whole, ""};
  if (in.integer("version") != version) in.refuse("version", fmt::format("{}", version));
  expect(in, "broker", broker_.str());
  expect(in, "source", source);
  event e;
  e.seq = in.natural("seq");
  if (e.seq == 0) in.refuse("seq", "an integer, 1 or more");
  expect(in, "id", id_of(e.seq));
  e.feed = in.natural("feed_seq");
  e.step = read_step(in);
  e.ts = in.time("ts");
  e.correlation = in.text("correlation_id");
  const std::string cause = in.text("causation_id");
  const auto causation = cause.empty() ? 0 : number_after(cause, broker_.str() + ":");
  if (!causation || (*causation == 0 && !cause.empty())) {
    in.refuse("causation_id", fmt::format("empty, or the id of an event of this broker, e.g. \"{}\"", id_of(1)));
  }
  e.causation_seq = *causation;
  const auto trace = number_after(in.text("trace_id"), "f");
  if (!trace) in.refuse("trace_id", "f and the seq of a frame, e.g. \"f42\"");
  e.trace_feed = *trace;
  e.body = body_of(in.text("type"), whole);
  expect(in, "key", key_of(e.body));
  return e;
}

event_body event_codec::body_of(std::string_view type, const json& whole) const {
  const json_fields data = json_fields{whole, ""}.object("data");
  if (type != "signal.validated") return event_data::read(type, data, *instruments_);
  return signal_validated{risk_approved<order_request>{read_order_request(data.object("order"), *instruments_)}};
}

std::string event_codec::id_of(std::uint64_t seq) const { return fmt::format("{}:{}", broker_.str(), seq); }

const std::string& event_codec::key_of(const event_body& body) const {
  const auto instrument = event_data::instrument_of(body);
  return instrument ? instruments_->key(*instrument) : broker_.str();
}

json event_codec::data(const event_body& body) const {
  json_text out;
  event_data::write(out, body, *instruments_);
  return json::parse(out.take());
}

std::string_view event_codec::type_name(const event_body& body) { return types.at(body.index()).name; }

std::string_view event_codec::topic_suffix(const event_body& body) { return types.at(body.index()).topic; }

}  // namespace bulkhead
