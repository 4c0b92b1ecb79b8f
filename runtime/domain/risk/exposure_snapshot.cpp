// The exposure's state as JSON: marks, what is held, groups, working orders in the order of their approval, and what is
// owed. Sums are not written: they follow.
#include "runtime/domain/order_json.hpp"
#include "runtime/domain/risk/exposure.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace bulkhead::risk {
namespace {

instrument_id instrument_of(const std::string& key, const instrument_table& instruments) {
  const auto id = instruments.find(key);
  if (!id) {
    throw std::invalid_argument("risk snapshot: instrument \"" + key +
                                "\" is not in the instruments file; add its row to recover this broker");
  }
  return *id;
}

order_status read_working_status(const json_fields& in) {
  using enum order_status;
  static constexpr std::array working{submitted, open, partially_filled, pending_cancel, unknown};
  return in.one_of<order_status>("status", working);
}

nlohmann::json line_key_json(const line_key& key, const instrument_table& instruments) {
  return {{"strategy", key.strategy.str()},
          {"instrument", instruments.key(key.instrument)},
          {"product", to_string(key.product)}};
}

line_key read_line_key(const json_fields& in, const instrument_table& instruments) {
  return {strategy_id{in.name("strategy")}, instrument_of(in.name("instrument"), instruments), read_product(in)};
}

/// What only a venue with its own clock brings about; else the state is what it always was.
void write_waiting(const working_order& o, nlohmann::json& out) {
  if (!o.request.reduces) return;
  if (o.is_replaced) out["replaced"] = true;
  if (o.is_triggered) out["triggered"] = true;
  if (o.modifications != 0) out["modifications"] = o.modifications;
  if (o.refusals != 0) out["refusals"] = o.refusals;
  if (o.modify_from.ns != 0) out["modify_from_ns"] = o.modify_from.ns;
  if (o.rests_since) out["rests_since_ns"] = o.rests_since->ns;
  if (o.replacements != 0) out["replacements"] = o.replacements;
}

std::uint32_t read_count(const json_fields& in, const char* key) {
  return in.has(key) ? static_cast<std::uint32_t>(in.integer(key, 0, max_quantity)) : 0;
}

void read_waiting(const json_fields& in, working_order& o) {
  o.is_cancel_wanted = o.status == order_status::pending_cancel || in.has("cancel_wanted");
  o.is_replaced = in.has("replaced");
  o.is_triggered = in.has("triggered");
  o.modifications = read_count(in, "modifications");
  o.refusals = read_count(in, "refusals");
  if (in.has("modify_from_ns")) o.modify_from = {in.integer("modify_from_ns")};
  if (in.has("rests_since_ns")) o.rests_since = timestamp{in.integer("rests_since_ns")};
  o.replacements = read_count(in, "replacements");
}

nlohmann::json replacements_json(const std::vector<owed_replacement>& owed, const instrument_table& instruments) {
  nlohmann::json out = nlohmann::json::array();
  for (const owed_replacement& o : owed) {
    out.push_back({{"of", order_request_json(o.of, instruments)},
                   {"left", o.left},
                   {"triggered", o.is_triggered},
                   {"replacements", o.replacements}});
  }
  return out;
}

}  // namespace

nlohmann::json exposure::lines_json(const instrument_table& instruments) const {
  nlohmann::json lines = nlohmann::json::array();
  for (const auto& [instrument, b] : books_) {
    for (const auto& [key, l] : b.lines) {
      if (l.held == 0) continue;
      nlohmann::json line = line_key_json({key.first, instrument, key.second}, instruments);
      line["held"] = l.held;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

nlohmann::json exposure::groups_json(const instrument_table& instruments) const {
  std::map<std::uint64_t, const order_group*> by_age;
  for (const auto& [id, g] : groups_) by_age.emplace(g.age, &g);
  nlohmann::json groups = nlohmann::json::array();
  for (const auto& [age, g] : by_age) {
    nlohmann::json group = line_key_json(g->line, instruments);
    group.update({{"id", g->id},
                  {"signal_id", g->signal_id.str()},
                  {"side", to_string(g->entry_side)},
                  {"fill_ordinal", g->fill_ordinal},
                  {"fill_price", to_string(g->fill_price)},
                  {"stop_loss_offset", to_string(g->stop_loss_offset)},
                  {"target_offset", to_string(g->target_offset)},
                  {"holds", g->holds}});
    // What only a venue with its own clock brings about; else the state is what it always was.
    if (g->rounds != 0) {
      group.update({{"rounds", g->rounds}, {"refused", g->refused}, {"safety_from_ns", g->safety_from.ns}});
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

nlohmann::json exposure::orders_json(const instrument_table& instruments) const {
  std::map<std::uint64_t, const working_order*> by_ordinal;
  for (const auto& [id, o] : orders_) by_ordinal.emplace(o.ordinal, &o);
  nlohmann::json orders = nlohmann::json::array();
  for (const auto& [ordinal, o] : by_ordinal) {
    nlohmann::json order{{"request", order_request_json(o->request, instruments)},
                         {"filled", o->filled},
                         {"fill_count", o->fill_count},
                         {"status", to_string(o->status)},
                         {"submitted", o->is_submitted}};
    if (o->asked) order["asked"] = order_terms_json(*o->asked);
    if (o->is_cancel_wanted && o->status == order_status::unknown) order["cancel_wanted"] = true;
    write_waiting(*o, order);
    orders.push_back(std::move(order));
  }
  return orders;
}

nlohmann::json exposure::snapshot(const instrument_table& instruments) const {
  nlohmann::json marks = nlohmann::json::object();
  for (const auto& [instrument, b] : books_) {
    if (b.mark) marks[instruments.key(instrument)] = to_string(*b.mark);
  }
  nlohmann::json safeties = nlohmann::json::array();
  for (const owed_safety& s : owed_safeties_) safeties.push_back({{"group", s.group}, {"is_stop", s.is_stop}});
  nlohmann::json out{{"marks", std::move(marks)},          {"lines", lines_json(instruments)},
                     {"groups", groups_json(instruments)}, {"orders", orders_json(instruments)},
                     {"owed_brackets", owed_brackets_},    {"owed_safeties", std::move(safeties)}};
  if (!owed_replacements_.empty()) out["owed_replacements"] = replacements_json(owed_replacements_, instruments);
  return out;
}

void exposure::restore_lines(const nlohmann::json& state, const instrument_table& instruments) {
  const json_fields in{state, {}};
  for (const auto& [key, p] : state.at("marks").items()) {
    mark(instrument_of(key, instruments), in.object("marks").price_or_zero(key.c_str()));
  }
  for (const json_fields& line : in.objects("lines")) {
    change_held(read_line_key(line, instruments), line.integer("held"));
  }
}

void exposure::restore_groups(const nlohmann::json& state, const instrument_table& instruments) {
  for (const json_fields& in : json_fields{state, {}}.objects("groups")) {
    order_group g{.id = in.name("id"),
                  .line = read_line_key(in, instruments),
                  .signal_id = signal_id{in.name("signal_id")},
                  .entry_side = read_side(in),
                  .fill_ordinal = static_cast<std::uint32_t>(in.integer("fill_ordinal", 0, max_quantity)),
                  .fill_price = in.positive_price("fill_price"),
                  .stop_loss_offset = in.price_or_zero("stop_loss_offset"),
                  .target_offset = in.price_or_zero("target_offset"),
                  .holds = in.integer("holds"),
                  .age = ++openings_};
    g.rounds = read_count(in, "rounds");
    g.refused = read_count(in, "refused");
    if (in.has("safety_from_ns")) g.safety_from = {in.integer("safety_from_ns")};
    line_of(g.line).groups.push_back(g.id);
    groups_.emplace(g.id, g);
  }
}

void exposure::restore_orders(const nlohmann::json& state, const instrument_table& instruments) {
  for (const json_fields& in : json_fields{state, {}}.objects("orders")) {
    working_order o{.request = read_order_request(in.object("request"), instruments),
                    .filled = in.integer("filled", 0),
                    .fill_count = static_cast<std::uint32_t>(in.integer("fill_count", 0, max_quantity)),
                    .status = read_working_status(in),
                    .is_submitted = in.flag("submitted")};
    if (in.has("asked")) o.asked = read_order_terms(in.object("asked"));
    read_waiting(in, o);
    add(std::move(o));
  }
}

void exposure::restore_replacements(const nlohmann::json& state, const instrument_table& instruments) {
  if (!state.contains("owed_replacements")) return;
  for (const json_fields& in : json_fields{state, {}}.objects("owed_replacements")) {
    owed_replacements_.push_back({read_order_request(in.object("of"), instruments), in.integer("left", 1),
                                  in.flag("triggered"), read_count(in, "replacements")});
  }
}

exposure exposure::restored(const nlohmann::json& state, const instrument_table& instruments, margin_rates margin) {
  exposure result{margin};
  result.restore_lines(state, instruments);
  result.restore_groups(state, instruments);
  result.restore_orders(state, instruments);
  result.restore_replacements(state, instruments);
  const json_fields in{state, {}};
  result.owed_brackets_ = in.names("owed_brackets");
  for (const json_fields& s : in.objects("owed_safeties")) {
    result.owed_safeties_.push_back({s.name("group"), s.flag("is_stop")});
  }
  return result;
}

}  // namespace bulkhead::risk
