// replay: same in, same out, for one broker's journal.
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/journal_replay.hpp"
#include "tools/app/parts.hpp"
#include "tools/app/progress.hpp"
#include "tools/app/table.hpp"

#include <fstream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

const config::broker_settings& broker_of(const config::settings& s, const std::string& name) {
  if (name.empty() && s.brokers.size() == 1) return s.brokers.front();
  return broker_named(s, name);
}

std::vector<journaled_event> read_journal(const config::settings& s, const broker_id& b) {
  if (!has_journal(s, b)) throw command_error(exit_failed, no_journal_text(s, b));
  std::vector<journaled_event> events;
  read_events(s, b, 1, [&](const event& e, const journal_record& record) {
    events.push_back({e, record.payload});
    return true;
  });
  return events;
}

/// The journal says how many ticks a conflated frame left out, not which.
void need_whole_frames(const std::vector<journaled_event>& events) {
  for (const journaled_event& e : events) {
    const auto* n = std::get_if<feed_noticed>(&e.what.body);
    if (n == nullptr || n->what != "conflated") continue;
    throw command_error(exit_failed,
                        fmt::format("event {}: ticks were left out for this broker (feed.overload: conflate), "
                                    "so its day cannot be replayed event for event",
                                    e.what.seq));
  }
}

/// Another feed would only give another run.
void need_same_feed(const config::settings& s, const feed_source& source) {
  const std::filesystem::path file = s.data_dir / "run.json";
  std::ifstream in{file};
  const json run = json::parse(in, nullptr, false);
  const std::string recorded = run.is_object() ? run.value("feed", "") : "";
  if (recorded.empty()) {
    throw command_error(
        exit_failed, fmt::format("{}: it does not say which feed the run followed; put the file back", file.string()));
  }
  if (recorded == source.fingerprint()) return;
  throw command_error(exit_failed,
                      fmt::format("the feed of these settings is not the one that {} was recorded with (data, "
                                  "dates or instruments differ); name it with --data, --from and --to",
                                  s.data_dir.string()));
}

/// Leaves of a JSON text by their pointer: "/data/order/quantity".
json leaves(const std::string& text) {
  const json parsed = json::parse(text, nullptr, false);
  return parsed.is_object() ? parsed.flatten() : json::object();
}

std::string leaf(const json& all, const std::string& key) {
  const auto it = all.find(key);
  if (it == all.end()) return "-";
  return it->is_string() ? it->get<std::string>() : it->dump();
}

void print_difference(const replay_difference& d) {
  fmt::print("first difference at event {}{}\n", d.seq, d.hint.empty() ? "" : ": " + d.hint);
  const json journaled = leaves(d.journaled);
  const json replayed = leaves(d.replayed);
  fact_list both;
  both.add("type", leaf(d.journaled.empty() ? replayed : journaled, "/type"));
  both.add("time", leaf(d.journaled.empty() ? replayed : journaled, "/ts"));
  fmt::print("{}\n", both.text());
  json keys = journaled;
  keys.update(replayed);
  table rows{{{"field", align::left, true}, {"journal", align::left, true}, {"replay", align::left, true}}};
  for (const auto& [key, value] : keys.items()) {
    const std::string was = leaf(journaled, key);
    const std::string is = leaf(replayed, key);
    if (was != is) rows.add({key.substr(1), was, is});
  }
  fmt::print("{}", rows.text());
}

json result_json(const replay_result& r, std::size_t events, const broker_id& b) {
  json out{{"broker", b.str()}, {"events", events}, {"equal", r.equal}, {"same", !r.difference}};
  if (!r.difference) return out;
  const auto parsed = [](const std::string& text) { return json::parse(text, nullptr, false); };
  out["difference"] = {{"seq", r.difference->seq},
                       {"hint", r.difference->hint},
                       {"journal", r.difference->journaled.empty() ? json(nullptr) : parsed(r.difference->journaled)},
                       {"replay", r.difference->replayed.empty() ? json(nullptr) : parsed(r.difference->replayed)}};
  return out;
}

}  // namespace

int replay_journal(const replay_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const config::broker_settings& b = broker_of(*s, options.broker);
  const std::vector<journaled_event> journaled = read_journal(*s, b.id);
  need_whole_frames(journaled);
  const feed_result feed = make_feed(*s);
  if (!feed.source) throw command_error(exit_usage, feed.error);
  need_same_feed(*s, *feed.source);
  journal_replay replay{*s, b, journaled};
  progress bar{"replay"};
  const replay_result result =
      replay.run(*feed.source, [&](feed_seq frames) { bar.update(frames, feed.source->size()); });
  bar.finish();
  if (options.common.json) {
    fmt::print("{}\n", result_json(result, journaled.size(), b.id).dump(1));
  } else if (!result.difference) {
    fmt::print("{}: {} events, all of them equal\n", b.id.str(), result.equal);
  } else {
    fmt::print("{}: {} of {} events equal\n", b.id.str(), result.equal, journaled.size());
    print_difference(*result.difference);
  }
  return result.difference ? exit_failed : exit_done;
}

}  // namespace bulkhead::app
