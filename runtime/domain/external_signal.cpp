#include "runtime/domain/external_signal.hpp"

#include "runtime/domain/order_json.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::size_t most_id = 128;
constexpr std::size_t most_reason = 256;
constexpr std::size_t most_name = 64;

/// Not empty, at most so many bytes, printable ASCII: it is shown and compared.
std::string id_under(const json_fields& in, const char* key) {
  std::string id = in.name(key);
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  if (id.size() > most_id || !std::ranges::all_of(id, printable)) {
    in.refuse(key, fmt::format("1 to {} printable ASCII characters without a space", most_id));
  }
  return id;
}

strategy_id strategy_under(const json_fields& in) {
  const std::string name = in.name("strategy");
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  const bool starts = name.front() >= 'a' && name.front() <= 'z';
  if (name.size() > most_name || !starts || !std::ranges::all_of(name, fits)) {
    in.refuse("strategy", "a name: a-z, then up to 63 of a-z 0-9 _");
  }
  return strategy_id{fmt::format("{}{}", external_prefix, name)};
}

std::string reason_under(const json_fields& in) {
  if (!in.has("reason")) return {};
  std::string reason = in.text("reason");
  if (reason.size() > most_reason) in.refuse("reason", fmt::format("text of at most {} bytes", most_reason));
  return reason;
}

/// Brackets belong to entries: elsewhere the offsets would be ignored, and what was asked for not done.
price offset_under(const json_fields& in, const char* key, signal_action action) {
  if (in.has(key) && action != signal_action::entry) in.refuse(key, "no such key but in an ENTRY");
  return read_offset(in, key);
}

signal read_signal(const json_fields& in, timestamp ts, const instrument_table& instruments) {
  using enum signal_action;
  static constexpr std::array actions{entry, exit, cancel, modify};
  const auto action = in.one_of<signal_action>("action", actions);
  const order_type type = in.has("order_type") ? read_order_type(in) : order_type::market;
  return {.id = {},
          .strategy = strategy_under(in),
          .instrument = in.instrument("instrument", instruments),
          .action = action,
          .side = read_side(in),
          .qty = in.integer("quantity", 1, max_quantity),
          .type = type,
          .validity = in.has("validity") ? read_validity(in) : validity::day,
          .product = read_product(in),
          .limit_price = read_own_price(in, "limit_price", has_limit(type), type),
          .trigger_price = read_own_price(in, "trigger_price", has_trigger(type), type),
          .stop_loss_offset = offset_under(in, "stop_loss_offset", action),
          .target_offset = offset_under(in, "target_offset", action),
          .ts = ts,
          .feed = 0,
          .ordinal = 0,
          .reason = reason_under(in)};
}

external_signal read(std::string_view bytes, const record_place& from, const broker_id& broker,
                     const instrument_table& instruments) {
  const nlohmann::json whole = parse_strict(bytes);
  const json_fields in{whole, ""};
  if (const std::string type = in.text("type"); type != external_signal_type) {
    throw signal_refused("unknown_type", fmt::format("key \"type\": found \"{}\", allowed: \"{}\"", type.substr(0, 80),
                                                     external_signal_type));
  }
  if (const std::int64_t version = in.integer("version"); version != external_signal_version) {
    throw signal_refused("unknown_version",
                         fmt::format("key \"version\": found {}, allowed: {}", version, external_signal_version));
  }
  if (const std::string named = in.text("broker"); named != broker.str()) {
    throw signal_refused("wrong_broker", fmt::format("key \"broker\": found \"{}\", allowed in topic {}: \"{}\"",
                                                     named.substr(0, 80), from.topic, broker.str()));
  }
  const std::string id = id_under(in, "id");
  external_signal out{read_signal(in.object("data"), in.time("ts"), instruments),
                      {id, from.topic, from.partition, from.offset}};
  out.what.id = signal_id{derive_id(fmt::format("external|{}|{}|{}|{}", from.topic, from.partition, from.offset, id))};
  return out;
}

}  // namespace

external_signal read_external_signal(std::string_view bytes, const record_place& from, const broker_id& broker,
                                     const instrument_table& instruments) {
  if (bytes.size() > most_signal_bytes) {
    throw signal_refused("too_large", fmt::format("{} bytes, allowed: {}", bytes.size(), most_signal_bytes));
  }
  try {
    return read(bytes, from, broker, instruments);
  } catch (const codec_error& e) {
    throw signal_refused("undecodable", e.what());
  }
}

}  // namespace bulkhead
