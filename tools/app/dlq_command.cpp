#include "tools/app/dlq_command.hpp"

#include "runtime/kafka/admin.hpp"
#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/producer.hpp"
#include "tools/app/dlq_letters.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/table.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

std::shared_ptr<const config::settings> loaded(const dlq_options& options) {
  auto settings = load_or_explain(options.common);
  if (!settings) throw command_error(exit_usage, "the configuration is refused");
  return settings;
}

std::string printed(const json& j) { return j.dump(1, ' ', false, json::error_handler_t::replace); }

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
  return out;
}

/// Text that a terminal shows as it is: printable ASCII and line breaks.
bool is_text(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\n' || c == '\t' || (c >= ' ' && c <= '~'); });
}

json facts_of(const listed_letter& l) {
  const dead_letter& d = l.found.letter;
  json out{{"id", l.found.id()},          {"topic", d.original.topic}, {"partition", d.original.partition},
           {"offset", d.original.offset}, {"reason", d.reason},        {"error", d.error},
           {"attempts", d.attempts},      {"time", l.found.time},      {"bytes", l.bytes}};
  if (l.found.truncated) out["truncated_from_bytes"] = *l.found.truncated;
  return out;
}

json whole(const listed_letter& l) {
  json out = facts_of(l);
  const inbox_record& o = l.found.letter.original;
  const auto put = [&out](const char* key, const std::optional<std::string>& bytes) {
    if (!bytes) return;
    out[is_text(*bytes) ? key : fmt::format("{}_hex", key)] = is_text(*bytes) ? *bytes : hex(*bytes);
  };
  put("key", o.key);
  put("value", o.value);
  out["headers"] = json::array();
  for (const inbox_header& h : o.headers) out["headers"].push_back({{"name", h.name}, {"value", h.value}});
  return out;
}

void need_choice(const dlq_options& options) {
  if (options.ids.empty() == options.all) return;
  throw command_error(exit_usage, "name letters by their ids (bulkhead dlq ls), or give --all; not both");
}

/// Puts one record back; empty: acknowledged.
std::string put_back(const config::settings& s, const topics::found_letter& found) {
  std::optional<std::string> outcome;
  kafka::producer_calls calls;
  calls.on_delivery = [&outcome](const kafka::delivery& d) { outcome = d.error; };
  const kafka::record original = topics::original_of(found);
  kafka::producer to{dlq_connection(s, original.topic), {{"message.timeout.ms", "10000"}}, std::move(calls)};
  std::string why;
  if (to.send(original, 1, &why) != kafka::send_result::taken) return why.empty() ? "not taken" : why;
  (void)to.flush(dlq_patience * 2);
  return outcome.value_or("no answer of the servers; it may be there all the same, and a second time does no harm");
}

/// Where a partition of a topic of dead letters is cut: letters before this offset go.
struct cut {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t before = 0;
  std::int64_t records = 0;
};

/// `before`: as `ls` prints times, so that texts compare as times do; empty: everything.
std::vector<cut> cuts_of(const config::settings& s, const dlq_options& options, const std::string& before) {
  std::vector<cut> out;
  for (const std::string& topic : dlq_topics(s, options)) {
    kafka::consumer asker{dlq_connection(s, topic), ""};
    std::map<std::int32_t, std::int64_t> first_kept;
    // Before they are read: a letter that comes meanwhile stays.
    std::map<std::int32_t, kafka::watermarks> ends_of;
    for (std::int32_t p = 0; p < asker.partitions(topic, dlq_patience); ++p) {
      ends_of[p] = asker.ends(topic, p, dlq_patience);
    }
    each_letter(s, topic, [&](topics::found_letter&& f) {
      if (!before.empty() && f.time >= before) first_kept.try_emplace(f.partition, f.offset);
    });
    for (const auto& [p, ends] : ends_of) {
      const auto kept = first_kept.find(p);
      const std::int64_t to = kept == first_kept.end() ? ends.high : std::min(ends.high, kept->second);
      if (to > ends.low) out.push_back({topic, p, to, to - ends.low});
    }
  }
  return out;
}

std::string time_before(const dlq_options& options) {
  if (options.all == !options.before.empty()) {
    throw command_error(exit_usage, "say what goes: --before TIME, or --all; not both");
  }
  if (options.all) return {};
  if (parse_date(options.before)) return options.before;
  if (const auto t = parse_iso_ist(options.before)) return to_iso_ist(*t);
  throw command_error(exit_usage, fmt::format("--before: given \"{}\", allowed: yyyy-mm-dd, or a time in IST, e.g. "
                                              "2022-01-03T09:15:00+05:30",
                                              options.before));
}

}  // namespace

int dlq_list(const dlq_options& options) {
  const auto s = loaded(options);
  const auto letters = letters_of(*s, options, false);
  if (options.common.json) {
    json out{{"letters", json::array()}};
    for (const listed_letter& l : letters) out["letters"].push_back(facts_of(l));
    fmt::print("{}\n", printed(out));
    return exit_done;
  }
  table rows{{{"letter", align::left, true},
              {"written, IST"},
              {"reason"},
              {"bytes", align::right},
              {"error", align::left, true}}};
  for (const listed_letter& l : letters) {
    const auto t = parse_iso_ist(l.found.time);
    rows.add({l.found.id(), t ? ist(*t) : l.found.time, l.found.letter.reason, std::to_string(l.bytes),
              l.found.letter.error});
  }
  fmt::print("{}", rows.empty() ? "no dead letters\n" : rows.text());
  return exit_done;
}

int dlq_show(const dlq_options& options) {
  const auto s = loaded(options);
  const auto letters = letters_of(*s, options, true);
  const json told = whole(letters.at(0));
  if (options.common.json) {
    fmt::print("{}\n", printed(told));
    return exit_done;
  }
  fact_list facts;
  for (const auto& [key, value] : told.items()) {
    if (key == "headers") continue;
    facts.add(key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  for (const auto& h : told.at("headers"))
    facts.add("header " + h.at("name").get<std::string>(), printed(h.at("value")));
  fmt::print("{}", facts.text());
  return exit_done;
}

int dlq_replay(const dlq_options& options) {
  need_choice(options);
  const auto s = loaded(options);
  json done{{"replayed", json::array()}, {"dry_run", options.dry_run}};
  int code = exit_done;
  for (const listed_letter& l : letters_of(*s, options, true)) {
    std::string error;
    if (l.found.truncated) {
      error = fmt::format("the letter has only the first bytes of the original's {}", *l.found.truncated);
    } else if (!options.dry_run) {
      error = put_back(*s, l.found);
    }
    if (!error.empty()) code = exit_failed;
    done["replayed"].push_back({{"id", l.found.id()}, {"topic", l.found.letter.original.topic}, {"error", error}});
    if (options.common.json) continue;
    fmt::print("{} {} {}{}\n", l.found.id(),
               !error.empty()    ? "is not put back into"
               : options.dry_run ? "would go back into"
                                 : "is back in",
               l.found.letter.original.topic, error.empty() ? "" : ": " + error);
  }
  if (options.common.json) fmt::print("{}\n", printed(done));
  return code;
}

int dlq_purge(const dlq_options& options) {
  const std::string before = time_before(options);
  const auto s = loaded(options);
  const auto cuts = cuts_of(*s, options, before);
  if (!options.yes) {
    std::int64_t records = 0;
    for (const cut& c : cuts) records += c.records;
    throw command_error(exit_usage,
                        fmt::format("{} records would be removed for good; give --yes to remove them", records));
  }
  json done{{"purged", json::array()}};
  for (const cut& c : cuts) {
    kafka::admin{dlq_connection(*s, c.topic)}.delete_records(c.topic, c.partition, c.before, dlq_patience);
    done["purged"].push_back({{"topic", c.topic}, {"partition", c.partition}, {"records", c.records}});
    if (!options.common.json) fmt::print("{} partition {}: {} records removed\n", c.topic, c.partition, c.records);
  }
  if (options.common.json) fmt::print("{}\n", printed(done));
  if (!options.common.json && cuts.empty()) fmt::print("nothing to remove\n");
  return exit_done;
}

}  // namespace bulkhead::app
