#include "config/loader.hpp"

#include "config/charges_file.hpp"
#include "config/cross_checks.hpp"
#include "config/environment.hpp"
#include "config/instrument_file.hpp"
#include "config/resolve.hpp"
#include "config/strategy_files.hpp"
#include "config/text_file.hpp"
#include "config/yaml_tree.hpp"

namespace bulkhead::config {
namespace {

/// Lowest precedence first. False: bulkhead.yaml could not be read, so what it does not say means nothing.
bool collect(const load_request& request, std::vector<source_values>& sources, finding_list& findings) {
  sources.resize(4);
  const auto text = read_text_file(request.file, {request.file.string(), 0, ""}, findings);
  const auto root = text ? parse_yaml(*text, request.file.string(), findings) : std::nullopt;
  if (root) collect_yaml(*root, request.file, sources[0], findings);
  if (request.env_file) collect_env_file(*request.env_file, sources[1], findings);
  collect_environment(request.environment, sources[2], findings);
  collect_overrides(request.overrides, sources[3], findings);
  return root.has_value();
}

/// Reads the files that the options name, each unless its own path was refused.
void read_files(resolved& r, const load_request& request, finding_list& findings) {
  settings& node = r.node;
  std::optional<instrument_table> instruments;
  if (r.sound({"files.instruments"})) {
    instruments = read_instruments(node.instruments_file, r.origins.at("files.instruments"), findings);
  }
  if (instruments) node.instruments = *instruments;

  std::optional<trade_date> charges_from;
  if (r.sound({"files.charges"})) {
    const auto charges = read_charges(node.charges_file, r.origins.at("files.charges"), findings);
    if (charges) {
      node.charges = charge_schedule{*charges};
      charges_from = charges->front().from;
    }
  }
  if (r.sound({"files.strategies"})) {
    const strategy_context context{request.strategy_kinds, instruments ? &node.instruments : nullptr,
                                   node.instruments_file};
    node.strategies = read_strategies(node.strategies_dir, r.origins.at("files.strategies"), context, findings);
  }
  check_feed(r, charges_from, instruments.has_value(), findings);
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
