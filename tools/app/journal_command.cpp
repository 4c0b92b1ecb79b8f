#include "runtime/journal/journal_reader.hpp"
#include "tools/app/commands.hpp"
#include "tools/app/node_builder.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>

namespace bulkhead::app {
namespace {

std::optional<std::filesystem::path> file_of(const dump_options& options) {
  if (!options.file.empty()) return options.file;
  const auto settings = load_or_explain(options.common);
  if (!settings) return std::nullopt;
  if (options.broker.empty() && settings->brokers.size() == 1) {
    return journal_file(*settings, settings->brokers.front().id);
  }
  const auto known = std::ranges::find(settings->brokers, broker_id{options.broker}, &config::broker_settings::id);
  if (known != settings->brokers.end()) return journal_file(*settings, known->id);
  std::string names;
  for (const config::broker_settings& b : settings->brokers) names += (names.empty() ? "" : ", ") + b.id.str();
  fmt::print(stderr, "bulkhead: --broker: given \"{}\", allowed: {}\n", options.broker, names);
  return std::nullopt;
}

}  // namespace

int journal_dump(const dump_options& options) {
  const auto file = file_of(options);
  if (!file) return exit_usage;
  const journal_status status = journal_reader{*file}.for_each(options.from, [](const journal_record& record) {
    fmt::print("{}\n", record.payload);
    return std::ferror(stdout) == 0;
  });
  if (status.ok()) return exit_done;
  fmt::print(stderr, "bulkhead: {}\n", status.error);
  return exit_failed;
}

}  // namespace bulkhead::app
