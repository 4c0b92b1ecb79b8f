#include "config/strategy_files.hpp"

#include "config/limit_fields.hpp"
#include "config/map_reader.hpp"
#include "config/option_value.hpp"
#include "config/text_file.hpp"
#include "config/values.hpp"
#include "config/yaml_options.hpp"
#include "runtime/domain/orders.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

constexpr std::string_view name_form = "a name: a-z, then up to 63 of a-z 0-9 _";

bool is_strategy_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() >= 'a' && text.front() <= 'z' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

/// Reads one file; a local variable of read_strategies.
class strategy_reader {
 public:
  strategy_reader(const std::filesystem::path& file, const yaml_node& root, const strategy_context& context,
                  finding_list& findings)
      : context_(context), findings_(findings), map_(root, {file.string(), 1, ""}, findings) {
    strategy_.file = file;
  }

  strategy_settings read() {
    name();
    const strategy_rules* rules = kind();
    enabled();
    brokers();
    instruments();
    product();
    parameters(rules);
    risk();
    map_.finish();
    return std::move(strategy_);
  }

 private:
  void name() {
    const yaml_node* value = map_.scalar("name", std::string{name_form});
    if (value == nullptr) return;
    if (is_strategy_name(value->text)) {
      strategy_.name = strategy_id{value->text};
    } else {
      findings_.add(map_.at("name"), value->text, std::string{name_form}, "rename the strategy");
    }
  }

  const strategy_rules* kind() {
    std::vector<std::string> names;
    for (const auto& [kind, rules] : context_.kinds) names.push_back(kind);
    const std::string allowed = "one of: " + join(names);
    const yaml_node* value = map_.scalar("strategy", allowed);
    if (value == nullptr) return nullptr;
    strategy_.strategy = value->text;
    const auto found = context_.kinds.find(value->text);
    if (found != context_.kinds.end()) return &found->second;
    findings_.add(map_.at("strategy"), value->text, allowed, unknown_word(value->text, names));
    return nullptr;
  }

  void enabled() {
    const yaml_entry* entry = map_.find("enabled");
    if (entry == nullptr) return;
    const auto flag = entry->value.is_scalar() ? parse_flag(entry->value.text) : std::nullopt;
    if (flag) {
      strategy_.enabled = *flag;
    } else {
      findings_.add(map_.at("enabled"), entry->value.given(), "true or false", "write true or false, in lower case");
    }
  }

  void brokers() {
    map_.for_each("brokers", "list of broker ids, at least one", [&](const yaml_node& item, const origin& where) {
      const broker_id id{std::string{item.given()}};
      if (!item.is_scalar() || !is_broker_id(item.text)) {
        findings_.add(where, item.given(), std::string{broker_id_form}, "correct the id");
      } else if (std::ranges::find(strategy_.brokers, id) != strategy_.brokers.end()) {
        findings_.add(where, item.text, "each broker once", "remove the repeated one");
      } else {
        strategy_.brokers.push_back(id);
      }
    });
  }

  void instruments() {
    const std::string allowed = "an instrument key (NSE:NIFTY) of " + context_.instruments_file.string();
    map_.for_each("instruments", "list of instrument keys, at least one",
                  [&](const yaml_node& item, const origin& where) {
                    const bool unknown = context_.instruments != nullptr && !context_.instruments->find(item.text);
                    if (!item.is_scalar() || item.text.empty() || unknown) {
                      findings_.add(where, item.given(), allowed, "add its row there, or correct the key");
                    } else if (std::ranges::find(strategy_.instruments, item.text) != strategy_.instruments.end()) {
                      findings_.add(where, item.text, "each instrument once", "remove the repeated one");
                    } else {
                      strategy_.instruments.push_back(item.text);
                    }
                  });
  }

  void product() {
    if (map_.find("product") == nullptr) return;
    const std::string allowed = "one of: MIS, CNC, NRML";
    const yaml_node* value = map_.scalar("product", allowed);
    if (value == nullptr) return;
    for (const auto p : {bulkhead::product::mis, bulkhead::product::cnc, bulkhead::product::nrml}) {
      if (value->text != to_string(p)) continue;
      strategy_.product = p;
      return;
    }
    findings_.add(map_.at("product"), value->text, allowed, "correct it, or leave it out for the default, MIS");
  }

  void risk() {
    const yaml_entry* entry = map_.find("risk");
    if (entry == nullptr || entry->value.is_null()) return;
    map_reader map{entry->value, map_.at("risk"), findings_};
    const std::size_t before = findings_.size();
    for (const limit_field& f : limit_fields()) limit(map, f);
    map.finish();
    if (findings_.size() == before) reserves(map);
  }

  void limit(map_reader& map, const limit_field& f) {
    const yaml_entry* entry = map.find(f.name);
    if (entry == nullptr) return;
    const option row = limit_option(f, "risk." + std::string{f.name}, {});
    if (check(row, to_raw(entry->value, map.at(f.name), strategy_.file), findings_)) {
      strategy_.risk[std::string{f.name}] = entry->value.text;
    }
  }

  /// A share and what it is a share of may stand in two files.
  void reserves(const map_reader& map) {
    for (const broker_settings& b : context_.brokers) {
      for (const wrong_reserve& w : wrong_reserves(limits_of(strategy_, b.risk.each_strategy))) {
        const bool own = strategy_.risk.contains(std::string{w.reserve});
        if (!own && !strategy_.risk.contains(std::string{w.limit})) continue;  // bulkhead.yaml alone is wrong
        const auto key = own ? w.reserve : w.limit;
        findings_.add(map.at(key), std::to_string(own ? w.reserved : w.limited),
                      fmt::format("{} ({}) less than {} ({})", w.reserve, w.reserved, w.limit, w.limited),
                      "mend it here or in trading.<broker>.strategy_risk, or no entry can ever pass");
      }
    }
  }

  /// Without rules (the kind is unknown) there is nothing to hold the parameters against.
  void parameters(const strategy_rules* rules) {
    const yaml_entry* entry = map_.find("parameters");
    if (rules == nullptr) return;
    static const yaml_node none{.type = yaml_node::kind::map};
    const bool given = entry != nullptr && !entry->value.is_null();
    map_reader map{given ? entry->value : none, map_.at("parameters"), findings_};
    const std::size_t before = findings_.size();
    for (const parameter_spec& spec : rules->parameters) parameter(map, spec);
    map.finish();
    if (findings_.size() != before || rules->cross_check == nullptr) return;
    const std::string wrong = rules->cross_check(strategy_.parameters);
    if (!wrong.empty()) report(map, wrong);
  }

  /// Rules across parameters answer "name: given x, allowed: y".
  void report(const map_reader& map, std::string_view wrong) {
    constexpr std::string_view given = ": given ";
    constexpr std::string_view allowed = ", allowed: ";
    const std::size_t name_end = wrong.find(given);
    const std::size_t given_end = wrong.find(allowed);
    if (name_end == std::string_view::npos || given_end == std::string_view::npos || given_end < name_end) {
      findings_.add(map_.at("parameters"), "parameters that do not fit each other", std::string{wrong},
                    "correct the parameters");
      return;
    }
    const std::size_t value = name_end + given.size();
    findings_.add(map.at(wrong.substr(0, name_end)), wrong.substr(value, given_end - value),
                  std::string{wrong.substr(given_end + allowed.size())}, "correct one of the two");
  }

  void parameter(map_reader& map, const parameter_spec& spec) {
    const std::string allowed = allowed_text(spec);
    if (spec.fallback) {
      strategy_.parameters[spec.name] = *spec.fallback;
      if (map.find(spec.name) == nullptr) return;
    }
    const yaml_node* value = map.scalar(spec.name, allowed);
    if (value == nullptr) return;
    if (parse_parameter(spec, value->text)) {
      strategy_.parameters[spec.name] = value->text;
    } else {
      findings_.add(map.at(spec.name), value->text, allowed, "correct the value");
    }
  }

  const strategy_context& context_;
  finding_list& findings_;
  map_reader map_;
  strategy_settings strategy_;
};

/// The *.yaml files of the folder by name. A .yml file would be passed over in silence: a finding.
std::vector<std::filesystem::path> strategy_paths(const std::filesystem::path& folder, const origin& where,
                                                  finding_list& findings) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator it{folder, error};
  if (error) {
    findings.add(where, folder.string(), "a folder that can be read", "create it, or correct the path");
    return files;
  }
  for (; !error && it != std::filesystem::directory_iterator{}; it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (extension == ".yaml") files.push_back(it->path());
    if (extension == ".yml") {
      findings.add({it->path().string(), 0, ""}, ".yml", "strategy files end in .yaml", "rename the file");
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

risk_limits limits_of(const strategy_settings& s, risk_limits base) {
  finding_list checked;  // the texts passed their checks when they were read
  for (const auto& [name, text] : s.risk) {
    const limit_field& f = *find_limit(name);
    const option row = limit_option(f, name, {});
    store(row, from_text(row, text, {}, "", {}), place_of(f, base), checked);
  }
  return base;
}

std::vector<strategy_settings> read_strategies(const std::filesystem::path& folder, const origin& where,
                                               const strategy_context& context, finding_list& findings) {
  std::vector<strategy_settings> all;
  for (const std::filesystem::path& file : strategy_paths(folder, where, findings)) {
    const auto text = read_text_file(file, {file.string(), 0, ""}, findings);
    const auto root = text ? parse_yaml(*text, file.string(), findings) : std::nullopt;
    if (!root) continue;
    strategy_settings read = strategy_reader{file, *root, context, findings}.read();
    const auto same = std::ranges::find(all, read.name, &strategy_settings::name);
    if (same != all.end() && !read.name.empty()) {
      const map_reader map{*root, {file.string(), 1, ""}, findings};
      findings.add(map.at("name"), read.name.str(), "a name of its own",
                   fmt::format("{} has it already", same->file.string()));
    }
    all.push_back(std::move(read));
  }
  std::erase_if(all, [](const strategy_settings& s) { return !s.enabled; });
  std::ranges::sort(all, {}, &strategy_settings::name);
  return all;
}

}  // namespace bulkhead::config
