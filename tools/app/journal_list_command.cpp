// journal ls.
#include "runtime/domain/event_codec.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/journal_source.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/app/table.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::string_view journal_suffix = ".journal.db";

struct journal_facts {
  std::string name;      ///< the file, or servers and topic
  std::string shown_as;  ///< in the table
  journal_header header;
  std::string first_at;
  std::string last_at;
  std::uint64_t snapshots = 0;
  std::uint64_t bytes = 0;
  std::string error;
};

/// Of any broker's journal: also of one that is not configured, so only the envelope is read.
std::string event_time(journal_source& reader, std::uint64_t seq, std::string& error) {
  std::string ts;
  const journal_status status = reader.for_each(seq, [&](const journal_record& record) {
    const json e = json::parse(record.payload, nullptr, false);
    if (e.is_object()) ts = e.value("ts", "");
    return false;
  });
  if (!status.ok()) error = status.error;
  return ts;
}

journal_facts facts_of(journal_source& reader) {
  journal_facts f;
  f.name = reader.name();
  if (const auto status = reader.header(f.header); !status.ok()) {
    f.error = status.error;
    return f;
  }
  std::vector<journal_snapshot> snapshots;
  if (const auto status = reader.snapshots(snapshots); !status.ok()) f.error = status.error;
  f.snapshots = snapshots.size();
  if (f.header.head_seq != 0) {
    f.first_at = event_time(reader, 1, f.error);
    f.last_at = event_time(reader, f.header.head_seq, f.error);
  }
  return f;
}

journal_facts facts_of(const fs::path& file) {
  journal_facts f = facts_of(*file_source(file));
  f.shown_as = file.filename().string();
  for (const char* part : {"", "-wal"}) {
    std::error_code missing;
    const auto size = fs::file_size(file.string() + part, missing);
    if (!missing) f.bytes += size;
  }
  return f;
}

std::vector<fs::path> journals_in(const fs::path& dir) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{dir, error}) {
    if (entry.path().filename().string().ends_with(journal_suffix)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<journal_facts> journals_in_kafka(const config::settings& s) {
  std::vector<broker_id> ids{shared_id};
  for (const config::broker_settings& b : s.brokers) ids.push_back(b.id);
  std::vector<journal_facts> all;
  for (const broker_id& b : ids) {
    if (!has_journal(s, b)) continue;
    all.push_back(facts_of(*journal_source_of(s, b)));
    all.back().shown_as = b.str() + ".journal.events";
  }
  return all;
}

std::string shown_time(const std::string& iso) {
  const auto t = parse_iso_ist(iso);
  return t ? ist(*t) : "-";
}

json facts_json(const journal_facts& f) {
  return {{"file", f.name},
          {"broker", f.header.broker},
          {"epochs", f.header.epoch},
          {"first_seq", f.header.head_seq == 0 ? 0 : 1},
          {"last_seq", f.header.head_seq},
          {"first_ts", f.first_at},
          {"last_ts", f.last_at},
          {"snapshots", f.snapshots},
          {"bytes", f.bytes},
          {"error", f.error}};
}

}  // namespace

int journal_list(const common_options& options) {
  const auto s = load_or_explain(options);
  if (!s) return exit_usage;
  std::vector<journal_facts> all;
  if (s->journal.backend == "kafka") {
    all = journals_in_kafka(*s);
  } else {
    for (const fs::path& file : journals_in(s->data_dir)) all.push_back(facts_of(file));
  }
  json out{{"data_dir", s->data_dir.string()}, {"journals", json::array()}};
  table rows{{{"journal", align::left, true},
              {"epochs", align::right},
              {"events", align::right},
              {"first event IST"},
              {"last event IST"},
              {"snapshots", align::right},
              {"KiB", align::right}}};
  bool damaged = false;
  for (const journal_facts& f : all) {
    out["journals"].push_back(facts_json(f));
    damaged = damaged || !f.error.empty();
    rows.add({f.shown_as, std::to_string(f.header.epoch), std::to_string(f.header.head_seq), shown_time(f.first_at),
              shown_time(f.last_at), std::to_string(f.snapshots), std::to_string((f.bytes + 1023) / 1024)});
    if (!f.error.empty()) fmt::print(stderr, "bulkhead: {}\n", f.error);
  }
  if (options.json) {
    fmt::print("{}\n", out.dump(1));
  } else if (all.empty()) {
    fmt::print("no journal in {}: give the folder of a run with --data-dir, or start one with `bulkhead run`\n",
               s->data_dir.string());
  } else {
    fmt::print("{}\nan epoch is one start of the node; _shared holds the snapshots of the strategies\nin {}\n",
               rows.text(), s->data_dir.string());
  }
  return damaged ? exit_failed : exit_done;
}

}  // namespace bulkhead::app
