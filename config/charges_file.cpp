#include "config/charges_file.hpp"

#include "config/map_reader.hpp"
#include "config/text_file.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

constexpr std::string_view percent_form = "percent, 0 to 100, at most seven decimals";
constexpr money max_amount{100'000 * money_scale};

void percent(map_reader& map, std::string_view key, rate& target, finding_list& findings) {
  const yaml_node* value = map.scalar(key, std::string{percent_form});
  if (value == nullptr) return;
  const auto parsed = parse_percent(value->text);
  if (parsed) {
    target = *parsed;
  } else {
    findings.add(map.at(key), value->text, std::string{percent_form}, "write it without a % sign, e.g. \"0.025\"");
  }
}

std::optional<money> amount(map_reader& map, std::string_view key, finding_list& findings) {
  const std::string form = fmt::format("amount in rupees, 0.00 to {}", to_string(max_amount));
  const yaml_node* value = map.scalar(key, form);
  if (value == nullptr) return std::nullopt;
  const auto parsed = parse_money(value->text);
  if (parsed && parsed->raw >= 0 && *parsed <= max_amount) return parsed;
  findings.add(map.at(key), value->text, form);
  return std::nullopt;
}

/// One of the words that to_string() gives the values of an enum.
template <class E>
std::optional<E> word(const yaml_node& node, const origin& where, std::span<const E> allowed, finding_list& findings) {
  const auto found = std::ranges::find_if(allowed, [&](E e) { return to_string(e) == node.text; });
  if (node.is_scalar() && found != allowed.end()) return *found;
  std::vector<std::string> names;
  for (const E e : allowed) names.emplace_back(to_string(e));
  findings.add(where, node.given(), "one of: " + join(names), did_you_mean(node.given(), names));
  return std::nullopt;
}

void from(map_reader& map, charge_rates& period, trade_date after, finding_list& findings) {
  const yaml_node* value = map.scalar("from", std::string{date_form});
  if (value == nullptr) return;
  const auto parsed = parse_settings_date(value->text);
  if (!parsed) {
    findings.add(map.at("from"), value->text, std::string{date_form});
  } else if (*parsed <= after) {
    findings.add(map.at("from"), value->text,
                 fmt::format("a date after {}, where the schedule before begins", to_string(after)),
                 "list the schedules by date, one for each date");
  } else {
    period.from = *parsed;
  }
}

void by_side(map_reader& parent, std::string_view key, rate& buy, rate& sell, finding_list& findings) {
  const yaml_entry* entry = parent.find(key, "a map of buy_percent and sell_percent");
  if (entry == nullptr) return;
  map_reader map{entry->value, parent.at(key), findings};
  percent(map, "buy_percent", buy, findings);
  percent(map, "sell_percent", sell, findings);
  map.finish();
}

brokerage_terms brokerage(map_reader& map, finding_list& findings) {
  brokerage_terms terms;
  if (map.find("flat") != nullptr) {
    terms.flat = amount(map, "flat", findings);
  } else {
    percent(map, "percent", terms.percent, findings);
    terms.cap = amount(map, "cap", findings).value_or(money{});
  }
  map.finish();
  return terms;
}

void segment(map_reader& parent, charge_segment which, segment_rates& rates, finding_list& findings) {
  const std::string key{to_string(which)};
  const yaml_entry* entry = parent.find(key, "a map of brokerage, stt, exchange_percent, sebi_percent and stamp");
  if (entry == nullptr) return;
  map_reader map{entry->value, parent.at(key), findings};
  if (const yaml_entry* terms = map.find("brokerage", "a map of percent and cap, or of flat")) {
    map_reader reader{terms->value, map.at("brokerage"), findings};
    rates.brokerage = brokerage(reader, findings);
  }
  by_side(map, "stt", rates.stt_buy, rates.stt_sell, findings);
  percent(map, "exchange_percent", rates.exchange, findings);
  percent(map, "sebi_percent", rates.sebi, findings);
  by_side(map, "stamp", rates.stamp_buy, rates.stamp_sell, findings);
  map.finish();
}

void gst(map_reader& parent, gst_terms& terms, finding_list& findings) {
  using enum charge_component;
  static constexpr std::array components{charge_component::brokerage, stt, exchange, sebi, stamp};
  const yaml_entry* entry = parent.find("gst", "a map of percent and on");
  if (entry == nullptr) return;
  map_reader map{entry->value, parent.at("gst"), findings};
  percent(map, "percent", terms.percent, findings);
  map.for_each("on", "list of charges", [&](const yaml_node& node, const origin& place) {
    const auto on = word<charge_component>(node, place, components, findings);
    if (!on) return;
    if (std::ranges::find(terms.on, *on) != terms.on.end()) {
      findings.add(place, node.text, "each charge once", "remove it here");
    }
    terms.on.push_back(*on);
  });
  map.finish();
}

void dp(map_reader& parent, dp_terms& terms, finding_list& findings) {
  using enum dp_terms::levy;
  static constexpr std::array levies{first_sale_of_day, every_order};
  const yaml_entry* entry = parent.find("dp", "a map of amount, gst and on");
  if (entry == nullptr) return;
  map_reader map{entry->value, parent.at("dp"), findings};
  terms.amount = amount(map, "amount", findings).value_or(money{});
  if (const yaml_node* value = map.scalar("gst", "added or included")) {
    terms.gst_added = value->text == "added";
    if (!terms.gst_added && value->text != "included") findings.add(map.at("gst"), value->text, "added or included");
  }
  if (const yaml_node* value = map.scalar("on", "first_sale_of_day or every_order")) {
    terms.on = word<dp_terms::levy>(*value, map.at("on"), levies, findings).value_or(first_sale_of_day);
  }
  map.finish();
}

charge_rates read_period(const yaml_node& node, const origin& where, trade_date after, finding_list& findings) {
  using enum charge_segment;
  charge_rates period{.from = after};
  map_reader map{node, where, findings};
  from(map, period, after, findings);
  for (const charge_segment s : {equity_intraday, equity_delivery, futures, options}) {
    segment(map, s, period.of(s), findings);
  }
  gst(map, period.gst, findings);
  dp(map, period.dp, findings);
  map.finish();
  return period;
}

}  // namespace

std::optional<std::vector<charge_rates>> read_charges(const std::filesystem::path& file, const origin& where,
                                                      finding_list& findings) {
  const std::size_t before = findings.size();
  const auto text = read_text_file(file, where, findings);
  if (!text) return std::nullopt;
  const auto root = parse_yaml(*text, file.string(), findings);
  if (!root) return std::nullopt;

  std::vector<charge_rates> periods;
  map_reader map{*root, {file.string(), 1, ""}, findings};
  map.for_each("schedules", "list of schedules", [&](const yaml_node& node, const origin& place) {
    periods.push_back(read_period(node, place, periods.empty() ? 0 : periods.back().from, findings));
  });
  map.finish();
  if (findings.size() != before) return std::nullopt;
  return periods;
}

}  // namespace bulkhead::config
