#include "tools/app/commands.hpp"
#include "tools/app/journal_source.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>

namespace bulkhead::app {
namespace {

std::unique_ptr<journal_source> source_of(const dump_options& options) {
  if (!options.file.empty()) return file_source(options.file);
  const auto settings = load_or_explain(options.common);
  if (!settings) return nullptr;
  if (options.broker.empty() && settings->brokers.size() == 1) {
    return journal_source_of(*settings, settings->brokers.front().id);
  }
  const auto known = std::ranges::find(settings->brokers, broker_id{options.broker}, &config::broker_settings::id);
  if (known != settings->brokers.end()) return journal_source_of(*settings, known->id);
  std::string names;
  for (const config::broker_settings& b : settings->brokers) names += (names.empty() ? "" : ", ") + b.id.str();
  fmt::print(stderr, "bulkhead: --broker: given \"{}\", allowed: {}\n", options.broker, names);
  return nullptr;
}

}  // namespace

int journal_dump(const dump_options& options) {
  const auto source = source_of(options);
  if (!source) return exit_usage;
  const journal_status status = source->for_each(options.from, [](const journal_record& record) {
    fmt::print("{}\n", record.payload);
    return std::ferror(stdout) == 0;
  });
  if (status.ok()) return exit_done;
  fmt::print(stderr, "bulkhead: {}\n", status.error);
  return exit_failed;
}

}  // namespace bulkhead::app
