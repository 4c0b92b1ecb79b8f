#include "config/loader.hpp"

#include "config/calendar_file.hpp"
#include "config/charges_file.hpp"
#include "config/cross_checks.hpp"
#include "config/environment.hpp"
#include "config/freeze_file.hpp"
#include "config/instrument_file.hpp"
#include "config/resolve.hpp"
#include "config/strategy_files.hpp"
#include "config/text_file.hpp"
#include "config/yaml_tree.hpp"

namespace bulkhead::config {
namespace {

/// A process that runs one broker knows nothing of the others.
void keep_only(const std::string& broker, source_values& source) {
  const auto foreign = [&](const std::string& path) {
    return path == "active_brokers" || (path.starts_with("trading.") && broker_of(path) != broker);
  };
  std::erase_if(source.values, [&](const auto& entry) { return foreign(entry.first); });
  std::erase_if(source.given, foreign);
  std::erase_if(source.brokers, [&](const auto& entry) { return entry.first != broker; });
}

/// Lowest precedence first. False: bulkhead.yaml could not be read, so what it does not say means nothing.
bool collect(const load_request& request, std::vector<source_values>& sources, finding_list& findings) {
  sources.resize(4);
  const auto text = read_text_file(request.file, {request.file.string(), 0, ""}, findings);
  const auto root = text ? parse_yaml(*text, request.file.string(), findings) : std::nullopt;
  if (root) collect_yaml(*root, request.file, sources[0], findings);
  if (request.env_file) collect_env_file(*request.env_file, sources[1], findings);
  collect_environment(request.environment, sources[2], findings);
  collect_overrides(request.overrides, sources[3], findings);
  if (request.only_broker) {
    for (source_values& source : sources) keep_only(*request.only_broker, source);
    collect_overrides({{"active_brokers", *request.only_broker}}, sources[3], findings);
  }
  return root.has_value();
}

/// The instruments with their freeze quantities. False: the list could not be read.
bool read_instrument_files(resolved& r, finding_list& findings) {
  std::optional<freeze_quantities> freeze;
  if (r.sound({"files.freeze_quantities"})) {
    freeze = read_freeze_quantities(r.node.freeze_file, r.origins.at("files.freeze_quantities"), findings);
  }
  if (!r.sound({"files.instruments"})) return false;
  const auto instruments = read_instruments(r.node.instruments_file, r.origins.at("files.instruments"),
                                            freeze.value_or(freeze_quantities{}), findings);
  if (!instruments) return false;
  if (freeze) check_freeze_keys(*freeze, r.node.freeze_file, *instruments, findings);
  r.node.instruments = *instruments;
  return true;
}

/// What the risk settings of the brokers take from the instrument list and from the strategies' files.
void complete_risk(settings& node) {
  for (broker_settings& b : node.brokers) {
    for (const std::string& key : b.instruments) b.risk.instruments.push_back(*node.instruments.find(key));
    for (const strategy_settings& s : node.strategies) {
      if (!s.risk.empty()) b.risk.by_strategy.emplace(s.name, limits_of(s, b.risk.each_strategy));
    }
  }
}

/// Reads the files that the options name, each unless its own path was refused.
void read_files(resolved& r, const load_request& request, finding_list& findings) {
  settings& node = r.node;
  const bool instruments_known = read_instrument_files(r, findings);

  if (r.sound({"files.holidays"})) {
    node.session.calendar = read_calendar(node.holidays_file, r.origins.at("files.holidays"), findings);
  }

  std::optional<trade_date> charges_from;
  if (r.sound({"files.charges"})) {
    const auto charges = read_charges(node.charges_file, r.origins.at("files.charges"), findings);
    if (charges) {
      node.charges = charge_schedule{*charges};
      charges_from = charges->front().from;
    }
  }
  if (r.sound({"files.strategies"})) {
    const strategy_context context{request.strategy_kinds, instruments_known ? &node.instruments : nullptr,
                                   node.instruments_file, node.brokers};
    node.strategies = read_strategies(node.strategies_dir, r.origins.at("files.strategies"), context, findings);
  }
  check_feed(r, charges_from, instruments_known, findings);
  if (findings.empty()) complete_risk(node);
}

}  // namespace

load_result load(const load_request& request) {
  finding_list findings;
  std::vector<source_values> sources;
  const bool readable = collect(request, sources, findings);
  load_result result;
  if (readable) {
    resolved r = resolve(request, sources, findings);
    check_options(r, request, findings);
    read_files(r, request, findings);
    result.effective = std::move(r.effective);
    if (findings.empty()) result.value = std::move(r.node);
  }
  result.findings = findings.take();
  return result;
}

}  // namespace bulkhead::config
