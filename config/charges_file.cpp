#include "config/charges_file.hpp"

#include "config/map_reader.hpp"
#include "config/text_file.hpp"
#include "config/values.hpp"

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

constexpr std::string_view percent_form = "percent, 0 to 100, at most seven decimals";
constexpr money max_cap{100'000 * money_scale};

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

void cap(map_reader& map, money& target, finding_list& findings) {
  const std::string form = fmt::format("amount in rupees, 0.00 to {}", to_string(max_cap));
  const yaml_node* value = map.scalar("cap", form);
  if (value == nullptr) return;
  const auto parsed = parse_money(value->text);
  if (parsed && parsed->raw >= 0 && *parsed <= max_cap) {
    target = *parsed;
  } else {
    findings.add(map.at("cap"), value->text, form);
  }
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

charge_rates read_period(const yaml_node& node, const origin& where, trade_date after, finding_list& findings) {
  charge_rates period{.from = after};
  map_reader map{node, where, findings};
  from(map, period, after, findings);
  if (const yaml_entry* entry = map.find("brokerage", "a map of percent and cap")) {
    map_reader brokerage{entry->value, map.at("brokerage"), findings};
    percent(brokerage, "percent", period.brokerage, findings);
    cap(brokerage, period.brokerage_cap, findings);
    brokerage.finish();
  }
  by_side(map, "stt", period.stt_buy, period.stt_sell, findings);
  percent(map, "exchange_percent", period.exchange, findings);
  percent(map, "sebi_percent", period.sebi, findings);
  percent(map, "gst_percent", period.gst, findings);
  by_side(map, "stamp", period.stamp_buy, period.stamp_sell, findings);
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
